// SPDX-License-Identifier: Apache-2.0
#include "cli/statement_splitter.h"

#include <utility>

namespace kalamdb::cli {
namespace {

bool IsSqlSpace(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsWordCharacter(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Whether `text` ends with the word E, as in E'...'.
bool EndsWithEscapeMark(std::string_view text) {
  if (text.empty() || (text.back() != 'e' && text.back() != 'E')) {
    return false;
  }
  if (text.size() == 1) {
    return true;
  }
  const char before = text[text.size() - 2];
  return !IsWordCharacter(before) && before != '$';
}

// A dollar directly after a word belongs to it, as in a$b.
bool EndsWithWord(std::string_view text) { return !text.empty() && IsWordCharacter(text.back()); }

}  // namespace

Status StatementSplitter::Feed(std::string_view text) {
  for (const char c : text) {
    Take(c);
    if (c == '\n') {
      ++line_;
    }
    if (text_.size() > kStatementBytesMax) {
      return ResourceExhausted("a statement is longer than 16 MiB; is a quote not closed?");
    }
  }
  return {};
}

std::optional<Statement> StatementSplitter::Next() {
  if (done_.empty()) {
    return std::nullopt;
  }
  Statement statement = std::move(done_.front());
  done_.pop_front();
  return statement;
}

std::optional<Statement> StatementSplitter::Finish() {
  if (state_ == State::kLineComment || state_ == State::kBlockComment) {
    EndComment();
  }
  EndStatement();
  state_ = State::kPlain;
  return Next();
}

StatementSplitter::Inside StatementSplitter::inside() const {
  switch (state_) {
    case State::kBlockComment:
      return Inside::kComment;
    case State::kSingleQuote:
    case State::kEscapeString:
    case State::kDoubleQuote:
    case State::kBacktick:
    case State::kDollarQuote:
      return Inside::kQuote;
    default:
      return statement_line_ == 0 ? Inside::kNothing : Inside::kStatement;
  }
}

void StatementSplitter::Append(char c) {
  if (statement_line_ == 0) {
    if (IsSqlSpace(c) && state_ == State::kPlain) {
      return;
    }
    if (state_ == State::kPlain) {
      statement_line_ = line_;
    }
  }
  text_ += c;
}

void StatementSplitter::Take(char c) {
  switch (state_) {
    case State::kPlain:
      TakePlain(c);
      break;
    case State::kDash:
      state_ = State::kPlain;
      if (c == '-') {
        state_ = State::kLineComment;
        text_ += c;
      } else {
        if (statement_line_ == 0) {
          statement_line_ = line_;
        }
        TakePlain(c);
      }
      break;
    case State::kSlash:
      state_ = State::kPlain;
      if (c == '*') {
        state_ = State::kBlockComment;
        comment_depth_ = 1;
        comment_previous_ = 0;
        text_ += c;
      } else {
        if (statement_line_ == 0) {
          statement_line_ = line_;
        }
        TakePlain(c);
      }
      break;
    case State::kLineComment:
      text_ += c;
      if (c == '\n' || c == '\r') {
        EndComment();
      }
      break;
    case State::kBlockComment:
      TakeBlockComment(c);
      break;
    case State::kSingleQuote:
    case State::kDoubleQuote:
    case State::kBacktick: {
      const char end = state_ == State::kSingleQuote ? '\''
                       : state_ == State::kBacktick  ? '`'
                                                     : '"';
      text_ += c;
      // A doubled quote closes and opens again, which cuts at the same places.
      if (c == end) {
        state_ = State::kPlain;
      }
      break;
    }
    case State::kEscapeString:
      TakeEscapeString(c);
      break;
    case State::kDollarTag:
      TakeDollarTag(c);
      break;
    case State::kDollarQuote:
      TakeDollarQuote(c);
      break;
  }
}

void StatementSplitter::TakePlain(char c) {
  const bool reopens_escape_string = escape_string_ended_ && c == '\'';
  escape_string_ended_ = false;
  switch (c) {
    case ';':
      EndStatement();
      return;
    case '-':
      text_ += c;
      state_ = State::kDash;
      return;
    case '/':
      text_ += c;
      state_ = State::kSlash;
      return;
    case '\'': {
      const bool is_escape_string = reopens_escape_string || EndsWithEscapeMark(text_);
      Append(c);
      state_ = is_escape_string ? State::kEscapeString : State::kSingleQuote;
      escaped_ = false;
      return;
    }
    case '"':
      Append(c);
      state_ = State::kDoubleQuote;
      return;
    case '`':
      Append(c);
      state_ = State::kBacktick;
      return;
    case '$': {
      const bool starts_tag = !EndsWithWord(text_);
      Append(c);
      if (starts_tag) {
        state_ = State::kDollarTag;
        dollar_tag_ = "$";
      }
      return;
    }
    default:
      Append(c);
  }
}

void StatementSplitter::TakeBlockComment(char c) {
  text_ += c;
  if (comment_previous_ == '*' && c == '/') {
    comment_previous_ = 0;
    if (--comment_depth_ == 0) {
      EndComment();
    }
  } else if (comment_previous_ == '/' && c == '*') {
    comment_previous_ = 0;
    ++comment_depth_;
  } else {
    comment_previous_ = c;
  }
}

void StatementSplitter::TakeEscapeString(char c) {
  text_ += c;
  if (escaped_) {
    escaped_ = false;
  } else if (c == '\\') {
    escaped_ = true;
  } else if (c == '\'') {
    state_ = State::kPlain;
    escape_string_ended_ = true;
  }
}

void StatementSplitter::TakeDollarTag(char c) {
  const bool is_first = dollar_tag_.size() == 1;
  if (c == '$') {
    text_ += c;
    dollar_tag_ += c;
    dollar_body_ = text_.size();
    state_ = State::kDollarQuote;
  } else if (IsWordCharacter(c) && !(is_first && IsDigit(c))) {
    text_ += c;
    dollar_tag_ += c;
  } else {
    // A parameter ($1) or a lone dollar: no quote.
    state_ = State::kPlain;
    TakePlain(c);
  }
}

void StatementSplitter::TakeDollarQuote(char c) {
  text_ += c;
  if (c == '$' && std::string_view(text_).substr(dollar_body_).ends_with(dollar_tag_)) {
    state_ = State::kPlain;
  }
}

void StatementSplitter::EndComment() {
  state_ = State::kPlain;
  if (statement_line_ == 0) {
    text_.clear();
  }
}

void StatementSplitter::EndStatement() {
  if (statement_line_ != 0 || !text_.empty()) {
    if (statement_line_ == 0) {
      statement_line_ = line_;  // A lone "-" or "/".
    }
    while (!text_.empty() && IsSqlSpace(text_.back())) {
      text_.pop_back();
    }
    done_.push_back({.text = std::move(text_), .line = statement_line_});
  }
  text_.clear();
  statement_line_ = 0;
  escape_string_ended_ = false;
}

}  // namespace kalamdb::cli
