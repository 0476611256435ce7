// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/result_stream.h"

namespace kalamdb::cli {

// Hands only the columns with these names on to `next`, in the order in which they arrive; all of
// them when none has such a name. Confined to the main thread.
class ColumnPicker : public ResultHandler {
 public:
  ColumnPicker(std::vector<std::string> names, std::unique_ptr<ResultHandler> next);

  Status OnColumns(std::span<const Column> columns) override;
  Status OnRow(std::span<const Cell> cells) override;
  Status OnResultEnd(const ResultSummary& summary) override;

 private:
  std::vector<std::string> names_;
  std::unique_ptr<ResultHandler> next_;
  std::vector<size_t> picked_;  // Positions in the row.
};

}  // namespace kalamdb::cli
