// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kalamdb::cli {

// Makes the process read and measure text as UTF-8, whatever LANG says: the server speaks nothing
// else. Call once before the functions below.
void UseUtf8();

// Columns that `utf8` takes on a terminal: East Asian wide characters count two, combining marks
// none. `utf8` holds no control characters (see EscapeForTerminal).
size_t DisplayWidth(std::string_view utf8);

enum class LineBreaks { kEscape, kKeep };

// `utf8` with everything that could drive a terminal made visible: control characters as `\n`,
// `\x1b`, `\u0085`; characters that reorder the line as `\u202e`; bytes that are no UTF-8 as
// `\xff`. With kKeep, line feeds and tabs stay.
std::string EscapeForTerminal(std::string_view utf8, LineBreaks line_breaks);

}  // namespace kalamdb::cli
