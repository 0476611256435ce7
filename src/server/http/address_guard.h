// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <map>

#include "base/clock.h"
#include "base/mutex.h"
#include "server/http/address.h"
#include "server/http/http_options.h"
#include "server/token_buckets.h"

namespace kalamdb::server {

// Counts requests and connections per client address and bans addresses that keep asking for more.
// Loopback is exempt. Thread-safe. Bounded as TokenBuckets is: an address that is forgotten starts
// anew.
class AddressGuard {
 public:
  AddressGuard(const Clock& clock, const ProtectionOptions& options);

  enum class Verdict : uint8_t { kAdmitted, kTooManyRequests, kBanned };
  struct Answer {
    Verdict verdict = Verdict::kAdmitted;
    std::chrono::seconds retry_after{0};
  };
  // Counts one request.
  Answer Admit(const IpAddress& client);

  // False when the address has as many connections as it may; nothing is counted then.
  bool AddConnection(const IpAddress& peer);
  // For each AddConnection() that gave true.
  void RemoveConnection(const IpAddress& peer);

 private:
  static constexpr uint32_t kViolationsPerBan = 10;
  static constexpr uint32_t kBanFactorMax = 6;
  static constexpr size_t kOffendersMax = 10'000;

  struct Offender {
    uint32_t violations = 0;
    std::chrono::nanoseconds banned_until{0};
  };

  const Clock& clock_;
  const ProtectionOptions options_;
  TokenBuckets<IpAddress> requests_;
  Mutex mu_;
  std::map<IpAddress, Offender> offenders_ KALAMDB_GUARDED_BY(mu_);
  std::map<IpAddress, uint32_t> connections_ KALAMDB_GUARDED_BY(mu_);
};

}  // namespace kalamdb::server
