// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

#include "duckdb/common/types/hugeint.hpp"
#include "duckdb/common/types/interval.hpp"
#include "duckdb/common/types/string_type.hpp"
#include "duckdb/function/scalar_function.hpp"
#include "duckdb/main/client_context.hpp"

#include "sql/exec/duck_functions.h"
#include "sql/exec/duck_wrap.h"

// The engine counts what its operators hold against its memory, but not what a function makes of
// one chunk of rows. These are the functions that make much out of little: bounded before they run.
namespace kalamdb::sql {

namespace {

using duckdb::DataChunk;
using duckdb::idx_t;
using duckdb::string_t;
using duckdb::UnifiedVectorFormat;

constexpr uint64_t kValueBytesMax = 64u << 20;   // Of one result.
constexpr uint64_t kChunkBytesMax = 512u << 20;  // Of the results for one chunk of rows.
constexpr uint64_t kListBytes = 16;              // An element of a list.
constexpr int64_t kFormatWidthMax = 100'000;

// One argument, whatever its vector looks like.
class Argument {
 public:
  Argument(DataChunk& input, idx_t column) : vector_(input.data[column]) {
    vector_.ToUnifiedFormat(input.size(), format_);
  }
  bool IsNull(idx_t row) const { return !format_.validity.RowIsValid(format_.sel->get_index(row)); }
  template <class T>
  const T& At(idx_t row) const {
    return UnifiedVectorFormat::GetData<T>(format_)[format_.sel->get_index(row)];
  }
  std::string_view Text(idx_t row) const {
    const auto& text = At<string_t>(row);
    return {text.GetData(), text.GetSize()};
  }
  // Bytes of a string; a list counts its elements.
  uint64_t Bytes(idx_t row) const {
    switch (vector_.GetType().InternalType()) {
      case duckdb::PhysicalType::VARCHAR:
        return At<string_t>(row).GetSize();
      case duckdb::PhysicalType::LIST:
        return At<duckdb::list_entry_t>(row).length * kListBytes;
      default:
        return 0;
    }
  }
  // An integer argument that is a count; negative ones make nothing.
  uint64_t Count(idx_t row) const {
    switch (vector_.GetType().InternalType()) {
      case duckdb::PhysicalType::UINT64:
        return At<uint64_t>(row);
      case duckdb::PhysicalType::INT32:
        return static_cast<uint64_t>(std::max(At<int32_t>(row), 0));
      default:
        return static_cast<uint64_t>(std::max<int64_t>(At<int64_t>(row), 0));
    }
  }

 private:
  duckdb::Vector& vector_;
  UnifiedVectorFormat format_;
};

// Adds up what the rows of a chunk become.
class Budget {
 public:
  Status Use(uint64_t bytes) {
    if (bytes > kValueBytesMax) {
      return ResourceExhausted("a function would make a value of more than " +
                               std::to_string(kValueBytesMax >> 20) + " MiB");
    }
    used_ += bytes;
    if (used_ > kChunkBytesMax) {
      return ResourceExhausted("a function would make values of more than " +
                               std::to_string(kChunkBytesMax >> 20) + " MiB at once");
    }
    return {};
  }

