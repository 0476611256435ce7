// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "types/value.h"

namespace kalamdb::types {

// One column of a statement's result.
struct ResultColumn {
  std::string name;
  DataType type;
  bool is_key = false;       // A primary key column of the table the query reads: flags pk, nn, uq.
  bool is_not_null = false;  // Flag nn.
};

// A value given for $1, $2, ... with the type the client sent it as.
struct Parameter {
  Value value;
  DataType type;
};

// The rows of a result, read front to back. Holds its snapshot until it is destroyed.
// Confined to one thread at a time.
class RowCursor {
 public:
  virtual ~RowCursor() = default;
  // Replaces `*rows` by the next rows, at most a few thousand; none at the end.
  virtual Status Next(std::vector<Row>* rows) = 0;
};

// A cursor over rows already in memory.
class VectorCursor final : public RowCursor {
 public:
  explicit VectorCursor(std::vector<Row> rows) : rows_(std::move(rows)) {}
  Status Next(std::vector<Row>* rows) override {
    *rows = std::exchange(rows_, {});
    return {};
  }

 private:
  std::vector<Row> rows_;
};

}  // namespace kalamdb::types
