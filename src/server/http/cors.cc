// SPDX-License-Identifier: Apache-2.0
#include "server/http/cors.h"

#include <algorithm>

namespace kalamdb::server {

namespace {

void AppendList(std::string_view name, const std::vector<std::string>& items, std::string* out) {
  if (items.empty()) {
    return;
  }
  *out += name;
  *out += ": ";
  for (size_t i = 0; i < items.size(); ++i) {
    *out += i == 0 ? "" : ", ";
    *out += items[i];
  }
  *out += "\r\n";
}

}  // namespace

CorsPolicy::CorsPolicy(const CorsOptions& options) : options_(options) {
  const auto& origins = options.allowed_origins;
  is_any_origin_ =
      origins.empty() || std::find(origins.begin(), origins.end(), "*") != origins.end();
  if (options.allow_credentials) {
    answer_fields_ += "Access-Control-Allow-Credentials: true\r\n";
  }
  // Without credentials any origin gets the same answer.
  if (options.allow_credentials || !is_any_origin_) {
    answer_fields_ += "Vary: Origin\r\n";
  }
  AppendList("Access-Control-Expose-Headers", options.expose_headers, &answer_fields_);
  AppendList("Access-Control-Allow-Methods", options.allowed_methods, &preflight_fields_);
  AppendList("Access-Control-Allow-Headers", options.allowed_headers, &preflight_fields_);
  preflight_fields_ +=
      "Access-Control-Max-Age: " + std::to_string(options.max_age.count()) + "\r\n";
}

bool CorsPolicy::IsPreflight(const Request& request) {
  return request.method() == Method::kOptions && !request.Get(Header::kOrigin).empty() &&
         !request.Get(Header::kAccessControlRequestMethod).empty();
}

bool CorsPolicy::IsAllowed(std::string_view origin) const {
  return is_any_origin_ ||
         std::find(options_.allowed_origins.begin(), options_.allowed_origins.end(), origin) !=
             options_.allowed_origins.end();
}

void CorsPolicy::AnswerPreflight(const Request& request, Response* response) const {
  if (!IsAllowed(request.Get(Header::kOrigin))) {
    response->Set(403, PlainErrorBody("ORIGIN_NOT_ALLOWED",
                                      "this origin is not in security.cors.allowed_origins"));
    return;
  }
  response->Set(200, "");
  response->content_type = "";
  response->fields = preflight_fields_;
  if (options_.allow_private_network &&
      request.Get(Header::kAccessControlRequestPrivateNetwork) == "true") {
    response->fields += "Access-Control-Allow-Private-Network: true\r\n";
  }
}

void CorsPolicy::AppendFields(std::string_view origin, std::string* out) const {
  if (origin.empty() || !IsAllowed(origin)) {
    return;
  }
  *out += "Access-Control-Allow-Origin: ";
  *out += is_any_origin_ && !options_.allow_credentials ? "*" : origin;
  *out += "\r\n";
  *out += answer_fields_;
}

}  // namespace kalamdb::server
