// SPDX-License-Identifier: Apache-2.0
#include "base/rng.h"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/check.h"

namespace kalamdb {

namespace {

uint64_t SecureSeed() {
  uint64_t seed = 0;
  FillSecure(std::span(reinterpret_cast<uint8_t*>(&seed), sizeof(seed)));
  return seed;
}

}  // namespace

Rng::Rng() : engine_(SecureSeed()) {}

uint64_t Rng::Next() {
  const std::lock_guard lock(mu_);
  return engine_();
}

uint64_t Rng::Below(uint64_t bound) {
  KALAMDB_CHECK(bound > 0);
  const std::lock_guard lock(mu_);
  return std::uniform_int_distribution<uint64_t>(0, bound - 1)(engine_);
}

void Rng::Fill(std::span<uint8_t> bytes) {
  const std::lock_guard lock(mu_);
  for (size_t i = 0; i < bytes.size(); i += sizeof(uint64_t)) {
    const uint64_t word = engine_();
    std::memcpy(bytes.data() + i, &word, std::min(sizeof(word), bytes.size() - i));
  }
}

void FillSecure(std::span<uint8_t> bytes) {
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = getrandom(bytes.data() + done, bytes.size() - done, 0);
    KALAMDB_CHECK(got > 0 || errno == EINTR);
    done += got > 0 ? static_cast<size_t>(got) : 0;
  }
}

}  // namespace kalamdb
