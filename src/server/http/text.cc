// SPDX-License-Identifier: Apache-2.0
#include "server/http/text.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "types/schema.h"

namespace kalamdb::server {

namespace {

using types::EqualsIgnoreCase;

// A quality value: false for `0`, `0.0`, `0.00` and `0.000`.
bool IsPositiveQuality(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return c >= '1' && c <= '9'; });
}

}  // namespace

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) {
    return {};
  }
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::optional<std::string_view> NextListItem(std::string_view* rest, char separator) {
  while (!rest->empty()) {
    const size_t end = rest->find(separator);
    const std::string_view item = Trim(rest->substr(0, end));
    rest->remove_prefix(end == std::string_view::npos ? rest->size() : end + 1);
    if (!item.empty()) {
      return item;
    }
  }
  return std::nullopt;
}

std::optional<std::string> HeaderParameter(std::string_view field, std::string_view name) {
  size_t at = field.find(';');
  while (at != std::string_view::npos) {
    field = Trim(field.substr(at + 1));
    const size_t equals = field.find_first_of("=;");
    if (equals == std::string_view::npos || field[equals] == ';') {
      at = equals;
      continue;
    }
    const bool is_wanted = EqualsIgnoreCase(Trim(field.substr(0, equals)), name);
    field = Trim(field.substr(equals + 1));
    std::string value;
    if (field.starts_with('"')) {
      size_t i = 1;
      for (; i < field.size() && field[i] != '"'; ++i) {
        i += field[i] == '\\' && i + 1 < field.size() ? 1 : 0;
        value += field[i];
      }
      at = field.find(';', std::min(i, field.size()));
    } else {
      at = field.find(';');
      value = Trim(field.substr(0, at));
    }
    if (is_wanted) {
      return value;
    }
  }
  return std::nullopt;
}

std::string_view MediaType(std::string_view content_type) {
  return Trim(content_type.substr(0, content_type.find(';')));
}

bool AcceptsGzip(std::string_view accept_encoding) {
  std::optional<bool> named;
  std::optional<bool> any;
  while (const auto item = NextListItem(&accept_encoding)) {
    const std::string_view coding = MediaType(*item);
    const auto quality = HeaderParameter(*item, "q");
    const bool is_accepted = !quality.has_value() || IsPositiveQuality(*quality);
    if (EqualsIgnoreCase(coding, "gzip") || EqualsIgnoreCase(coding, "x-gzip")) {
      named = is_accepted;
    } else if (coding == "*") {
      any = is_accepted;
    }
  }
  return named.value_or(any.value_or(false));
}

std::optional<std::string_view> CookieValue(std::string_view cookie_field, std::string_view name) {
  while (const auto item = NextListItem(&cookie_field, ';')) {
    const size_t equals = item->find('=');
    if (equals != std::string_view::npos && item->substr(0, equals) == name) {
      return item->substr(equals + 1);
    }
  }
  return std::nullopt;
}

std::string HttpDate(int64_t unix_seconds) {
  // Not strftime's %a and %b: those follow the locale.
  constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const time_t seconds = unix_seconds;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  const int size = std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                                 kDays[static_cast<size_t>(parts.tm_wday)], parts.tm_mday,
                                 kMonths[static_cast<size_t>(parts.tm_mon)], parts.tm_year + 1900,
                                 parts.tm_hour, parts.tm_min, parts.tm_sec);
  return {text.data(), static_cast<size_t>(size)};
}

}  // namespace kalamdb::server
