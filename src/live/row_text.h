// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sql/parser/statement.h"
#include "types/row_codec.h"

namespace kalamdb::live {

// How rows of a live query are written: the columns it lists, the primary key and `_seq` in any
// case, as JSON objects. Immutable after construction.
class RowText {
 public:
  // ExecutionError for an unknown column, InvalidSql for a name that appears twice.
  static StatusOr<RowText> Bind(const types::Schema& schema,
                                const std::vector<sql::SelectItem>& items);

  // The listed columns alone.
  const std::vector<types::ResultColumn>& columns() const { return columns_; }
  // The same for equal lists of columns of one schema.
  const std::string& signature() const { return signature_; }

  // Each appends one object. A row as a snapshot or an insert shows it.
  void AppendRow(const types::RowView& row, CommitSeq seq, std::string* out) const;
  // The new version of an update: without NULLs and without `_deleted`.
  void AppendNew(const types::RowView& row, CommitSeq seq, std::string* out) const;
  // What an update replaced: the key, the old `_seq`, and columns with another value.
  void AppendOld(const types::RowView& old_row, CommitSeq old_seq, const types::RowView& row,
                 std::string* out) const;
  // A row that is gone: the values it had last, and the `_seq` of what removed it.
  void AppendGone(const types::RowView& row, CommitSeq seq, std::string* out) const;
  // The same of a row whose values the client may not have seen: the key alone.
  void AppendGoneKey(const types::RowView& row, CommitSeq seq, std::string* out) const;

 private:
  struct Item {
    std::string prefix;                         // "name":
    std::optional<types::SystemColumn> system;  // Or a column of the schema:
    size_t column = 0;
    types::DataType type;
    bool is_key = false;
  };
  void Add(std::string_view name, Item item);
  void AppendSystem(types::SystemColumn system, CommitSeq seq, bool is_deleted,
                    std::string* out) const;

  std::vector<Item> items_;
  std::vector<types::ResultColumn> columns_;
  std::string signature_;
};

}  // namespace kalamdb::live
