// SPDX-License-Identifier: Apache-2.0
#include "sql/exec/duck_error.h"

#include <array>
#include <cctype>
#include <utility>

namespace kalamdb::sql {

namespace {

using duckdb::ExceptionType;

// What the engine calls things, and what we do. Replaced outside quotes only: quoted text is the
// user's.
constexpr std::array<std::pair<std::string_view, std::string_view>, 11> kWords{{
    {"INT8", "TINYINT"},
    {"INT16", "SMALLINT"},
    {"INT32", "INT"},
    {"INT64", "BIGINT"},
    {"INT128", "HUGEINT"},
    {"INTEGER", "INT"},
    {"VARCHAR", "TEXT"},
    {"BLOB", "BYTES"},
    {"UINT8", "UTINYINT"},
    {"UINT16", "USMALLINT"},
    {"UINT32", "UINTEGER"},
}};

// How rewritten table references look in messages, longest first.
constexpr std::array<std::string_view, 5> kPrefixes{"kalam.\"$default\".", "kalam.$default.",
                                                    "\"$default\".", "$default.", "kalam."};

bool IsWordByte(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// The types of literals stand in quoted calls too, and are no words that users write.
void ReplaceLiteralTypes(std::string* text) {
  for (const auto& [theirs, ours] :
       {std::pair<std::string_view, std::string_view>{"STRING_LITERAL", "TEXT"},
        {"INTEGER_LITERAL", "INT"}}) {
    for (size_t at = text->find(theirs); at != std::string::npos; at = text->find(theirs, at)) {
      text->replace(at, theirs.size(), ours);
    }
  }
}

std::string ReplaceWords(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  char quote = 0;
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (quote != 0 || !IsWordByte(c)) {
      if (quote == 0 && (c == '\'' || c == '"')) {
        quote = c;
      } else if (c == quote) {
        quote = 0;
      }
      out += c;
      ++i;
      continue;
    }
    size_t end = i;
    while (end < text.size() && IsWordByte(text[end])) {
      ++end;
    }
    std::string_view word = text.substr(i, end - i);
    for (const auto& [theirs, ours] : kWords) {
      if (word == theirs) {
        word = ours;
        break;
      }
    }
    out += word;
    i = end;
  }
  return out;
}

void EraseAll(std::string_view what, std::string* text) {
  for (size_t at = text->find(what); at != std::string::npos; at = text->find(what, at)) {
    text->erase(at, what.size());
  }
}

std::string_view Find(const duckdb::ErrorData& error, const char* key) {
  const auto it = error.ExtraInfo().find(key);
  return it == error.ExtraInfo().end() ? std::string_view() : std::string_view(it->second);
}

// "main.a,t.b" -> `a`, `t.b`: at most three.
std::string Suggestions(std::string_view candidates) {
  std::string out;
  for (size_t count = 0; !candidates.empty() && count < 3; ++count) {
    const size_t comma = candidates.find(',');
    std::string name = CleanDuckMessage(candidates.substr(0, comma));
    candidates = comma == std::string_view::npos ? "" : candidates.substr(comma + 1);
    EraseAll("main.", &name);
    EraseAll("\"", &name);
    if (!name.empty()) {
      out += (out.empty() ? "`" : ", `") + name + "`";
    }
  }
  return out.empty() ? out : "; did you mean " + out + "?";
}

Status FromCatalogError(const duckdb::ErrorData& error) {
  if (Find(error, "error_subtype") != "MISSING_ENTRY") {
    return ExecutionError(CleanDuckMessage(error.RawMessage()));
  }
  const std::string_view type = Find(error, "type");
  const std::string name(Find(error, "name"));
  if (type == "Table" || type == "View") {
    return TableNotFound("table `" + name + "` does not exist");
  }
  if (type.find("Table Function") != std::string_view::npos) {
    return InvalidSql("there is no table function `" + name + "`");
  }
  if (type.find("Function") != std::string_view::npos) {
    return ExecutionError("function `" + name + "` does not exist" +
                          Suggestions(Find(error, "candidates")));
  }
  if (type == "Type") {
    return ExecutionError("type `" + name + "` does not exist");
  }
  return ExecutionError(CleanDuckMessage(error.RawMessage()));
}

Status FromBinderError(const duckdb::ErrorData& error) {
  const std::string_view subtype = Find(error, "error_subtype");
  if (subtype == "COLUMN_NOT_FOUND") {
    return ExecutionError("column `" + std::string(Find(error, "name")) + "` does not exist" +
                          Suggestions(Find(error, "candidates")));
  }
  if (subtype == "NO_MATCHING_FUNCTION") {
    return ExecutionError("no function `" + CleanDuckMessage(Find(error, "call")) +
                          "` for these argument types; an explicit cast may help");
  }
  return ExecutionError(CleanDuckMessage(error.RawMessage()));
}

}  // namespace

std::string CleanDuckMessage(std::string_view message) {
  for (const std::string_view tail :
       {"\nLINE ", "\n\nStack Trace", "\n\tCandidate functions:", "\n\tCandidate macros:"}) {
    message = message.substr(0, message.find(tail));
  }
  std::string text = ReplaceWords(message);
  ReplaceLiteralTypes(&text);
  for (const std::string_view prefix : kPrefixes) {
    EraseAll(prefix, &text);
  }
  // One line: what came on lines of their own are remarks.
  std::string line;
  for (const char c : text) {
    if (c == '\n' || c == '\t' || c == '\r') {
      if (!line.empty() && line.back() != ' ') {
        line += ' ';
      }
    } else {
      line += c;
    }
  }
  while (!line.empty() && (line.back() == ' ' || line.back() == '!')) {
    line.pop_back();
  }
  return line;
}

Status FromDuckError(const duckdb::ErrorData& error) {
  switch (error.Type()) {
    case ExceptionType::OUT_OF_MEMORY:
      return ResourceExhausted("the query needs more memory than the SQL engine may use");
    case ExceptionType::INTERRUPT:
      return Cancelled("the statement was cancelled");
    case ExceptionType::CATALOG:
      return FromCatalogError(error);
    case ExceptionType::BINDER:
      return FromBinderError(error);
    case ExceptionType::PARSER:
    case ExceptionType::SYNTAX:
    case ExceptionType::NOT_IMPLEMENTED:
      return InvalidSql(CleanDuckMessage(error.RawMessage()));
    case ExceptionType::PARAMETER_NOT_RESOLVED:
    case ExceptionType::PARAMETER_NOT_ALLOWED:
      return InvalidParameter("the type of a parameter cannot be determined: cast it");
    case ExceptionType::PERMISSION:
    case ExceptionType::MISSING_EXTENSION:
    case ExceptionType::AUTOLOAD:
    case ExceptionType::INVALID_CONFIGURATION:
    case ExceptionType::SETTINGS:
      return InvalidSql("the statement uses something that is not available")
          .WithContext(error.RawMessage());
    case ExceptionType::OUT_OF_RANGE:
    case ExceptionType::CONVERSION:
    case ExceptionType::UNKNOWN_TYPE:
    case ExceptionType::DECIMAL:
    case ExceptionType::MISMATCH_TYPE:
    case ExceptionType::DIVIDE_BY_ZERO:
    case ExceptionType::OBJECT_SIZE:
    case ExceptionType::INVALID_TYPE:
    case ExceptionType::EXPRESSION:
    case ExceptionType::CONSTRAINT:
    case ExceptionType::EXECUTOR:
    case ExceptionType::PLANNER:
    case ExceptionType::INVALID_INPUT:
    case ExceptionType::SEQUENCE:
      return ExecutionError(CleanDuckMessage(error.RawMessage()));
    default:
      break;
  }
  return Internal("the SQL engine failed").WithContext(error.RawMessage());
}

}  // namespace kalamdb::sql
