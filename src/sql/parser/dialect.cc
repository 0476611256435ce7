// SPDX-License-Identifier: Apache-2.0
#include "sql/parser/dialect.h"

#include <algorithm>

namespace kalamdb::sql {
namespace {

// True when an expression can end with this token, so that a following operator is a binary one.
bool IsOperandEnd(const Token& token) {
  switch (token.kind) {
    case TokenKind::kQuoted:
    case TokenKind::kString:
    case TokenKind::kNumber:
    case TokenKind::kParameter:
      return true;
    case TokenKind::kSymbol:
      return token.symbol == ')' || token.symbol == ']' || token.symbol == '}';
    case TokenKind::kWord:
      break;
    default:
      return false;
  }
  switch (token.keyword) {
    case Keyword::kEnd:
    case Keyword::kTrue:
    case Keyword::kFalse:
    case Keyword::kNull:
    case Keyword::kCurrentUser:
    case Keyword::kCurrentRole:
    case Keyword::kSessionUser:
    case Keyword::kCurrentTimestamp:
    case Keyword::kCurrentDate:
    case Keyword::kCurrentTime:
    case Keyword::kLocaltime:
    case Keyword::kLocaltimestamp:
      return true;
    case Keyword::kBetween:
    case Keyword::kValues:
    case Keyword::kSet:
    case Keyword::kBy:
    case Keyword::kEscape:
    case Keyword::kInterval:
      return false;
    default:
      return KindOf(token.keyword) != KeywordKind::kReserved;
  }
}

// True when an expression can begin with this token.
bool IsOperandStart(const Token& token) {
  switch (token.kind) {
    case TokenKind::kQuoted:
    case TokenKind::kString:
    case TokenKind::kNumber:
    case TokenKind::kParameter:
      return true;
    case TokenKind::kSymbol:
      return token.symbol == '(' || token.symbol == '[' || token.symbol == '{';
    case TokenKind::kOperator:
      return token.symbol == '-' || token.symbol == '+';
    case TokenKind::kWord:
      break;
    default:
      return false;
  }
  return token.Is(Keyword::kNot) || token.Is(Keyword::kCase) || token.Is(Keyword::kCast) ||
         token.Is(Keyword::kTrue) || token.Is(Keyword::kFalse) || token.Is(Keyword::kNull) ||
         token.Is(Keyword::kArray) || KindOf(token.keyword) != KeywordKind::kReserved;
}

bool IsIntervalUnit(Keyword keyword) {
  switch (keyword) {
    case Keyword::kYear:
    case Keyword::kYears:
    case Keyword::kQuarter:
    case Keyword::kQuarters:
    case Keyword::kMonth:
    case Keyword::kMonths:
    case Keyword::kWeek:
    case Keyword::kWeeks:
    case Keyword::kDay:
    case Keyword::kDays:
    case Keyword::kHour:
    case Keyword::kHours:
    case Keyword::kMinute:
    case Keyword::kMinutes:
    case Keyword::kSecond:
    case Keyword::kSeconds:
    case Keyword::kMillisecond:
    case Keyword::kMilliseconds:
    case Keyword::kMicrosecond:
    case Keyword::kMicroseconds:
    case Keyword::kDecade:
    case Keyword::kDecades:
    case Keyword::kCentury:
    case Keyword::kCenturies:
    case Keyword::kMillennium:
    case Keyword::kMillennia:
      return true;
    default:
      return false;
  }
}

// Functions whose second and later arguments may be lambdas.
bool TakesLambda(std::string_view name) {
  constexpr std::string_view kNames[] = {
      "list_transform", "array_transform", "list_apply",  "array_apply",  "apply", "list_filter",
      "array_filter",   "filter",          "list_reduce", "array_reduce", "reduce"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

class Rewriter {
 public:
  Rewriter(std::span<const Token> tokens, std::string_view text) : tokens_(tokens), text_(text) {
    out_.marks.reserve(tokens.size());
    out_.text.reserve(tokens.back().end - tokens.front().begin + 32);
    frames_.push_back(Frame{});
  }

  StatusOr<RewrittenText> Run() {
    for (size_t i = 0; i < tokens_.size(); ++i) {
      if (i > 0) {
        Gap(tokens_[i - 1], tokens_[i]);
      }
      out_.marks.push_back(
          {.rewritten = static_cast<uint32_t>(out_.text.size()), .original = tokens_[i].begin});
      KALAMDB_RETURN_IF_ERROR(Emit(i));
      Track(i);
    }
    return std::move(out_);
  }

 private:
  // An open parenthesis or bracket.
  struct Frame {
    bool takes_lambda = false;  // The arguments of a function that does.
    bool is_later_argument = false;
    size_t argument_start = 0;  // Token after the parenthesis or the last comma.
    size_t last_group = 0;      // Token that opened the last closed group inside.
    size_t opened_by = 0;
  };

  std::string_view Raw(const Token& token) const {
    return text_.substr(token.begin, token.end - token.begin);
  }
  const Token& At(size_t i) const {
    static constexpr Token kNone;
    return i < tokens_.size() ? tokens_[i] : kNone;
  }
  const Token& Before(size_t i) const { return At(i - 1); }  // kEnd for the first token.

  // White space between two tokens: a line break matters between two strings, nothing else does.
  void Gap(const Token& left, const Token& right) {
    const std::string_view gap = text_.substr(left.end, right.begin - left.end);
    if (gap.empty()) {
      return;
    }
    const bool is_break = left.kind == TokenKind::kString && right.kind == TokenKind::kString &&
                          gap.find('\n') != std::string_view::npos;
    out_.text.push_back(is_break ? '\n' : ' ');
  }

  Status Emit(size_t i) {
    const Token& token = tokens_[i];
    switch (token.kind) {
      case TokenKind::kWord:
        EmitWord(i);
        return {};
      case TokenKind::kQuoted:
        if (text_[token.begin] == '`') {
          EmitQuoted(token);
          return {};
        }
        break;
      case TokenKind::kString:
        if (token.symbol == 'e' || token.symbol == 'E' || token.symbol == '$') {
          return EmitString(token);
        }
        break;
      case TokenKind::kParameter:
        if (token.symbol == '?' && IsOperandEnd(Before(i))) {
          EmitMarked(token);
          return {};
        }
        break;
      case TokenKind::kOperator:
        if (IsJsonOperator(Raw(token)) && !IsLambdaArrow(i)) {
          EmitMarked(token);
          return {};
        }
        break;
      default:
        break;
    }
    out_.text += Raw(token);
    return {};
  }

  static bool IsJsonOperator(std::string_view raw) {
    return std::any_of(std::begin(kJsonOperators), std::end(kJsonOperators),
                       [&](const JsonOperator& op) { return op.written == raw; });
  }

  bool IsLambdaArrow(size_t i) const {
    const Frame& frame = frames_.back();
    if (Raw(tokens_[i]) != "->" || !frame.takes_lambda || !frame.is_later_argument) {
      return false;
    }
    const Token& first = At(frame.argument_start);
    if (frame.argument_start + 1 == i) {
      return first.kind == TokenKind::kWord || first.kind == TokenKind::kQuoted;
    }
    return first.IsSymbol('(') && frame.last_group == frame.argument_start &&
           Before(i).IsSymbol(')');
  }

  void EmitMarked(const Token& token) {
    const std::string_view raw = Raw(token);
    for (const JsonOperator& op : kJsonOperators) {
      if (op.written == raw) {
        out_.text.push_back(' ');
        out_.text += op.engine_name;
        out_.text.push_back(' ');
        return;
      }
    }
  }

  void EmitQuoted(const Token& token) {
    out_.text.push_back('"');
    for (const char c : NameValue(token, text_)) {
      out_.text.append(c == '"' ? 2 : 1, c);
    }
    out_.text.push_back('"');
  }

  Status EmitString(const Token& token) {
    auto value = StringValue(Raw(token));
    if (!value.has_value()) {
      return std::move(value).error().WithMessage(value.error().message() + " (" +
                                                  Place(text_, token.begin) + ")");
    }
    // A plain string may not touch a word before it: $$ can, and quotes of two strings would merge.
    if (!out_.text.empty() && out_.text.back() != ' ' && out_.text.back() != '\n') {
      out_.text.push_back(' ');
    }
    out_.text.push_back('\'');
    for (const char c : *value) {
      out_.text.append(c == '\'' ? 2 : 1, c);
    }
    out_.text.push_back('\'');
    return {};
  }

  void EmitWord(size_t i) {
    const Token& token = tokens_[i];
    if (token.keyword != Keyword::kNotKeyword && !Before(i).IsSymbol('.')) {
      if (IsValueFunction(token.keyword)) {
        out_.text += Raw(token);
        if (!At(i + 1).IsSymbol('(') && !Before(i).Is(Keyword::kAs)) {
          out_.text += "()";
        }
        return;
      }
      // The namespace `default` is a reserved word.
      if (NeedsQuotes(i) || (token.Is(Keyword::kDefault) && At(i + 1).IsSymbol('.'))) {
        EmitQuoted(token);
        return;
      }
    }
    out_.text += Raw(token);
  }

  static bool IsValueFunction(Keyword keyword) {
    switch (keyword) {
      case Keyword::kCurrentUser:
      case Keyword::kCurrentRole:
      case Keyword::kSessionUser:
      case Keyword::kCurrentTimestamp:
      case Keyword::kCurrentDate:
      case Keyword::kCurrentTime:
      case Keyword::kLocaltime:
      case Keyword::kLocaltimestamp:
        return true;
      default:
        return false;
    }
  }

  bool NeedsQuotes(size_t i) const {
    switch (KindOf(tokens_[i].keyword)) {
      case KeywordKind::kQuote:
        return !IsSyntax(i);
      case KeywordKind::kEngine:
        return IsBareAlias(i);
      default:
        return false;
    }
  }

  // Whether a word of kind kQuote stands for the engine's syntax here.
  bool IsSyntax(size_t i) const {
    const Token& before = Before(i);
    const Token& after = At(i + 1);
    switch (tokens_[i].keyword) {
      case Keyword::kBy:
        return before.Is(Keyword::kOrder) || before.Is(Keyword::kGroup) ||
               before.Is(Keyword::kPartition) ||
               (after.Is(Keyword::kName) &&
                (before.Is(Keyword::kUnion) || before.Is(Keyword::kAll)));
      case Keyword::kAt:
        return after.Is(Keyword::kTime) && At(i + 2).Is(Keyword::kZone);
      case Keyword::kAnti:
      case Keyword::kSemi:
      case Keyword::kAsof:
      case Keyword::kPositional:
        return IsOperandEnd(before) &&
               (after.Is(Keyword::kJoin) || after.Is(Keyword::kLeft) || after.Is(Keyword::kRight) ||
                after.Is(Keyword::kInner) || after.Is(Keyword::kFull));
      case Keyword::kGlob:
      case Keyword::kQualify:
        return IsOperandEnd(before) && IsOperandStart(after);
      case Keyword::kLambda:
        return IsLambdaHead(i + 1);
      case Keyword::kPivot:
      case Keyword::kUnpivot:
      case Keyword::kPivotLonger:
      case Keyword::kPivotWider:
        return i == 0 ||
               (IsOperandEnd(before) && (after.IsSymbol('(') || after.Is(Keyword::kInclude) ||
                                         after.Is(Keyword::kExclude)));
      case Keyword::kUnpack:
        return after.IsSymbol('(');
      default:
        return i == 0;  // SHOW, DESCRIBE, SUMMARIZE.
    }
  }

  // `x:` or `x, y:` at `i`, but not `x::`.
  bool IsLambdaHead(size_t i) const {
    while (At(i).kind == TokenKind::kWord || At(i).kind == TokenKind::kQuoted) {
      if (At(i + 1).IsSymbol(':')) {
        return !At(i + 2).IsSymbol(':');
      }
      if (!At(i + 1).IsSymbol(',')) {
        return false;
      }
      i += 2;
    }
    return false;
  }

  // `SELECT price value, ...`: a keyword after the end of an expression and before the next one.
  bool IsBareAlias(size_t i) const {
    const Token& before = Before(i);
    const bool follows_value =
        before.IsSymbol(')') || before.IsSymbol(']') || before.kind == TokenKind::kQuoted ||
        (before.kind == TokenKind::kWord && before.keyword == Keyword::kNotKeyword);
    const Token& after = At(i + 1);
    if (tokens_[i].Is(Keyword::kDelete) && after.Is(Keyword::kFrom)) {
      return false;  // WITH ... DELETE FROM.
    }
    const bool ends_item = after.kind == TokenKind::kEnd || after.IsSymbol(',') ||
                           after.IsSymbol(')') || after.Is(Keyword::kFrom);
    return follows_value && ends_item && !(has_interval_ && IsIntervalUnit(tokens_[i].keyword));
  }

  // Keeps the frames in step with the token just written.
  void Track(size_t i) {
    const Token& token = tokens_[i];
    has_interval_ |= token.Is(Keyword::kInterval);
    if (token.kind != TokenKind::kSymbol) {
      return;
    }
    switch (token.symbol) {
      case '(':
      case '[':
      case '{':
        frames_.push_back(Frame{.takes_lambda = token.symbol == '(' && i > 0 &&
                                                Before(i).kind == TokenKind::kWord &&
                                                TakesLambda(NameValue(Before(i), text_)),
                                .argument_start = i + 1,
                                .opened_by = i});
        break;
      case ')':
      case ']':
      case '}':
        if (frames_.size() > 1) {
          const size_t opened_by = frames_.back().opened_by;
          frames_.pop_back();
          frames_.back().last_group = opened_by;
        }
        break;
      case ',':
        frames_.back().is_later_argument = true;
        frames_.back().argument_start = i + 1;
        break;
      default:
        break;
    }
  }

  std::span<const Token> tokens_;
  std::string_view text_;
  RewrittenText out_;
  std::vector<Frame> frames_;
  bool has_interval_ = false;
};

}  // namespace

size_t RewrittenText::Original(size_t offset) const {
  const auto after =
      std::upper_bound(marks.begin(), marks.end(), offset,
                       [](size_t value, const Mark& mark) { return value < mark.rewritten; });
  return after == marks.begin() ? 0 : (after - 1)->original;
}

StatusOr<RewrittenText> Rewrite(std::span<const Token> tokens, std::string_view text) {
  return Rewriter(tokens, text).Run();
}

}  // namespace kalamdb::sql
