// SPDX-License-Identifier: Apache-2.0
#include "service/password.h"

#include <crypt.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>

#include <fmt/format.h>
#include <string.h>

#include "base/rng.h"

namespace kalamdb::service {

namespace {

constexpr int kCostMin = 4;
constexpr int kCostMax = 31;
constexpr size_t kSaltBytes = 16;
constexpr size_t kHashBytes = 60;

// What crypt_r needs besides its arguments: 32 KiB, too much for the stack of a worker. Wiped at
// the end because it holds the password and what was derived from it.
struct CryptSpace {
  CryptSpace() = default;
  CryptSpace(const CryptSpace&) = delete;
  CryptSpace& operator=(const CryptSpace&) = delete;
  ~CryptSpace() { explicit_bzero(&data, sizeof(data)); }
  crypt_data data{};
};

// Empty when `setting` is none that the library knows.
std::string Bcrypt(std::string_view password, const std::string& setting) {
  const auto space = std::make_unique<CryptSpace>();
  std::string phrase(password);
  const char* result = crypt_r(phrase.c_str(), setting.c_str(), &space->data);
  std::string hash = result == nullptr || result[0] == '*' ? std::string() : std::string(result);
  explicit_bzero(phrase.data(), phrase.size());
  return hash;
}

bool IsBcryptHash(const std::string& hash) {
  return hash.size() == kHashBytes && hash.starts_with("$2") && hash[3] == '$';
}

// The time depends on the length of `a` only.
bool EqualsInConstantTime(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) {
    return false;
  }
  unsigned difference = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  }
  return difference == 0;
}

bool IsWholeForBcrypt(std::string_view password) {
  return password.size() <= kPasswordBytesMax && password.find('\0') == std::string_view::npos;
}

}  // namespace

PasswordHasher::PasswordHasher(int cost)
    : cost_(std::clamp(cost, kCostMin, kCostMax)),
      no_hash_(fmt::format("$2b${:02}$", cost_) + std::string(kHashBytes - 7, '.')) {}

StatusOr<std::string> PasswordHasher::Hash(std::string_view password) const {
  if (!IsWholeForBcrypt(password)) {
    return Error(InvalidArgument(
        fmt::format("password: at most {} bytes and no NUL byte", kPasswordBytesMax)));
  }
  std::array<uint8_t, kSaltBytes> random{};
  FillSecure(random);
  std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting{};
  if (crypt_gensalt_rn("$2b$", static_cast<unsigned long>(cost_),
                       reinterpret_cast<const char*>(random.data()),
                       static_cast<int>(random.size()), setting.data(),
                       static_cast<int>(setting.size())) == nullptr) {
    return Error(Internal("no salt for a password hash"));
  }
  std::string hash = Bcrypt(password, setting.data());
  if (!IsBcryptHash(hash)) {
    return Error(Internal("the password could not be hashed"));
  }
  return hash;
}

bool PasswordHasher::Verify(std::string_view password, const std::string& hash) const {
  if (!IsBcryptHash(hash) || !IsWholeForBcrypt(password)) {
    VerifyAgainstNothing(password);
    return false;
  }
  return EqualsInConstantTime(Bcrypt(password, hash), hash);
}

void PasswordHasher::VerifyAgainstNothing(std::string_view password) const {
  Bcrypt(password.substr(0, kPasswordBytesMax), no_hash_);
}

}  // namespace kalamdb::service
