// SPDX-License-Identifier: Apache-2.0
#include "sql/exec/duck_ids.h"

#include <algorithm>

#include "base/ids.h"
#include "types/text_format.h"

namespace kalamdb::sql {

namespace {

constexpr uint64_t kCounterBits = kSeqNodeShift;
constexpr uint64_t kTopRandomMax = (1u << 16) - 1;

uint64_t MillisSince(int64_t micros, int64_t epoch_millis) {
  return static_cast<uint64_t>(std::max<int64_t>(micros / 1000 - epoch_millis, 0));
}

}  // namespace

int64_t IdSource::NextSnowflake(int64_t statement_micros) {
  const uint64_t now = MillisSince(statement_micros, kSeqEpochMillis) << kCounterBits;
  uint64_t last = last_snowflake_.load(std::memory_order_relaxed);
  uint64_t next = 0;
  do {
    next = std::max(last + 1, now);
  } while (!last_snowflake_.compare_exchange_weak(last, next, std::memory_order_relaxed));
  const uint64_t millis = next >> kCounterBits;
  return static_cast<int64_t>((millis << kSeqTimeShift) | (kSeqNodeMax << kSeqNodeShift) |
                              (next & kSeqCounterMax));
}

IdSource::TimeAndRandom IdSource::NextTimeAndRandom(int64_t statement_micros) {
  const uint64_t millis = MillisSince(statement_micros, 0);
  const uint64_t random = rng_.Next();
  const MutexLock lock(mu_);
  if (millis > last_.millis) {
    last_ = {.millis = millis, .high = rng_.Below(kTopRandomMax), .low = random};
    return last_;
  }
  // At least one in the bits that a UUID keeps.
  const uint64_t step = ((random >> 32) + 1) << 6;
  last_.low += step;
  if (last_.low < step && ++last_.high > kTopRandomMax) {
    last_ = {.millis = last_.millis + 1, .high = 0, .low = random};
  }
  return last_;
}

std::string IdSource::NextUuidV7(int64_t statement_micros) {
  const TimeAndRandom next = NextTimeAndRandom(statement_micros);
  // 12 random bits after the version, 62 after the variant: the upper 74 of 80.
  const uint64_t random_a = (next.high >> 4) & 0xFFF;
  const uint64_t random_b = ((next.high & 0xF) << 58) | (next.low >> 6);
  const uint64_t upper = (next.millis << 16) | 0x7000 | random_a;
  const uint64_t lower = (uint64_t{2} << 62) | random_b;
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) {
    bytes += static_cast<char>(upper >> shift);
  }
  for (int shift = 56; shift >= 0; shift -= 8) {
    bytes += static_cast<char>(lower >> shift);
  }
  return types::FormatUuid(bytes);
}

std::string IdSource::NextUlid(int64_t statement_micros) {
  constexpr char kDigits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  const TimeAndRandom next = NextTimeAndRandom(statement_micros);
  // 128 bits from the right in groups of five.
  __extension__ unsigned __int128 rest = next.low;
  rest |= static_cast<decltype(rest)>((next.millis << 16) | next.high) << 64;
  std::string text(26, '0');
  for (size_t i = text.size(); i-- > 0; rest >>= 5) {
    text[i] = kDigits[static_cast<size_t>(rest & 31)];
  }
  return text;
}

}  // namespace kalamdb::sql
