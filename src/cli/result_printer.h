// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "cli/output.h"
#include "cli/result_stream.h"

namespace kalamdb::cli {

enum class OutputFormat : uint8_t { kTable, kCsv, kJson };

// Whether tables show one value a line: as needed means when they are wider than the terminal.
enum class Expanded : uint8_t { kOff, kOn, kAsNeeded };

struct PrintOptions {
  OutputFormat format = OutputFormat::kTable;
  Expanded expanded = Expanded::kOff;
  bool has_colour = false;
};

// Prints the results of one request while they arrive, in bounded memory: CSV and JSON row by row,
// tables in blocks of kBlockRowsMax rows. Messages such as "Inserted 3 row(s)" go with the tables,
// but beside CSV and JSON: to `messages`. Both outputs outlive the printer.
constexpr size_t kBlockRowsMax = 1000;
std::unique_ptr<ResultHandler> MakeResultPrinter(const PrintOptions& options, Output& output,
                                                 Output& messages);

}  // namespace kalamdb::cli
