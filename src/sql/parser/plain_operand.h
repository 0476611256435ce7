// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "sql/parser/token_cursor.h"

namespace kalamdb::sql {

// Reads the literals and parameters of the fast paths, with the type that the engine's parser gives
// them. Counts parameters over one statement.
class PlainOperandReader {
 public:
  // A number, string, TRUE, FALSE, NULL, $n or ?. Nothing for anything else, then the position of
  // the cursor is undefined: the statement is not for the fast path.
  std::optional<Operand> Read(TokenCursor& cursor);

  uint32_t parameter_count() const { return parameter_count_; }
  // $n and ? in one statement: the engine's parser numbers them by rules of its own.
  bool is_mixed() const { return has_question_marks_ && has_numbers_; }

 private:
  std::optional<Operand> Parameter(const Token& token, std::string_view text);

  uint32_t parameter_count_ = 0;
  bool has_question_marks_ = false;
  bool has_numbers_ = false;
};

}  // namespace kalamdb::sql
