// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "base/rng.h"
#include "catalog/catalog.h"
#include "service/live_service_local.h"
#include "service/show.h"
#include "sql/parser/statement.h"

namespace kalamdb::service {

// KILL LIVE QUERY, and SUBSCRIBE TO where there is no connection to subscribe on. The caller has
// been authorised. Thread-safe.
class LiveCommands {
 public:
  // `url` gives the address of the WebSocket endpoint, once the server listens.
  LiveCommands(LocalLiveService& live, std::function<std::string()> url,
               const catalog::Catalog& catalog, Rng& rng)
      : live_(live), url_(std::move(url)), catalog_(catalog), rng_(rng) {}

  StatusOr<std::string> Kill(const sql::KillLiveQuery& statement);
  // How to subscribe: the address, and the message to send there. Fails where the subscription
  // would.
  StatusOr<ShowResult> Describe(const sql::Subscribe& statement, const Caller& caller);

 private:
  LocalLiveService& live_;
  const std::function<std::string()> url_;
  const catalog::Catalog& catalog_;
  Rng& rng_;
};

}  // namespace kalamdb::service
