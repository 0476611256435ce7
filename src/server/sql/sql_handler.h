// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "server/auth/authenticator.h"
#include "server/http/exchange.h"
#include "server/token_buckets.h"
#include "server/worker_pool.h"
#include "service/sql_service.h"

namespace kalamdb::server {

// POST /v1/api/sql. Thread-safe; runs on workers and finishes on a worker or, for statements that
// the commit thread completed, on the io thread.
class SqlHandler {
 public:
  // `queries_per_user_per_sec` 0: no limit.
  SqlHandler(service::SqlService& sql, Authenticator& authenticator, WorkerPool& workers,
             const Clock& clock, uint32_t queries_per_user_per_sec);

  void Handle(Exchange& exchange);

 private:
  // What a finished statement still needs of its request.
  struct Call {
    SqlHandler* handler;
    Exchange* exchange;
    bool is_admin;
  };

  void OnDone(Call call, service::SqlOutcome outcome);
  // Fill the answer; they do not finish the exchange.
  void Encode(Call call, service::SqlOutcome& outcome, Response* response);
  void EncodeOutcome(Call call, service::SqlOutcome& outcome, Response* response);
  void EncodeFailure(Call call, const service::SqlOutcome& outcome, Response* response);
  void EncodeBatch(Call call, service::SqlOutcome& outcome, Response* response);
  void EncodeStream(Call call, service::StatementResult result, Response* response);
  void Refuse(Exchange& exchange, int http_status, std::string_view code, std::string_view message);
  double Took(const Exchange& exchange) const;

  service::SqlService& sql_;
  Authenticator& authenticator_;
  WorkerPool& workers_;
  const Clock& clock_;
  TokenBuckets<UserId> queries_;
};

}  // namespace kalamdb::server
