// SPDX-License-Identifier: Apache-2.0
#include "sql/parser/lexer.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "base/limits.h"

namespace kalamdb::sql {
namespace {

enum CharClass : uint8_t {
  kOther = 0,
  kSpace = 1,
  kIdentStart = 2,
  kDigit = 4,
  kOperatorChar = 8,
  kSymbolChar = 16,
};

consteval std::array<uint8_t, 256> BuildClasses() {
  std::array<uint8_t, 256> classes{};
  for (int c = 'a'; c <= 'z'; ++c) {
    classes[static_cast<size_t>(c)] = kIdentStart;
    classes[static_cast<size_t>(c - 'a' + 'A')] = kIdentStart;
  }
  for (size_t c = 0x80; c < 256; ++c) {
    classes[c] = kIdentStart;
  }
  classes['_'] = kIdentStart;
  for (size_t c = '0'; c <= '9'; ++c) {
    classes[c] = kDigit;
  }
  for (const char c : {' ', '\t', '\n', '\r', '\f', '\v'}) {
    classes[static_cast<size_t>(c)] = kSpace;
  }
  for (const char c : {'~', '!', '@', '#', '^', '&', '|', '+', '-', '*', '/', '%', '<', '>', '='}) {
    classes[static_cast<size_t>(c)] = kOperatorChar;
  }
  for (const char c : {'(', ')', '[', ']', '{', '}', ',', ';', '.', ':'}) {
    classes[static_cast<size_t>(c)] = kSymbolChar;
  }
  return classes;
}
constexpr std::array<uint8_t, 256> kClasses = BuildClasses();

uint8_t ClassOf(char c) { return kClasses[static_cast<unsigned char>(c)]; }
bool IsIdentChar(char c) { return (ClassOf(c) & (kIdentStart | kDigit)) != 0 || c == '$'; }

// Bytes of the UTF-8 sequence at `p`, 0 when malformed (overlong, surrogate, beyond U+10FFFF).
size_t Utf8Length(const unsigned char* p, size_t available) {
  const auto continues = [&](size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
    return i < available && p[i] >= low && p[i] <= high;
  };
  if (p[0] >= 0xC2 && p[0] <= 0xDF) {
    return continues(1) ? 2 : 0;
  }
  if (p[0] >= 0xE0 && p[0] <= 0xEF) {
    const unsigned low = p[0] == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = p[0] == 0xED ? 0x9F : 0xBF;
    return continues(1, low, high) && continues(2) ? 3 : 0;
  }
  if (p[0] >= 0xF0 && p[0] <= 0xF4) {
    const unsigned low = p[0] == 0xF0 ? 0x90 : 0x80;
    const unsigned high = p[0] == 0xF4 ? 0x8F : 0xBF;
    return continues(1, low, high) && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

Status CheckBytes(std::string_view text) {
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  size_t i = 0;
  while (i < text.size()) {
    // Eight bytes of plain ASCII at a time: no high bit, and no zero byte.
    while (i + 8 <= text.size()) {
      uint64_t word = 0;
      std::memcpy(&word, p + i, sizeof(word));
      constexpr uint64_t kHigh = 0x8080808080808080u;
      if (((word | ((word - 0x0101010101010101u) & ~word)) & kHigh) != 0) {
        break;
      }
      i += 8;
    }
    const size_t stop = std::min(text.size(), i + 8);
    while (i < stop) {
      if (p[i] == 0) {
        return InvalidSql("the SQL text holds a NUL byte at " + Place(text, i));
      }
      const size_t length = p[i] < 0x80 ? 1 : Utf8Length(p + i, text.size() - i);
      if (length == 0) {
        return InvalidSql("the SQL text is not valid UTF-8 at " + Place(text, i));
      }
      i += length;
    }
  }
  return {};
}

// Bytes of a Unicode space at `p` that the engine's parser takes for white space, else 0.
size_t UnicodeSpaceLength(std::string_view rest) {
  const auto at = [&](size_t i) { return static_cast<unsigned char>(rest[i]); };
  if (rest.size() >= 2 && at(0) == 0xC2 && at(1) == 0xA0) {
    return 2;
  }
  if (rest.size() < 3) {
    return 0;
  }
  const bool is_space =
      (at(0) == 0xE2 && at(1) == 0x80 && ((at(2) >= 0x80 && at(2) <= 0x8B) || at(2) == 0xAF)) ||
      (at(0) == 0xE2 && at(1) == 0x81 && (at(2) == 0x9F || at(2) == 0xA0)) ||
      (at(0) == 0xE3 && at(1) == 0x80 && at(2) == 0x80) ||
      (at(0) == 0xEF && at(1) == 0xBB && at(2) == 0xBF);
  return is_space ? 3 : 0;
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  StatusOr<LexedText> Run() {
    out_.text = text_;
    out_.tokens.reserve(text_.size() / 4 + 8);
    while (pos_ < text_.size()) {
      KALAMDB_RETURN_IF_ERROR(Next());
    }
    KALAMDB_RETURN_IF_ERROR(EndStatement());
    return std::move(out_);
  }

 private:
  char At(size_t i) const { return i < text_.size() ? text_[i] : '\0'; }

  void Add(TokenKind kind, size_t end, char symbol = 0, Keyword keyword = Keyword::kNotKeyword) {
    out_.tokens.push_back(Token{.begin = static_cast<uint32_t>(pos_),
                                .end = static_cast<uint32_t>(end),
                                .kind = kind,
                                .symbol = symbol,
                                .keyword = keyword});
    pos_ = end;
  }

  Status Next() {
    const char c = text_[pos_];
    switch (ClassOf(c)) {
      case kSpace:
        ++pos_;
        return {};
      case kIdentStart:
        return Word();
      case kDigit:
        return Number();
      case kOperatorChar:
        return Operator();
      case kSymbolChar:
        return Symbol();
      default:
        break;
    }
    switch (c) {
      case '\'':
        return String(pos_, false);
      case '"':
      case '`':
        return Quoted();
      case '$':
        return Dollar();
      case '?':
        return QuestionMark();
      default:
        return InvalidSql("syntax error at or near \"" + std::string(1, c) + "\" (" +
                          Place(text_, pos_) + ")");
    }
  }

  Status Word() {
    if (static_cast<unsigned char>(text_[pos_]) >= 0x80) {
      if (const size_t space = UnicodeSpaceLength(text_.substr(pos_)); space != 0) {
        statement_.needs_rewriting = true;
        pos_ += space;
        return {};
      }
    }
    uint32_t hash = kKeywordHashSeed;
    size_t end = pos_;
    while (end < text_.size() && IsIdentChar(text_[end])) {
      if (static_cast<unsigned char>(text_[end]) >= 0x80 &&
          UnicodeSpaceLength(text_.substr(end)) != 0) {
        break;
      }
      hash = KeywordHashStep(hash, text_[end++]);
    }
    if (At(end) == '\'' && IsStringPrefix(text_.substr(pos_, end - pos_))) {
      statement_.needs_rewriting = true;
      return String(end, (text_[pos_] | 0x20) == 'e');
    }
    if (At(end) == '&' && At(end + 1) == '\'' && end - pos_ == 1 && (text_[pos_] | 0x20) == 'u') {
      return InvalidSql("U&'...' strings are not supported (" + Place(text_, pos_) + ")");
    }
    const Keyword keyword = FindKeyword(text_.substr(pos_, end - pos_), hash);
    Add(TokenKind::kWord, end, 0, keyword);
    return keyword == Keyword::kNotKeyword ? Status() : NoteKeyword(keyword);
  }

  static bool IsStringPrefix(std::string_view word) {
    return word.size() == 1 && std::string_view("eEbBxXnN").find(word[0]) != std::string_view::npos;
  }

  Status NoteKeyword(Keyword keyword) {
    switch (keyword) {
      case Keyword::kAnd:
      case Keyword::kOr:
        if (++conditions_ > kConditionsMax) {
          return InvalidSql("more than " + std::to_string(kConditionsMax) +
                            " ANDs and ORs in one statement; use IN (...) instead");
        }
        break;
      case Keyword::kCase:
      case Keyword::kWith:
        statement_.may_copy_trees = true;
        break;
      case Keyword::kDefault:
        // The namespace `default`, a reserved word.
        statement_.needs_rewriting |= At(pos_) == '.';
        break;
      case Keyword::kCurrentUser:
      case Keyword::kCurrentRole:
      case Keyword::kSessionUser:
      case Keyword::kCurrentTimestamp:
      case Keyword::kCurrentDate:
      case Keyword::kCurrentTime:
      case Keyword::kLocaltime:
      case Keyword::kLocaltimestamp:
        statement_.needs_rewriting = true;
        break;
      default:
        if (KindOf(keyword) == KeywordKind::kQuote && keyword != Keyword::kBy) {
          statement_.needs_rewriting = true;
        } else if (KindOf(keyword) == KeywordKind::kEngine || keyword == Keyword::kBy) {
          statement_.needs_rewriting |= MayNeedQuotes(keyword);
        }
        break;
    }
    return {};
  }

  // Cheap test for the two common reasons to quote: BY as a name, an alias without AS. The dialect
  // looks again.
  bool MayNeedQuotes(Keyword keyword) const {
    const size_t count = out_.tokens.size();
    if (count < 2) {
      return false;
    }
    const Token& previous = out_.tokens[count - 2];
    if (keyword == Keyword::kBy) {
      return !previous.Is(Keyword::kOrder) && !previous.Is(Keyword::kGroup) &&
             !previous.Is(Keyword::kPartition);
    }
    return previous.IsSymbol(')') || previous.IsSymbol(']') ||
           previous.kind == TokenKind::kQuoted ||
           (previous.kind == TokenKind::kWord && previous.keyword == Keyword::kNotKeyword);
  }

  Status Number() {
    size_t end = pos_;
    while (IsIdentChar(At(end)) || (At(end) == '.' && At(end + 1) != '.')) {
      const bool is_exponent = (At(end) | 0x20) == 'e' && !IsHex();
      ++end;
      if (is_exponent && (At(end) == '+' || At(end) == '-') && ClassOf(At(end + 1)) == kDigit) {
        ++end;
      }
    }
    Add(TokenKind::kNumber, end);
    return {};
  }

  bool IsHex() const { return text_[pos_] == '0' && (At(pos_ + 1) | 0x20) == 'x'; }

  Status Operator() {
    if (text_[pos_] == '-' && At(pos_ + 1) == '-') {
      statement_.needs_rewriting = true;
      while (pos_ < text_.size() && text_[pos_] != '\n' && text_[pos_] != '\r') {
        ++pos_;
      }
      return {};
    }
    if (text_[pos_] == '/' && At(pos_ + 1) == '*') {
      return BlockComment();
    }
    size_t end = pos_ + 1;
    bool may_end_in_sign = std::string_view("~!@#%^&|").find(text_[pos_]) != std::string_view::npos;
    while (end < text_.size() && ClassOf(text_[end]) == kOperatorChar) {
      if ((text_[end] == '-' && At(end + 1) == '-') || (text_[end] == '/' && At(end + 1) == '*')) {
        break;
      }
      may_end_in_sign |= std::string_view("~!@#%^&|").find(text_[end]) != std::string_view::npos;
      ++end;
    }
    // As in PostgreSQL: `a<-1` is a comparison with -1.
    while (!may_end_in_sign && end - pos_ > 1 && (text_[end - 1] == '+' || text_[end - 1] == '-')) {
      --end;
    }
    const size_t length = end - pos_;
    if (length > 1) {
      const std::string_view op = text_.substr(pos_, length);
      statement_.needs_rewriting |= op == "->" || op == "->>" || op == "#>" || op == "#>>";
    }
    Add(TokenKind::kOperator, end, length == 1 ? text_[pos_] : '\0');
    return {};
  }

  Status BlockComment() {
    statement_.needs_rewriting = true;
    const size_t start = pos_;
    size_t depth = 0;
    while (pos_ < text_.size()) {
      if (text_[pos_] == '/' && At(pos_ + 1) == '*') {
        ++depth;
        pos_ += 2;
      } else if (text_[pos_] == '*' && At(pos_ + 1) == '/') {
        pos_ += 2;
        if (--depth == 0) {
          return {};
        }
      } else {
        ++pos_;
      }
    }
    return BatchParseError("unterminated comment that starts at " + Place(text_, start));
  }

  // `quote` is the position of the opening quote; the token starts at pos_, with its prefix.
  Status String(size_t quote, bool has_escapes) {
    size_t i = quote + 1;
    while (i < text_.size()) {
      if (has_escapes && text_[i] == '\\') {
        i += 2;
      } else if (text_[i] != '\'') {
        ++i;
      } else if (At(i + 1) == '\'') {
        i += 2;
      } else {
        Add(TokenKind::kString, i + 1, text_[pos_]);
        return {};
      }
    }
    return BatchParseError("unterminated string that starts at " + Place(text_, pos_));
  }

  Status Quoted() {
    const char quote = text_[pos_];
    statement_.needs_rewriting |= quote == '`';
    for (size_t i = pos_ + 1; i < text_.size(); ++i) {
      if (text_[i] != quote) {
        continue;
      }
      if (At(i + 1) == quote) {
        ++i;
        continue;
      }
      if (i == pos_ + 1) {
        return InvalidSql("a quoted name is empty at " + Place(text_, pos_));
      }
      Add(TokenKind::kQuoted, i + 1);
      return {};
    }
    return BatchParseError("unterminated quoted name that starts at " + Place(text_, pos_));
  }

  Status Dollar() {
    size_t end = pos_ + 1;
    if (ClassOf(At(end)) == kDigit) {
      if (At(end) == '0') {
        return InvalidSql("parameters are written $1, $2, ... (" + Place(text_, pos_) + ")");
      }
      while (ClassOf(At(end)) == kDigit) {
        ++end;
      }
      Add(TokenKind::kParameter, end, '$');
      return {};
    }
    while (end < text_.size() && (ClassOf(text_[end]) & (kIdentStart | kDigit)) != 0) {
      ++end;
    }
    if (At(end) != '$') {
      Add(TokenKind::kParameter, end, '$');
      return {};
    }
    const std::string_view tag = text_.substr(pos_, end + 1 - pos_);
    const size_t close = text_.find(tag, end + 1);
    if (close == std::string_view::npos) {
      return BatchParseError("unterminated " + std::string(tag) + " string that starts at " +
                             Place(text_, pos_));
    }
    statement_.needs_rewriting = true;
    Add(TokenKind::kString, close + tag.size(), '$');
    return {};
  }

  // JSON's `a ? 'key'` needs rewriting; which of the two meanings it has is for the dialect to say.
  Status QuestionMark() {
    statement_.needs_rewriting = true;
    const char next = At(pos_ + 1);
    const size_t length = (next == '|' || next == '&') && At(pos_ + 2) != next ? 2 : 1;
    Add(length == 1 ? TokenKind::kParameter : TokenKind::kOperator, pos_ + length,
        length == 1 ? '?' : '\0');
    return {};
  }

  Status Symbol() {
    const char c = text_[pos_];
    switch (c) {
      case ';':
        KALAMDB_RETURN_IF_ERROR(EndStatement());
        ++pos_;
        return {};
      case '(':
      case '[':
      case '{':
        if (++depth_ > limits::kNestingMax) {
          return InvalidSql("the statement nests deeper than " +
                            std::to_string(limits::kNestingMax) + " levels");
        }
        break;
      case ')':
      case ']':
      case '}':
        depth_ -= depth_ > 0 ? 1 : 0;
        break;
      case '.':
        if (ClassOf(At(pos_ + 1)) == kDigit && !PrecededByName()) {
          return Number();
        }
        break;
      default:
        break;
    }
    Add(TokenKind::kSymbol, pos_ + 1, c);
    return {};
  }

  bool PrecededByName() const {
    return out_.tokens.size() > statement_.first_token && out_.tokens.back().end == pos_;
  }

  Status EndStatement() {
    const auto count = static_cast<uint32_t>(out_.tokens.size()) - statement_.first_token;
    if (count > 0) {
      if (out_.statements.size() >= limits::kStatementsMax) {
        return InvalidSql("more than " + std::to_string(limits::kStatementsMax) +
                          " statements in one request");
      }
      statement_.token_count = count;
      out_.statements.push_back(statement_);
      out_.tokens.push_back(
          Token{.begin = static_cast<uint32_t>(pos_), .end = static_cast<uint32_t>(pos_)});
    }
    statement_ = LexedStatement{.first_token = static_cast<uint32_t>(out_.tokens.size())};
    depth_ = 0;
    conditions_ = 0;
    return {};
  }

  std::string_view text_;
  size_t pos_ = 0;
  size_t depth_ = 0;
  uint32_t conditions_ = 0;
  LexedStatement statement_;
  LexedText out_;
};

int HexDigit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

void AppendUtf8(uint32_t code, std::string* out) {
  if (code < 0x80) {
    out->push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out->push_back(static_cast<char>(0xC0 | (code >> 6)));
    out->push_back(static_cast<char>(0x80 | (code & 0x3F)));
  } else if (code < 0x10000) {
    out->push_back(static_cast<char>(0xE0 | (code >> 12)));
    out->push_back(static_cast<char>(0x80 | ((code >> 6) & 0x3F)));
    out->push_back(static_cast<char>(0x80 | (code & 0x3F)));
  } else {
    out->push_back(static_cast<char>(0xF0 | (code >> 18)));
    out->push_back(static_cast<char>(0x80 | ((code >> 12) & 0x3F)));
    out->push_back(static_cast<char>(0x80 | ((code >> 6) & 0x3F)));
    out->push_back(static_cast<char>(0x80 | (code & 0x3F)));
  }
}

// Reads up to `digits_max` digits of `base` (8 or 16) at `*i`; nothing when there is none.
std::optional<uint32_t> ReadDigits(std::string_view body, int base, size_t digits_max, size_t* i) {
  uint32_t value = 0;
  size_t count = 0;
  while (count < digits_max && *i < body.size()) {
    const int digit = HexDigit(body[*i]);
    if (digit < 0 || digit >= base) {
      break;
    }
    value = value * static_cast<uint32_t>(base) + static_cast<uint32_t>(digit);
    ++count;
    ++*i;
  }
  return count == 0 ? std::nullopt : std::optional(value);
}

// Appends what the escape after a backslash at `*i` means and moves past it.
Status AppendEscape(std::string_view body, size_t* i, std::string* out) {
  const char c = body[(*i)++];
  switch (c) {
    case 'b':
      out->push_back('\b');
      return {};
    case 'f':
      out->push_back('\f');
      return {};
    case 'n':
      out->push_back('\n');
      return {};
    case 'r':
      out->push_back('\r');
      return {};
    case 't':
      out->push_back('\t');
      return {};
    default:
      break;
  }
  std::optional<uint32_t> code;
  if (c >= '0' && c <= '7') {
    --*i;
    code = ReadDigits(body, 8, 3, i);
  } else if (c == 'x') {
    code = ReadDigits(body, 16, 2, i);
  } else if (c == 'u' || c == 'U') {
    const size_t start = *i;
    const size_t digits = c == 'u' ? 4 : 8;
    code = ReadDigits(body, 16, digits, i);
    if (*i - start != digits || *code > 0x10FFFF || (*code >= 0xD800 && *code <= 0xDFFF)) {
      return InvalidSql("malformed Unicode escape in a string");
    }
    if (*code != 0) {
      AppendUtf8(*code, out);
      return {};
    }
  } else {
    out->push_back(c);
    return {};
  }
  if (!code.has_value()) {
    out->push_back(c);
    return {};
  }
  if (*code == 0 || *code > 0x7F) {
    return InvalidSql("an escape in a string is NUL or not ASCII: use \\u");
  }
  out->push_back(static_cast<char>(*code));
  return {};
}

}  // namespace

std::string_view LexedText::Text(const LexedStatement& s) const {
  const uint32_t begin = tokens[s.first_token].begin;
  return text.substr(begin, tokens[s.first_token + s.token_count - 1].end - begin);
}

StatusOr<LexedText> Lex(std::string_view text) {
  if (text.size() > limits::kSqlBytesMax) {
    return Error(InvalidSql("the SQL text has " + std::to_string(text.size()) + " bytes; at most " +
                            std::to_string(limits::kSqlBytesMax) + " are allowed"));
  }
  KALAMDB_RETURN_IF_ERROR(CheckBytes(text));
  return Lexer(text).Run();
}

StatusOr<std::string> StringValue(std::string_view token) {
  if (token[0] == '$') {
    const size_t tag = token.find('$', 1) + 1;
    return std::string(token.substr(tag, token.size() - 2 * tag));
  }
  const bool has_escapes = (token[0] | 0x20) == 'e' && token[0] != '\'';
  if (token[0] != '\'' && !has_escapes) {
    return Error(
        InvalidSql("strings with the prefix " + std::string(1, token[0]) + " are not supported"));
  }
  const std::string_view body = token.substr(has_escapes ? 2 : 1);
  std::string value;
  value.reserve(body.size());
  for (size_t i = 0; i + 1 < body.size();) {
    if (body[i] == '\'') {
      value.push_back('\'');
      i += 2;
    } else if (has_escapes && body[i] == '\\') {
      ++i;
      KALAMDB_RETURN_IF_ERROR(AppendEscape(body.substr(0, body.size() - 1), &i, &value));
    } else {
      value.push_back(body[i++]);
    }
  }
  return value;
}

std::string NameValue(const Token& token, std::string_view text) {
  const std::string_view raw = text.substr(token.begin, token.end - token.begin);
  std::string name;
  name.reserve(raw.size());
  if (token.kind == TokenKind::kQuoted) {
    for (size_t i = 1; i + 1 < raw.size(); ++i) {
      name.push_back(raw[i]);
      i += raw[i] == raw[0] ? 1 : 0;  // Doubled quote.
    }
    return name;
  }
  for (const char c : raw) {
    name.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c);
  }
  return name;
}

std::string Place(std::string_view text, size_t offset) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const size_t line_start =
      before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return "line " + std::to_string(line) + ", column " +
         std::to_string(before.size() - line_start + 1);
}

}  // namespace kalamdb::sql
