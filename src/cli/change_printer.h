// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/live_api.h"
#include "cli/result_printer.h"

namespace kalamdb::cli {

// Prints what a live query sends in the format of all results, with a column `change` in front:
// tables one after the other, CSV and JSON in one piece. Flushes after each message. The outputs
// outlive the printer. Confined to the main thread.
class ChangePrinter : public ChangeHandler {
 public:
  ChangePrinter(const PrintOptions& options, Output& output, Output& messages);

  Status OnSchema(std::string_view schema) override;
  Status OnRows(std::string_view change, std::string_view rows) override;

 private:
  PrintOptions options_;
  Output& output_;
  Output& messages_;
  std::vector<std::string> names_;
  std::string schema_;                        // As an answer of /v1/api/sql has it.
  std::unique_ptr<ResultHandler> one_piece_;  // CSV and JSON: gets the columns once.
};

}  // namespace kalamdb::cli
