// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "server/auth/base64url.h"
#include "server/auth/jwt.h"

// No input is a token, since nobody knows the key; and base64url has one spelling per text.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static const kalamdb::server::JwtCodec codec("a-secret-of-at-least-32-characters!");
  KALAMDB_CHECK(!codec.Verify(text).has_value());
  if (const auto bytes = kalamdb::server::DecodeBase64Url(text)) {
    std::string again;
    kalamdb::server::AppendBase64Url(*bytes, &again);
    KALAMDB_CHECK(again == text);
  }
  return 0;
}
