// SPDX-License-Identifier: Apache-2.0
#include "sql/parser/keywords.h"

#include <array>
#include <cstddef>

namespace kalamdb::sql {
namespace {

struct Entry {
  std::string_view text;
  KeywordKind kind;
};

constexpr Entry kEntries[] = {{"", KeywordKind::kNone},
#define KALAMDB_SQL_ENTRY(id, text, kind) {text, KeywordKind::kind},
                              KALAMDB_SQL_KEYWORDS(KALAMDB_SQL_ENTRY)
#undef KALAMDB_SQL_ENTRY
};
constexpr size_t kEntryCount = sizeof(kEntries) / sizeof(kEntries[0]);

// Open addressing with linear probing, at most a third full.
constexpr size_t kSlotCount = 2048;
static_assert(kEntryCount * 3 < kSlotCount);

consteval std::array<uint16_t, kSlotCount> BuildSlots() {
  std::array<uint16_t, kSlotCount> slots{};
  for (size_t i = 1; i < kEntryCount; ++i) {
    size_t slot = KeywordHash(kEntries[i].text) % kSlotCount;
    while (slots[slot] != 0) {
      slot = (slot + 1) % kSlotCount;
    }
    slots[slot] = static_cast<uint16_t>(i);
  }
  return slots;
}
constexpr std::array<uint16_t, kSlotCount> kSlots = BuildSlots();

constexpr bool Matches(std::string_view word, std::string_view keyword) {
  if (word.size() != keyword.size()) {
    return false;
  }
  for (size_t i = 0; i < word.size(); ++i) {
    const char c = word[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c) != keyword[i]) {
      return false;
    }
  }
  return true;
}

}  // namespace

Keyword FindKeyword(std::string_view word, uint32_t hash) {
  for (size_t slot = hash % kSlotCount; kSlots[slot] != 0; slot = (slot + 1) % kSlotCount) {
    if (Matches(word, kEntries[kSlots[slot]].text)) {
      return static_cast<Keyword>(kSlots[slot]);
    }
  }
  return Keyword::kNotKeyword;
}

KeywordKind KindOf(Keyword keyword) { return kEntries[static_cast<size_t>(keyword)].kind; }

std::string_view KeywordText(Keyword keyword) {
  return kEntries[static_cast<size_t>(keyword)].text;
}

}  // namespace kalamdb::sql
