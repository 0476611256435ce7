// SPDX-License-Identifier: Apache-2.0
// What follows the columns in CREATE TABLE: WITH (option = value, ...) and the clauses of October
// 2025.
#include <algorithm>
#include <charconv>
#include <limits>
#include <string>
#include <utility>

#include "sql/parser/own_parser.h"

namespace kalamdb::sql {
namespace {

constexpr uint64_t kFlushRowsEnd = 1'000'000;  // 1 <= rows < this.
constexpr uint64_t kFlushSecondsEnd = 86'400;  // 1 <= seconds < this.
constexpr uint64_t kSecondsMax = std::numeric_limits<uint32_t>::max();

Status BadValue(std::string_view option, std::string_view value, std::string_view rule) {
  return InvalidSql("option " + std::string(option) + ": '" + std::string(value) + "' is not " +
                    std::string(rule));
}

StatusOr<uint64_t> ParseNumber(std::string_view option, std::string_view text, uint64_t min,
                               uint64_t max) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < min || number > max) {
    return Error(BadValue(
        option, text, "a whole number from " + std::to_string(min) + " to " + std::to_string(max)));
  }
  return number;
}

StatusOr<bool> ParseFlag(std::string_view option, std::string_view text) {
  const std::string lower = types::AsciiLower(text);
  if (lower == "true" || lower == "on" || lower == "1" || lower == "yes") {
    return true;
  }
  if (lower == "false" || lower == "off" || lower == "0" || lower == "no") {
    return false;
  }
  return Error(BadValue(option, text, "true or false"));
}

