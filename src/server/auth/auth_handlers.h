// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "server/auth/auth_options.h"
#include "server/auth/authenticator.h"
#include "server/auth/origin_check.h"
#include "server/http/address.h"
#include "server/http/exchange.h"
#include "server/token_buckets.h"
#include "service/user_service.h"

namespace kalamdb::server {

// The endpoints below /v1/api/auth. Thread-safe. Every handler finishes before it returns; Login()
// and Setup() hash passwords and so belong on workers.
class AuthHandlers {
 public:
  AuthHandlers(AuthOptions options, service::UserService& users, Authenticator& authenticator,
               const Clock& clock, const CorsOptions& cors);

  void Login(Exchange& exchange);
  void Refresh(Exchange& exchange);
  void Logout(Exchange& exchange);
  void Me(Exchange& exchange);
  void Setup(Exchange& exchange);
  void SetupStatus(Exchange& exchange);

 private:
  // False for pages that may not; the answer is made then.
  static bool AdmitOrigin(bool is_allowed, Exchange& exchange);
  // False when the address asks too often; the answer is made then.
  bool Admit(Exchange& exchange, std::string_view message);
  bool IsSetupAllowed(Exchange& exchange);
  // New tokens with their cookies.
  void AnswerTokens(const service::UserInfo& user, Exchange& exchange);
  bool IsSecure(const Exchange& exchange) const;

  const AuthOptions options_;
  service::UserService& users_;
  Authenticator& authenticator_;
  const Clock& clock_;
  const OriginCheck origins_;
  TokenBuckets<IpAddress> attempts_;
};

}  // namespace kalamdb::server
