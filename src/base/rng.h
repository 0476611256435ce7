// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <mutex>
#include <random>
#include <span>

namespace kalamdb {

// Source of random numbers. Thread-safe. A seeded one repeats itself exactly.
class Rng {
 public:
  // Seeded from the operating system.
  Rng();
  explicit Rng(uint64_t seed) : engine_(seed) {}

  uint64_t Next();
  // Uniform in [0, bound). `bound` > 0.
  uint64_t Below(uint64_t bound);
  void Fill(std::span<uint8_t> bytes);

 private:
  std::mutex mu_;
  std::mt19937_64 engine_;
};

// Bytes from the operating system's generator, for secrets.
void FillSecure(std::span<uint8_t> bytes);

}  // namespace kalamdb
