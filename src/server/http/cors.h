// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "server/http/http_options.h"
#include "server/http/request.h"
#include "server/http/response.h"

namespace kalamdb::server {

// Cross-origin rules. Immutable after construction.
class CorsPolicy {
 public:
  explicit CorsPolicy(const CorsOptions& options);

  static bool IsPreflight(const Request& request);
  // Answers a preflight: 200 with what is allowed, or 403 for an origin that is not.
  void AnswerPreflight(const Request& request, Response* response) const;
  // Appends the header fields that every answer to `origin` carries, errors included.
  void AppendFields(std::string_view origin, std::string* out) const;
  // The list that also guards WebSocket upgrades.
  bool IsAllowed(std::string_view origin) const;

 private:
  CorsOptions options_;
  bool is_any_origin_ = false;
  std::string preflight_fields_;
  std::string answer_fields_;  // After Access-Control-Allow-Origin.
};

}  // namespace kalamdb::server
