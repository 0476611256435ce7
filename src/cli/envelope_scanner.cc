// SPDX-License-Identifier: Apache-2.0
#include "cli/envelope_scanner.h"

namespace kalamdb::cli {
namespace {

constexpr size_t kKeyBytesMax = 1024;

bool IsJsonSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

Status NotTheEnvelope() { return Corruption("the answer of the server is not the JSON expected"); }

}  // namespace

Status EnvelopeScanner::Feed(std::string_view text) {
  while (!text.empty()) {
    if (where_ == Where::kInValue) {
      KALAMDB_ASSIGN_OR_RETURN(const size_t taken, TakeValue(text));
      text.remove_prefix(taken);
    } else if (where_ == Where::kInKey) {
      KALAMDB_ASSIGN_OR_RETURN(const size_t taken, TakeKey(text));
      text.remove_prefix(taken);
    } else {
      if (!IsJsonSpace(text[0])) {
        KALAMDB_RETURN_IF_ERROR(TakeStructure(text[0]));
        // A captured value begins with this character: leave it to TakeValue.
        if (where_ == Where::kInValue) {
          continue;
        }
      }
      text.remove_prefix(1);
    }
  }
  return {};
}

Status EnvelopeScanner::TakeStructure(char c) {
  switch (where_) {
    case Where::kBeforeEnvelope:
      return c == '{' ? Enter(Level::kEnvelope) : NotTheEnvelope();
    case Where::kFirstMember:
      return c == '}' || c == ']' ? Leave(c) : BeginMember(c);
    case Where::kNextMember:
      return BeginMember(c);
    case Where::kBeforeColon:
      where_ = Where::kBeforeValue;
      return c == ':' ? Status() : NotTheEnvelope();
    case Where::kBeforeValue:
      return BeginValue(c);
    case Where::kAfterMember:
      if (c == ',') {
        where_ = Where::kNextMember;
        return {};
      }
      return Leave(c);
    default:
      return NotTheEnvelope();
  }
}

Status EnvelopeScanner::BeginMember(char c) {
  if (in_array()) {
    return BeginValue(c);
  }
  if (c != '"') {
    return NotTheEnvelope();
  }
  key_.clear();
  escaped_ = false;
  where_ = Where::kInKey;
  return {};
}

Status EnvelopeScanner::BeginValue(char c) {
  if (level_ == Level::kEnvelope && key_ == "results" && c == '[') {
    return Enter(Level::kResults);
  }
  if (level_ == Level::kResults && c == '{') {
    KALAMDB_RETURN_IF_ERROR(sink_.OnResultBegin());
    return Enter(Level::kResult);
  }
  if (level_ == Level::kResult && key_ == "rows" && c == '[') {
    return Enter(Level::kRows);
  }
  if (level_ == Level::kResults || c == ',' || c == ':' || c == ']' || c == '}') {
    return NotTheEnvelope();
  }
  value_.clear();
  depth_ = 0;
  in_string_ = false;
  escaped_ = false;
  where_ = Where::kInValue;
  return {};
}

Status EnvelopeScanner::Enter(Level level) {
  level_ = level;
  where_ = Where::kFirstMember;
  return {};
}

Status EnvelopeScanner::Leave(char c) {
  if (c != (in_array() ? ']' : '}')) {
    return NotTheEnvelope();
  }
  if (level_ == Level::kEnvelope) {
    where_ = Where::kAfterEnvelope;
    return {};
  }
  const bool ends_result = level_ == Level::kResult;
  level_ = static_cast<Level>(static_cast<uint8_t>(level_) - 1);
  where_ = Where::kAfterMember;
  return ends_result ? sink_.OnResultEnd() : Status();
}

StatusOr<size_t> EnvelopeScanner::TakeKey(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (!escaped_ && c == '"') {
      where_ = Where::kBeforeColon;
      return i + 1;
    }
    escaped_ = !escaped_ && c == '\\';
    key_ += c;
    if (key_.size() > kKeyBytesMax) {
      return Error(NotTheEnvelope());
    }
  }
  return text.size();
}

StatusOr<size_t> EnvelopeScanner::TakeValue(std::string_view text) {
  size_t i = 0;
  bool ended = false;
  while (i < text.size() && !ended) {
    const char c = text[i];
    if (in_string_) {
      if (!escaped_ && c != '"' && c != '\\') {
        // Most bytes are the inside of strings: jump to the next one that matters.
        while (i < text.size() && text[i] != '"' && text[i] != '\\') {
          ++i;
        }
        continue;
      }
      in_string_ = escaped_ || c != '"';
      escaped_ = !escaped_ && c == '\\';
      ended = !in_string_ && depth_ == 0;
    } else if (c == '"') {
      in_string_ = true;
    } else if (c == '{' || c == '[') {
      ++depth_;
    } else if (c == '}' || c == ']') {
      if (depth_ == 0) {
        break;  // Ends a number or word, and belongs to the container around it.
      }
      ended = --depth_ == 0;
    } else if (depth_ == 0 && (c == ',' || IsJsonSpace(c))) {
      break;
    }
    ++i;
  }
  value_.append(text, 0, i);
  if (value_.size() > kPartBytesMax) {
    return Error(ResourceExhausted("a row of the answer is longer than 128 MiB"));
  }
  if (ended || i < text.size()) {
    KALAMDB_RETURN_IF_ERROR(EndValue());
  }
  return i;
}

Status EnvelopeScanner::EndValue() {
  where_ = Where::kAfterMember;
  switch (level_) {
    case Level::kEnvelope:
      return sink_.OnMember(key_, value_);
    case Level::kResult:
      return sink_.OnResultMember(key_, value_);
    case Level::kRows:
      return sink_.OnRow(value_);
    default:
      return NotTheEnvelope();
  }
}

}  // namespace kalamdb::cli
