// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "sql/parser/keyword_list.h"

namespace kalamdb::sql {

enum class Keyword : uint16_t {
  kNotKeyword = 0,
#define KALAMDB_SQL_ENUMERATOR(id, text, kind) id,
  KALAMDB_SQL_KEYWORDS(KALAMDB_SQL_ENUMERATOR)
#undef KALAMDB_SQL_ENUMERATOR
};

// What keyword_list.h says about a word.
enum class KeywordKind : uint8_t { kNone, kReserved, kQuote, kEngine };

// The keyword that `word` is, without regard to ASCII case. `hash` is KeywordHash() of it.
Keyword FindKeyword(std::string_view word, uint32_t hash);
KeywordKind KindOf(Keyword keyword);
// Lower case.
std::string_view KeywordText(Keyword keyword);

// One step of the hash that FindKeyword expects: start with kKeywordHashSeed, feed every byte.
// Setting bit 5 folds the case of letters; other bytes that collide are told apart by comparison.
constexpr uint32_t kKeywordHashSeed = 2166136261u;
constexpr uint32_t KeywordHashStep(uint32_t hash, char c) {
  return (hash ^ (static_cast<uint32_t>(static_cast<unsigned char>(c)) | 0x20u)) * 16777619u;
}
constexpr uint32_t KeywordHash(std::string_view word) {
  uint32_t hash = kKeywordHashSeed;
  for (const char c : word) {
    hash = KeywordHashStep(hash, c);
  }
  return hash;
}

}  // namespace kalamdb::sql
