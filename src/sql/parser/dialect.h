// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "sql/parser/lexer.h"

namespace kalamdb::sql {

// Where PostgreSQL's grammar differs from the engine's, the text of a statement is changed on its
// tokens before the engine's parser sees it:
//   - The JSON operators become user-defined operators (kJsonOperators), which have PostgreSQL's
//     precedence: tighter than comparison, logic, NOT, IN, LIKE and BETWEEN, looser than + and -.
//     The walk over the parse tree gives them their meaning. The `->` of a lambda stays, as in
//     `list_transform(l, x -> x + 1)`.
//   - Words that PostgreSQL allows as names are quoted where they stand as one, also as an alias
//     without AS, and `default` where it is a namespace.
//   - CURRENT_USER, CURRENT_DATE and the like become calls.
//   - E'...' and $$...$$ become plain strings, `name` becomes "name", comments and exotic spaces
//     become a blank: the engine replaces exotic spaces itself, but looks for them inside comments
//     and E'...' strings too.
struct JsonOperator {
  std::string_view written;
  std::string_view engine_name;  // No such operator exists; # and ? could not be part of one.
};
inline constexpr JsonOperator kJsonOperators[] = {{"->", "@->"},   {"->>", "@->>"}, {"#>", "@~>"},
                                                  {"#>>", "@~>>"}, {"?", "@~"},     {"?|", "@~|"},
                                                  {"?&", "@~&"}};

struct RewrittenText {
  std::string text;
  struct Mark {
    uint32_t rewritten = 0;
    uint32_t original = 0;
  };
  std::vector<Mark> marks;  // Start of each token in both texts, ascending.

  // Position in the original text of a position in `text`.
  size_t Original(size_t offset) const;
};

// `tokens` is one statement of `text`.
StatusOr<RewrittenText> Rewrite(std::span<const Token> tokens, std::string_view text);

}  // namespace kalamdb::sql
