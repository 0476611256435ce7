// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "server/http/cors.h"
#include "server/http/request.h"

namespace kalamdb::server {

// Which web pages may send passwords here. Browsers name the page in Origin and cannot be made to
// lie; requests without the field come from other programs. Immutable after construction.
class OriginCheck {
 public:
  explicit OriginCheck(const CorsOptions& cors);

  // Pages of this server and those that CORS allows.
  bool AllowsLogin(const Request& request) const;
  // Whoever sets the first password owns the server. So "any origin" is not enough, the page has to
  // be named; and a page counts as the server's own by an IP address or as localhost only, because
  // a stranger's host name can be made to point here (DNS rebinding).
  bool AllowsSetup(const Request& request) const;

 private:
  const CorsPolicy cors_;
  const std::vector<std::string> named_;  // "*" is no origin of any page.
};

}  // namespace kalamdb::server
