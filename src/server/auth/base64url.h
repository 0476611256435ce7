// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace kalamdb::server {

// RFC 4648 section 5 without padding, as JSON Web Tokens use it.
void AppendBase64Url(std::span<const uint8_t> bytes, std::string* out);
void AppendBase64Url(std::string_view bytes, std::string* out);

// Strict: no padding, no other characters, and no bits behind the last byte, so that every text has
// exactly one spelling. Nothing when `text` is not such a text.
std::optional<std::string> DecodeBase64Url(std::string_view text);

}  // namespace kalamdb::server
