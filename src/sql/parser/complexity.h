// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "base/status.h"
#include "sql/parser/lexer.h"

namespace kalamdb::sql {

// Refuses a statement whose parse tree would be out of proportion to its text: the engine's parser
// copies all queries of a WITH clause once for each of them, again for every WITH around it, and
// the operand of `CASE operand WHEN ...` once for each WHEN. Nested, both grow exponentially:
// twelve WITHs inside each other, 150 bytes of text, take 27 s. This estimates the bytes of text
// that are copied (measured: 165 ns a byte) and bounds them.
Status CheckComplexity(std::span<const Token> tokens);

}  // namespace kalamdb::sql