std::optional<uint64_t> UnitSeconds(std::string_view unit) {
  struct Row {
    std::string_view names[4];
    uint64_t seconds;
  };
  constexpr Row kUnits[] = {{{"", "s", "second", "sec"}, 1},
                            {{"m", "min", "minute", "mins"}, 60},
                            {{"h", "hour", "hr", "hrs"}, 3'600},
                            {{"d", "day", "", ""}, 86'400},
                            {{"w", "week", "", ""}, 604'800}};
  const std::string_view singular =
      unit.size() > 3 && unit.ends_with('s') ? unit.substr(0, unit.size() - 1) : unit;
  for (const Row& row : kUnits) {
    if (std::find(std::begin(row.names), std::end(row.names), singular) != std::end(row.names) &&
        (row.seconds == 1 || !singular.empty())) {
      return row.seconds;
    }
  }
  return std::nullopt;
}

// "10s", "5 minutes", "7d", "300".
StatusOr<uint32_t> ParseDuration(std::string_view option, std::string_view text) {
  const std::string lower = types::AsciiLower(text);
  const char* const begin = lower.data();
  const char* const end = begin + lower.size();
  uint64_t number = 0;
  const auto parsed = std::from_chars(begin, end, number);
  std::string_view unit(parsed.ptr, static_cast<size_t>(end - parsed.ptr));
  unit.remove_prefix(std::min(unit.find_first_not_of(' '), unit.size()));
  const auto seconds = UnitSeconds(unit);
  if (parsed.ec != std::errc() || !seconds.has_value() || number < 1 ||
      number > kSecondsMax / *seconds) {
    return Error(BadValue(option, text, "a duration such as '10s', '5 minutes' or '7d'"));
  }
  return static_cast<uint32_t>(number * *seconds);
}

StatusOr<uint32_t> FlushRows(std::string_view text) {
  KALAMDB_ASSIGN_OR_RETURN(const uint64_t rows,
                           ParseNumber("FLUSH_POLICY rows", text, 1, kFlushRowsEnd - 1));
  return static_cast<uint32_t>(rows);
}

StatusOr<uint32_t> FlushSeconds(std::string_view text) {
  KALAMDB_ASSIGN_OR_RETURN(const uint32_t seconds, ParseDuration("FLUSH_POLICY interval", text));
  if (seconds >= kFlushSecondsEnd) {
    return Error(BadValue("FLUSH_POLICY interval", text, "below 86400 seconds"));
  }
  return seconds;
}

// 'rows:N', 'interval:S', 'rows:N,interval:S'.
StatusOr<FlushPolicy> ParseFlushPolicy(std::string_view text) {
  FlushPolicy policy;
  std::string_view rest = text;
  while (!rest.empty()) {
    const size_t comma = std::min(rest.find(','), rest.size());
    std::string_view part = rest.substr(0, comma);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    part.remove_prefix(std::min(part.find_first_not_of(' '), part.size()));
    const std::string lower = types::AsciiLower(part);
    if (lower.starts_with("rows:") && !policy.rows.has_value()) {
      KALAMDB_ASSIGN_OR_RETURN(policy.rows, FlushRows(part.substr(5)));
    } else if (lower.starts_with("interval:") && !policy.interval_seconds.has_value()) {
      KALAMDB_ASSIGN_OR_RETURN(policy.interval_seconds, FlushSeconds(part.substr(9)));
    } else {
      return Error(BadValue("FLUSH_POLICY", text, "'rows:N', 'interval:S' or 'rows:N,interval:S'"));
    }
  }
  if (!policy.rows.has_value() && !policy.interval_seconds.has_value()) {
    return Error(BadValue("FLUSH_POLICY", text, "'rows:N', 'interval:S' or 'rows:N,interval:S'"));
  }
  return policy;
}

StatusOr<TableKind> ParseKind(std::string_view text) {
  const std::string lower = types::AsciiLower(text);
  if (lower == "user") {
    return TableKind::kUser;
  }
  if (lower == "shared") {
    return TableKind::kShared;
  }
  if (lower == "stream") {
    return TableKind::kStream;
  }
  return Error(BadValue("TYPE", text, "USER, SHARED or STREAM"));
}

StatusOr<std::string> ParseAccessLevel(std::string_view text) {
  std::string lower = types::AsciiLower(text);
  if (lower != "public" && lower != "private" && lower != "restricted" && lower != "dba") {
    return Error(BadValue("ACCESS_LEVEL", text, "PUBLIC, PRIVATE, RESTRICTED or DBA"));
  }
  return lower;
}

// 'off' and 0 keep tombstones for ever.
StatusOr<int64_t> ParseDeletedRetention(std::string_view text) {
  if (types::EqualsIgnoreCase(text, "off") || text == "0") {
    return 0;
  }
  KALAMDB_ASSIGN_OR_RETURN(const uint32_t seconds, ParseDuration("DELETED_RETENTION", text));
  return int64_t{seconds};
}

StatusOr<std::string> ParseStorageId(std::string_view text) {
  const bool is_valid = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
  if (!is_valid) {
    return Error(BadValue("STORAGE_ID", text, "the id of a storage: letters, digits, _ and -"));
  }
  return std::string(text);
}

Status SetOption(const std::string& name, const std::string& value, TableOptions* options) {
  if (name == "type") {
    KALAMDB_ASSIGN_OR_RETURN(options->kind, ParseKind(value));
  } else if (name == "storage_id") {
    KALAMDB_ASSIGN_OR_RETURN(options->storage_id, ParseStorageId(value));
  } else if (name == "use_user_storage") {
    KALAMDB_ASSIGN_OR_RETURN(options->use_user_storage, ParseFlag("USE_USER_STORAGE", value));
  } else if (name == "flush_policy") {
    KALAMDB_ASSIGN_OR_RETURN(options->flush_policy, ParseFlushPolicy(value));
  } else if (name == "deleted_retention_hours") {
    KALAMDB_ASSIGN_OR_RETURN(const uint64_t hours,
                             ParseNumber("DELETED_RETENTION_HOURS", value, 0, kSecondsMax / 3'600));
    options->deleted_retention_seconds = static_cast<int64_t>(hours) * 3'600;
  } else if (name == "deleted_retention") {
    KALAMDB_ASSIGN_OR_RETURN(options->deleted_retention_seconds, ParseDeletedRetention(value));
  } else if (name == "ttl_seconds") {
    KALAMDB_ASSIGN_OR_RETURN(const uint64_t seconds,
                             ParseNumber("TTL_SECONDS", value, 1, kSecondsMax));
    options->ttl_seconds = static_cast<uint32_t>(seconds);
  } else if (name == "retention") {
    KALAMDB_ASSIGN_OR_RETURN(options->ttl_seconds, ParseDuration("RETENTION", value));
  } else if (name == "access_level") {
    KALAMDB_ASSIGN_OR_RETURN(options->access_level, ParseAccessLevel(value));
  } else if (name == "compression") {
    options->compression = types::AsciiLower(value);
  } else if (name == "ephemeral") {
    KALAMDB_ASSIGN_OR_RETURN(options->is_ephemeral, ParseFlag("EPHEMERAL", value));
  } else if (name == "max_buffer") {
    KALAMDB_ASSIGN_OR_RETURN(const uint64_t rows, ParseNumber("MAX_BUFFER", value, 1, kSecondsMax));
    options->max_buffer = static_cast<uint32_t>(rows);
  } else {
    std::string upper = name;
    for (char& c : upper) {
      c = c >= 'a' && c <= 'z' ? static_cast<char>(c & ~0x20) : c;
    }
    return InvalidSql("Unknown table option '" + upper + "'");
  }
  return {};
}

class OptionsReader {
 public:
  OptionsReader(TokenCursor& cursor, TableOptions* options) : cursor_(cursor), options_(*options) {}

  Status Read() {
    while (!cursor_.AtEnd()) {
      KALAMDB_RETURN_IF_ERROR(Clause());
    }
    return {};
  }

 private:
  Status Clause() {
    const Token& first = cursor_.Peek();
    switch (first.keyword) {
      case Keyword::kUsing: {
        // An access method, as some tools write it: there is only one.
        cursor_.Skip();
        auto name = cursor_.Name("an access method");
        return name.has_value() ? Status() : std::move(name).error();
      }
      case Keyword::kWith:
        cursor_.Skip();
        return With();
      case Keyword::kLocation:
        cursor_.Skip();
        return Location();
      case Keyword::kFlush:
        cursor_.Skip();
        return Flush();
      case Keyword::kRetention:
        cursor_.Skip();
        return Retention();
      case Keyword::kEphemeral:
        cursor_.Skip();
        options_.is_ephemeral = true;
        return {};
      case Keyword::kMaxBuffer: {
        cursor_.Skip();
        KALAMDB_ASSIGN_OR_RETURN(const uint64_t rows, cursor_.Integer("MAX_BUFFER", kSecondsMax));
        return SetOption("max_buffer", std::to_string(rows), &options_);
      }
      case Keyword::kAs:
        return InvalidSql(
            "CREATE TABLE ... AS SELECT is not supported: create the table, then "
            "INSERT INTO ... SELECT");
      default:
        return cursor_.Unexpected("WITH (...) or the end");
    }
  }

  // (name = value, ...): values are strings, numbers, words.
  Status With() {
    KALAMDB_RETURN_IF_ERROR(cursor_.ExpectSymbol('('));
    if (cursor_.AcceptSymbol(')')) {
      return {};
    }
    do {
      KALAMDB_ASSIGN_OR_RETURN(std::string name, cursor_.NameOrString("the name of an option"));
      name = types::AsciiLower(name);
      if (!cursor_.Peek().IsOperator('=')) {
        return cursor_.Unexpected("\"=\"");
      }
      cursor_.Skip();
      if (std::find(seen_.begin(), seen_.end(), name) != seen_.end()) {
        return InvalidSql("table option '" + name + "' is given twice");
      }
      seen_.push_back(name);
      KALAMDB_ASSIGN_OR_RETURN(const std::string value, Value());
      KALAMDB_RETURN_IF_ERROR(SetOption(name, value, &options_));
    } while (cursor_.AcceptSymbol(','));
    return cursor_.ExpectSymbol(')');
  }

  StatusOr<std::string> Value() {
    const Token& token = cursor_.Peek();
    if (token.kind == TokenKind::kNumber) {
      cursor_.Skip();
      return std::string(cursor_.Text(token));
    }
    return cursor_.NameOrString("the value of an option");
  }

  // LOCATION 'path' | LOCATION REFERENCE 'storage'.
  Status Location() {
    if (!cursor_.Accept(Keyword::kReference)) {
      KALAMDB_ASSIGN_OR_RETURN(options_.location_path, cursor_.String("a path"));
      return {};
    }
    KALAMDB_ASSIGN_OR_RETURN(const std::string id, cursor_.NameOrString("the id of a storage"));
    return SetOption("storage_id", id, &options_);
  }

  // FLUSH POLICY ROWS n [INTERVAL '5 minutes'] | INTERVAL ... | ROW_LIMIT n | TIME_INTERVAL s |
  // COMBINED ROW_LIMIT n TIME_INTERVAL s.
  Status Flush() {
    KALAMDB_RETURN_IF_ERROR(cursor_.Expect(Keyword::kPolicy));
    cursor_.Accept(Keyword::kCombined);
    FlushPolicy policy;
    for (;;) {
      const bool is_rows = cursor_.At(Keyword::kRows) || cursor_.At(Keyword::kRowLimit);
      const bool is_interval = cursor_.At(Keyword::kInterval) || cursor_.At(Keyword::kTimeInterval);
      if ((!is_rows && !is_interval) || (is_rows && policy.rows.has_value()) ||
          (is_interval && policy.interval_seconds.has_value())) {
        break;
      }
      cursor_.Skip();
      KALAMDB_ASSIGN_OR_RETURN(std::string value, Value());
      if (is_rows) {
        KALAMDB_ASSIGN_OR_RETURN(policy.rows, FlushRows(value));
      } else {
        value += Unit();
        KALAMDB_ASSIGN_OR_RETURN(policy.interval_seconds, FlushSeconds(value));
      }
      cursor_.AcceptSymbol(',');
    }
    if (!policy.rows.has_value() && !policy.interval_seconds.has_value()) {
      return cursor_.Unexpected("ROWS n or INTERVAL 's'");
    }
    options_.flush_policy = policy;
    return {};
  }

  // RETENTION 10 [SECONDS] | RETENTION '10s'.
  Status Retention() {
    KALAMDB_ASSIGN_OR_RETURN(std::string value, Value());
    value += Unit();
    return SetOption("retention", value, &options_);
  }

  // The unit that may follow a bare number: INTERVAL 5 MINUTES.
  std::string Unit() {
    const Token& token = cursor_.Peek();
    if (token.kind != TokenKind::kWord) {
      return {};
    }
    const std::string word = NameValue(token, cursor_.text());
    if (!UnitSeconds(word).has_value()) {
      return {};
    }
    cursor_.Skip();
    return " " + word;
  }

  TokenCursor& cursor_;
  TableOptions& options_;
  std::vector<std::string> seen_;
};

}  // namespace

Status ParseTableOptions(TokenCursor& cursor, TableOptions* options) {
  return OptionsReader(cursor, options).Read();
}

}  // namespace kalamdb::sql
