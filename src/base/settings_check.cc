// SPDX-License-Identifier: Apache-2.0
#include "base/settings_check.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include <fmt/core.h>

#include "base/settings_value.h"

namespace kalamdb {

namespace {

constexpr size_t kJwtSecretBytesMin = 32;

bool IsIpAddress(const std::string& text, int family) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  return inet_pton(family, text.c_str(), address.data()) == 1;
}

// 10.0.0.1, 10.0.0.0/8, fd00::/8.
bool IsAddressRange(const std::string& text) {
  const size_t slash = text.find('/');
  const std::string address = text.substr(0, slash);
  const bool is_v4 = IsIpAddress(address, AF_INET);
  if (!is_v4 && !IsIpAddress(address, AF_INET6)) {
    return false;
  }
  if (slash == text.npos) {
    return true;
  }
  const std::string_view bits_text = std::string_view(text).substr(slash + 1);
  int bits = -1;
  const auto [end, error] =
      std::from_chars(bits_text.data(), bits_text.data() + bits_text.size(), bits);
  return error == std::errc() && end == bits_text.data() + bits_text.size() && bits >= 0 &&
         bits <= (is_v4 ? 32 : 128);
}

// Browsers send scheme://host[:port]; anything else in the list would never match.
bool IsOrigin(std::string_view text) {
  const size_t scheme_end = text.find("://");
  if (scheme_end == text.npos || scheme_end == 0) {
    return false;
  }
  const std::string_view rest = text.substr(scheme_end + 3);
  return !rest.empty() && rest.find_first_of("/ \t?#*@") == rest.npos;
}

Status CheckLimits(const Settings::Limits& limits) {
  if (limits.max_query_limit != 0 && limits.default_query_limit > limits.max_query_limit) {
    return InvalidArgument(
        fmt::format("limits.default_query_limit: {} is above limits.max_query_limit, {}",
                    limits.default_query_limit, limits.max_query_limit));
  }
  return {};
}

Status CheckTemplate(std::string_view name, const std::string& text,
                     std::initializer_list<std::string_view> needed) {
  for (const std::string_view part : needed) {
    if (text.find(part) == text.npos) {
      return InvalidArgument(fmt::format("{}: {} lacks {}", name, Quoted(text), part));
    }
  }
  if (text.starts_with('/') || text.find("..") != text.npos) {
    return InvalidArgument(
        fmt::format("{}: {} is not a path below the storage", name, Quoted(text)));
  }
  return {};
}

Status CheckStorage(const Settings::Storage& storage) {
  if (storage.data_path.empty()) {
    return InvalidArgument("storage.data_path: the empty text is not a directory");
  }
  KALAMDB_RETURN_IF_ERROR(CheckTemplate("storage.shared_tables_template",
                                        storage.shared_tables_template,
                                        {"{namespace}", "{tableName}"}));
  return CheckTemplate("storage.user_tables_template", storage.user_tables_template,
                       {"{namespace}", "{tableName}", "{userId}"});
}

// Secrets of sample files, which everybody knows.
bool IsPlaceholder(const std::string& secret) {
  std::string lowered = secret;
  std::ranges::transform(lowered, lowered.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c == '_' ? '-' : c;
  });
  constexpr std::array<std::string_view, 5> kMarks = {"change-me", "changeme", "your-secret",
                                                      "placeholder", "replace-me"};
  return std::ranges::any_of(
      kMarks, [&lowered](std::string_view mark) { return lowered.find(mark) != lowered.npos; });
}

Status CheckSecret(const Settings& settings, std::vector<std::string>& warnings) {
  const std::string& secret = settings.auth.jwt_secret.Reveal();
  if (secret.empty()) {
    return {};  // One is generated.
  }
  std::string complaint;
  if (secret.size() < kJwtSecretBytesMin) {
    complaint = fmt::format("auth.jwt_secret: {} characters are too few, {} are needed",
                            secret.size(), kJwtSecretBytesMin);
  } else if (IsPlaceholder(secret)) {
    complaint = "auth.jwt_secret: this is the text of a sample file, which everybody knows";
  } else {
    return {};
  }
  if (!IsLoopbackHost(settings.server.host)) {
    return InvalidArgument(complaint);
  }
  warnings.push_back(complaint + "; allowed because server.host is " + settings.server.host);
  return {};
}

Status CheckCors(const Settings& settings, std::vector<std::string>& warnings) {
  const std::vector<std::string>& origins = settings.security.cors.allowed_origins;
  for (const std::string& origin : origins) {
    if (origin != "*" && origin != "null" && !IsOrigin(origin)) {
      return InvalidArgument(
          fmt::format("security.cors.allowed_origins: {} is not an origin such as "
                      "https://app.example.com",
                      Quoted(origin)));
    }
  }
  if (IsLoopbackHost(settings.server.host)) {
    return {};
  }
  if (origins.empty()) {
    return InvalidArgument(
        fmt::format("security.cors.allowed_origins: required because server.host {} can be reached "
                    "from other machines; list the origins of your web pages, or \"*\" for any",
                    settings.server.host));
  }
  if (std::ranges::find(origins, "*") != origins.end()) {
    warnings.push_back("security.cors.allowed_origins is \"*\": any web page may call this server");
  }
  return {};
}

Status CheckProxies(const std::vector<std::string>& ranges) {
  for (const std::string& range : ranges) {
    if (!IsAddressRange(range)) {
      return InvalidArgument(fmt::format(
          "security.trusted_proxy_ranges: {} is not an IP address or CIDR range", Quoted(range)));
    }
  }
  return {};
}

}  // namespace

bool IsLoopbackHost(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  }
  const std::string text(host);
  return text == "localhost" || text == "::1" ||
         (text.starts_with("127.") && IsIpAddress(text, AF_INET));
}

Status CheckSettings(const Settings& settings, std::vector<std::string>& warnings) {
  if (settings.server.host.empty()) {
    return InvalidArgument("server.host: the empty text is not an address");
  }
  KALAMDB_RETURN_IF_ERROR(CheckLimits(settings.limits));
  KALAMDB_RETURN_IF_ERROR(CheckStorage(settings.storage));
  KALAMDB_RETURN_IF_ERROR(CheckProxies(settings.security.trusted_proxy_ranges));
  KALAMDB_RETURN_IF_ERROR(CheckCors(settings, warnings));
  return CheckSecret(settings, warnings);
}

}  // namespace kalamdb
