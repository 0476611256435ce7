// SPDX-License-Identifier: Apache-2.0
#include "cli/display_text.h"

#include <clocale>
#include <cwchar>

#include <fmt/format.h>

namespace kalamdb::cli {
namespace {

struct CodePoint {
  char32_t value = 0;
  size_t bytes = 1;
  bool valid = false;
};

// The code point at the start of `text`, which is not empty. Overlong forms, surrogates and values
// above U+10FFFF are invalid and one byte long.
CodePoint DecodeFirst(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) {
    return {.value = lead, .bytes = 1, .valid = true};
  }
  const size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < bytes) {
    return {};
  }
  char32_t value = lead & (0x7fu >> bytes);
  for (size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0) != 0x80) {
      return {};
    }
    value = (value << 6) | (next & 0x3f);
  }
  const bool overlong = (bytes == 3 && value < 0x800) || (bytes == 4 && value < 0x10000);
  if (overlong || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) {
    return {};
  }
  return {.value = value, .bytes = bytes, .valid = true};
}

// Line and paragraph separators, the marks that override text direction, and the byte order mark.
bool ChangesLayout(char32_t c) {
  return c == 0x2028 || c == 0x2029 || c == 0x061c || c == 0x200e || c == 0x200f ||
         (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

bool IsPlainAscii(char c) { return c >= 0x20 && c < 0x7f; }

void AppendEscaped(char32_t c, std::string* out) {
  switch (c) {
    case '\n':
      *out += "\\n";
      return;
    case '\r':
      *out += "\\r";
      return;
    case '\t':
      *out += "\\t";
      return;
    default:
      break;
  }
  const auto number = static_cast<uint32_t>(c);
  *out += c < 0x80 ? fmt::format("\\x{:02x}", number) : fmt::format("\\u{:04x}", number);
}

}  // namespace

void UseUtf8() {
  if (std::setlocale(LC_CTYPE, "C.UTF-8") == nullptr) {
    std::setlocale(LC_CTYPE, "");
  }
}

size_t DisplayWidth(std::string_view utf8) {
  size_t width = 0;
  while (!utf8.empty()) {
    if (IsPlainAscii(utf8[0])) {
      ++width;
      utf8.remove_prefix(1);
      continue;
    }
    const CodePoint c = DecodeFirst(utf8);
    // Characters newer than the C library's tables report -1; most of them take one column.
    const int columns = c.valid ? ::wcwidth(static_cast<wchar_t>(c.value)) : 1;
    width += columns < 0 ? 1 : static_cast<size_t>(columns);
    utf8.remove_prefix(c.bytes);
  }
  return width;
}

std::string EscapeForTerminal(std::string_view utf8, LineBreaks line_breaks) {
  std::string out;
  out.reserve(utf8.size());
  while (!utf8.empty()) {
    const CodePoint c = DecodeFirst(utf8);
    const bool kept_break =
        line_breaks == LineBreaks::kKeep && (c.value == '\n' || c.value == '\t');
    if (!c.valid) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(utf8[0]));
    } else if (!kept_break &&
               (c.value < 0x20 || (c.value >= 0x7f && c.value < 0xa0) || ChangesLayout(c.value))) {
      AppendEscaped(c.value, &out);
    } else {
      out += utf8.substr(0, c.bytes);
    }
    utf8.remove_prefix(c.bytes);
  }
  return out;
}

}  // namespace kalamdb::cli