 private:
  uint64_t used_ = 0;
};

uint64_t Times(uint64_t a, uint64_t b) {
  uint64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

// repeat(value, count)
Status CheckRepeat(DataChunk& input) {
  const Argument value(input, 0);
  const Argument count(input, 1);
  Budget budget;
  for (idx_t i = 0; i < input.size(); ++i) {
    if (!value.IsNull(i) && !count.IsNull(i)) {
      KALAMDB_RETURN_IF_ERROR(budget.Use(Times(value.Bytes(i), count.Count(i))));
    }
  }
  return {};
}

// lpad(text, length, fill); bitstring(bits, length): no more than four bytes for each.
Status CheckWantedLength(DataChunk& input) {
  const Argument length(input, 1);
  Budget budget;
  for (idx_t i = 0; i < input.size(); ++i) {
    if (!length.IsNull(i)) {
      KALAMDB_RETURN_IF_ERROR(budget.Use(Times(length.Count(i), 4)));
    }
  }
  return {};
}

// list_resize(list, length[, fill])
Status CheckResize(DataChunk& input) {
  const Argument length(input, 1);
  Budget budget;
  for (idx_t i = 0; i < input.size(); ++i) {
    if (!length.IsNull(i)) {
      KALAMDB_RETURN_IF_ERROR(budget.Use(Times(length.Count(i), kListBytes)));
    }
  }
  return {};
}

// Bytes of a list of `count` elements; a negative count is an empty one.
uint64_t ListBytes(const duckdb::hugeint_t& count) {
  if (count < duckdb::hugeint_t(0)) {
    return 0;
  }
  return count.upper != 0 ? UINT64_MAX : Times(count.lower, kListBytes);
}

// range(end), range(begin, end[, step])
Status CheckRange(DataChunk& input) {
  const bool is_alone = input.ColumnCount() == 1;
  const Argument first(input, 0);
  const Argument second(input, is_alone ? 0 : 1);
  const Argument third(input, input.ColumnCount() - 1);
  Budget budget;
  for (idx_t i = 0; i < input.size(); ++i) {
    if (first.IsNull(i) || second.IsNull(i) || third.IsNull(i)) {
      continue;
    }
    const auto begin = is_alone ? duckdb::hugeint_t(0) : duckdb::hugeint_t(first.At<int64_t>(i));
    const duckdb::hugeint_t end(second.At<int64_t>(i));
    const duckdb::hugeint_t step(input.ColumnCount() == 3 ? third.At<int64_t>(i) : 1);
    if (step == duckdb::hugeint_t(0)) {
      continue;
    }
    KALAMDB_RETURN_IF_ERROR(budget.Use(ListBytes((end - begin) / step)));
  }
  return {};
}

// range(begin, end, interval) over times
Status CheckTimeRange(DataChunk& input) {
  const Argument begin(input, 0);
  const Argument end(input, 1);
  const Argument step(input, 2);
  Budget budget;
  for (idx_t i = 0; i < input.size(); ++i) {
    if (begin.IsNull(i) || end.IsNull(i) || step.IsNull(i)) {
      continue;
    }
    const duckdb::hugeint_t distance =
        duckdb::hugeint_t(end.At<int64_t>(i)) - duckdb::hugeint_t(begin.At<int64_t>(i));
    // Months count as 30 days: what matters is how small the step is.
    const auto& interval = step.At<duckdb::interval_t>(i);
    const duckdb::hugeint_t micros = duckdb::hugeint_t(interval.micros) +
                                     (duckdb::hugeint_t(interval.days) +
                                      duckdb::hugeint_t(interval.months) * duckdb::hugeint_t(30)) *
                                         duckdb::hugeint_t(duckdb::Interval::MICROS_PER_DAY);
    if (micros != duckdb::hugeint_t(0)) {
      KALAMDB_RETURN_IF_ERROR(budget.Use(ListBytes(distance / micros)));
    }
  }
  return {};
}

size_t CountOf(std::string_view what, std::string_view text) {
  size_t count = 0;
  for (size_t at = text.find(what); at != std::string_view::npos;
       at = text.find(what, at + what.size())) {
    ++count;
  }
  return count;
}

// replace(text, what, with)
Status CheckReplace(DataChunk& input) {
  const Argument text(input, 0);
  const Argument what(input, 1);
  const Argument with(input, 2);
  Budget budget;
  for (idx_t i = 0; i < input.size(); ++i) {
    if (text.IsNull(i) || what.IsNull(i) || with.IsNull(i) || what.Bytes(i) == 0) {
      continue;
    }
    uint64_t bytes = Times(text.Bytes(i) / what.Bytes(i), with.Bytes(i));
    if (bytes > kValueBytesMax) {
      bytes = Times(CountOf(what.Text(i), text.Text(i)), with.Bytes(i));
    }
    KALAMDB_RETURN_IF_ERROR(budget.Use(std::max(bytes, text.Bytes(i))));
  }
  return {};
}

// a || b, concat(...): lists too.
Status CheckConcat(DataChunk& input) {
  std::vector<uint64_t> bytes(input.size());
  for (idx_t column = 0; column < input.ColumnCount(); ++column) {
    const Argument argument(input, column);
    for (idx_t i = 0; i < input.size(); ++i) {
      bytes[i] += argument.IsNull(i) ? 0 : argument.Bytes(i);
    }
  }
  Budget budget;
  for (const uint64_t row : bytes) {
    KALAMDB_RETURN_IF_ERROR(budget.Use(row));
  }
  return {};
}

// True when the text holds a width that is taken from an argument, or a number above the maximum.
bool HasWideField(std::string_view format) {
  int64_t number = 0;
  int depth = 0;
  for (size_t i = 0; i < format.size(); ++i) {
    const char c = format[i];
    number = std::isdigit(static_cast<unsigned char>(c)) != 0
                 ? std::min<int64_t>(number * 10 + (c - '0'), kFormatWidthMax + 1)
                 : 0;
    if (number > kFormatWidthMax) {
      return true;
    }
    if (c == '*' && i > 0) {
      const size_t percent = format.rfind('%', i);
      if (percent != std::string_view::npos && i - percent < 16) {
        return true;
      }
    }
    depth = c == '{' ? depth + 1 : (c == '}' ? std::max(depth - 1, 0) : depth);
    if (depth > 1 && c == '{' && format[i - 1] != '{') {
      return true;
    }
  }
  return false;
}

// printf(format, ...), format(format, ...)
Status CheckFormat(DataChunk& input) {
  const Argument format(input, 0);
  for (idx_t i = 0; i < input.size(); ++i) {
    if (!format.IsNull(i) && HasWideField(format.Text(i))) {
      return ResourceExhausted("a format may not ask for fields wider than " +
                               std::to_string(kFormatWidthMax));
    }
  }
  return {};
}

}  // namespace

void BoundFunctions(duckdb::Connection& connection) {
  struct Entry {
    const char* name;
    ArgumentCheck check;
  };
  constexpr Entry kEntries[] = {
      {"repeat", CheckRepeat},       {"lpad", CheckWantedLength},
      {"rpad", CheckWantedLength},   {"bitstring", CheckWantedLength},
      {"list_resize", CheckResize},  {"array_resize", CheckResize},
      {"range", CheckRange},         {"generate_series", CheckRange},
      {"replace", CheckReplace},     {"||", CheckConcat},
      {"concat", CheckConcat},       {"concat_ws", CheckConcat},
      {"list_concat", CheckConcat},  {"list_cat", CheckConcat},
      {"array_concat", CheckConcat}, {"array_cat", CheckConcat},
      {"printf", CheckFormat},       {"format", CheckFormat},
  };
  connection.BeginTransaction();
  duckdb::ClientContext& context = *connection.context;
  for (const Entry& entry : kEntries) {
    duckdb::ScalarFunctionSet bounded(entry.name);
    for (const duckdb::ScalarFunction& function : FunctionsOf(context, entry.name).functions) {
      const bool is_over_times = entry.check == CheckRange && function.arguments.size() == 3 &&
                                 function.arguments[2].id() == duckdb::LogicalTypeId::INTERVAL;
      bounded.AddFunction(WithCheck(function, is_over_times ? CheckTimeRange : entry.check));
    }
    ReplaceFunctions(context, {entry.name}, bounded);
  }
  connection.Commit();
}

}  // namespace kalamdb::sql
