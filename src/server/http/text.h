// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// The text rules of HTTP header fields.
namespace kalamdb::server {

// Without spaces and tabs at both ends.
std::string_view Trim(std::string_view text);

// Takes the next element of a comma-separated list off `*rest`, trimmed; nothing at the end. Empty
// elements are skipped.
std::optional<std::string_view> NextListItem(std::string_view* rest, char separator = ',');

// The value of a parameter in `; name=value; name="quoted value"`; nothing when it is absent.
std::optional<std::string> HeaderParameter(std::string_view field, std::string_view name);

// The part of Content-Type before its parameters.
std::string_view MediaType(std::string_view content_type);

// Whether Accept-Encoding lets the server answer with gzip.
bool AcceptsGzip(std::string_view accept_encoding);

// The value of a cookie in a Cookie field; nothing when it is absent.
std::optional<std::string_view> CookieValue(std::string_view cookie_field, std::string_view name);

// "Sun, 06 Nov 1994 08:49:37 GMT".
std::string HttpDate(int64_t unix_seconds);

}  // namespace kalamdb::server
