// SPDX-License-Identifier: Apache-2.0
#include "server/auth/origin_check.h"

#include <algorithm>

#include "server/http/address.h"
#include "types/schema.h"

namespace kalamdb::server {

namespace {

// Of "https://host:port" the part after the scheme; empty for "null" and anything else.
std::string_view Authority(std::string_view origin) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (origin.starts_with(scheme)) {
      return origin.substr(scheme.size());
    }
  }
  return {};
}

// The page came from where it now asks.
bool IsOwn(const Request& request) {
  const std::string_view authority = Authority(request.Get(Header::kOrigin));
  return !authority.empty() && types::EqualsIgnoreCase(authority, request.Get(Header::kHost));
}

// Only ever this machine or one address, whatever name servers say.
bool IsFixedHost(std::string_view authority) {
  const std::string_view host = authority.substr(0, authority.rfind(':'));
  return types::EqualsIgnoreCase(host, "localhost") ||
         types::EqualsIgnoreCase(authority, "localhost") || IpAddress::Parse(authority).has_value();
}

}  // namespace

OriginCheck::OriginCheck(const CorsOptions& cors) : cors_(cors), named_(cors.allowed_origins) {}

bool OriginCheck::AllowsLogin(const Request& request) const {
  const std::string_view origin = request.Get(Header::kOrigin);
  return origin.empty() || IsOwn(request) || cors_.IsAllowed(origin);
}

bool OriginCheck::AllowsSetup(const Request& request) const {
  const std::string_view origin = request.Get(Header::kOrigin);
  return origin.empty() || (IsOwn(request) && IsFixedHost(Authority(origin))) ||
         std::ranges::find(named_, origin) != named_.end();
}

}  // namespace kalamdb::server
