// SPDX-License-Identifier: Apache-2.0
#include "server/http/address_guard.h"

#include <algorithm>

namespace kalamdb::server {

using std::chrono::nanoseconds;
using std::chrono::seconds;

AddressGuard::AddressGuard(const Clock& clock, const ProtectionOptions& options)
    : clock_(clock), options_(options), requests_(clock, options.requests_per_ip_per_sec) {}

AddressGuard::Answer AddressGuard::Admit(const IpAddress& client) {
  if (!options_.is_enabled || client.IsLoopback()) {
    return {};
  }
  const IpAddress key = client.LimitKey();
  const nanoseconds now = clock_.Monotonic();
  {
    MutexLock lock(mu_);
    const auto found = offenders_.find(key);
    if (found != offenders_.end() && found->second.banned_until > now) {
      const auto left = std::chrono::ceil<seconds>(found->second.banned_until - now);
      return {Verdict::kBanned, left};
    }
  }
  if (requests_.Take(key)) {
    return {};
  }
  MutexLock lock(mu_);
  if (offenders_.size() >= kOffendersMax && !offenders_.contains(key)) {
    std::erase_if(offenders_,
                  [now](const auto& entry) { return entry.second.banned_until <= now; });
    if (offenders_.size() >= kOffendersMax) {
      offenders_.clear();
    }
  }
  Offender& offender = offenders_[key];
  ++offender.violations;
  if (offender.violations >= kViolationsPerBan) {
    const uint32_t factor = std::min(offender.violations / kViolationsPerBan, kBanFactorMax);
    offender.banned_until = now + options_.ban * factor;
  }
  return {Verdict::kTooManyRequests, seconds(1)};
}

bool AddressGuard::AddConnection(const IpAddress& peer) {
  if (!options_.is_enabled || options_.connections_per_ip == 0 || peer.IsLoopback()) {
    return true;
  }
  MutexLock lock(mu_);
  uint32_t& count = connections_[peer.LimitKey()];
  if (count >= options_.connections_per_ip) {
    return false;
  }
  ++count;
  return true;
}

void AddressGuard::RemoveConnection(const IpAddress& peer) {
  if (!options_.is_enabled || options_.connections_per_ip == 0 || peer.IsLoopback()) {
    return;
  }
  MutexLock lock(mu_);
  const auto found = connections_.find(peer.LimitKey());
  if (found != connections_.end() && --found->second == 0) {
    connections_.erase(found);
  }
}

}  // namespace kalamdb::server
