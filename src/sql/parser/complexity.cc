// SPDX-License-Identifier: Apache-2.0
#include "sql/parser/complexity.h"

#include <vector>

namespace kalamdb::sql {
namespace {

constexpr double kCopiedBytesMax = 5 << 20;
// INSERT, UPDATE and DELETE copy their WITH clause once more where it is named.
constexpr double kCopiedBytesMaxDml = kCopiedBytesMax / 8;

class Estimator {
 public:
  explicit Estimator(std::span<const Token> tokens) : tokens_(tokens) { frames_.emplace_back(); }

  Status Run() {
    for (i_ = 0; i_ < tokens_.size(); ++i_) {
      const Token& token = tokens_[i_];
      if (token.kind == TokenKind::kWord) {
        Word(token);
      } else if (token.IsSymbol('(')) {
        Open(Frame{.begin = token.begin, .is_definition = IsDefinition()});
      } else if (token.IsSymbol(')')) {
        CloseCases();
        Close(token.end);
      }
    }
    while (frames_.size() > 1) {
      Close(tokens_.back().end);
    }
    EndWith();
    if (frames_[0].cost > (is_dml_ ? kCopiedBytesMaxDml : kCopiedBytesMax)) {
      return InvalidSql(
          "the statement is too complex: WITH or CASE is nested too deeply or used "
          "too often");
    }
    return {};
  }

 private:
  // A parenthesis or a CASE that is open.
  struct Frame {
    uint32_t begin = 0;
    bool is_definition = false;  // The query of a WITH entry.
    bool is_case = false;
    double cost = 0;       // Bytes copied inside.
    bool in_with = false;  // Between WITH and the query that it belongs to.
    double with_entries = 0;
    double with_bytes = 0;
    double whens = 0;
    double operand = 0;  // Of CASE.
  };

  Frame& top() { return frames_.back(); }
  const Token& Before() const {
    static constexpr Token kNone;
    return i_ == 0 ? kNone : tokens_[i_ - 1];
  }

  bool IsDefinition() {
    return top().in_with && (Before().Is(Keyword::kAs) || Before().Is(Keyword::kMaterialized));
  }

  void Open(Frame frame) { frames_.push_back(frame); }

  void Word(const Token& token) {
    switch (token.keyword) {
      case Keyword::kWith:
        top().in_with = true;
        break;
      case Keyword::kInsert:
      case Keyword::kUpdate:
      case Keyword::kDelete:
        is_dml_ |= frames_.size() == 1;
        EndWith();
        break;
      case Keyword::kSelect:
      case Keyword::kValues:
        EndWith();
        break;
      case Keyword::kCase:
        Open(Frame{.begin = token.end, .is_case = true});
        break;
      case Keyword::kWhen:
        if (top().is_case) {
          if (top().whens == 0) {
            top().operand = top().cost + (token.begin - top().begin);
          }
          ++top().whens;
        }
        break;
      case Keyword::kEnd:
        if (top().is_case) {
          Close(token.end);
        }
        break;
      default:
        break;
    }
  }

  // A WITH clause of k entries is copied k + 3 times.
  void EndWith() {
    Frame& frame = top();
    if (frame.in_with) {
      frame.cost += (frame.with_entries + 3) * frame.with_bytes;
      frame.in_with = false;
      frame.with_entries = 0;
      frame.with_bytes = 0;
    }
  }

  void CloseCases() {
    while (frames_.size() > 1 && top().is_case) {
      Close(tokens_[i_].begin);
    }
  }

  void Close(uint32_t end) {
    if (frames_.size() == 1) {
      return;
    }
    EndWith();
    const Frame frame = top();
    frames_.pop_back();
    if (frame.is_definition) {
      ++top().with_entries;
      top().with_bytes += frame.cost + (end - frame.begin);
    } else {
      top().cost += frame.cost + (frame.is_case ? frame.operand * frame.whens : 0);
    }
  }

  std::span<const Token> tokens_;
  size_t i_ = 0;
  std::vector<Frame> frames_;
  bool is_dml_ = false;
};

}  // namespace

Status CheckComplexity(std::span<const Token> tokens) { return Estimator(tokens).Run(); }

}  // namespace kalamdb::sql
