// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace kalamdb::server {

// An IPv4 or IPv6 address; IPv4 is kept as ::ffff:a.b.c.d. A plain value.
class IpAddress {
 public:
  IpAddress() = default;  // `::`.
  explicit IpAddress(const std::array<uint8_t, 16>& bytes) : bytes_(bytes) {}
  // "10.0.0.1", "2001:db8::1", also with a port as proxies write it: "10.0.0.1:80", "[::1]:80".
  static std::optional<IpAddress> Parse(std::string_view text);

  bool is_v4() const;
  bool IsLoopback() const;
  const std::array<uint8_t, 16>& bytes() const { return bytes_; }
  std::string ToString() const;
  // What limits count by: the address, or the /64 network of an IPv6 address, since whoever has one
  // address of it has all.
  IpAddress LimitKey() const;

  auto operator<=>(const IpAddress&) const = default;

 private:
  std::array<uint8_t, 16> bytes_{};
};

// A set of networks, "10.0.0.0/8" or single addresses. Immutable after construction.
class CidrSet {
 public:
  CidrSet() = default;
  // InvalidArgument names the entry that is neither.
  static StatusOr<CidrSet> Parse(const std::vector<std::string>& entries);
  bool Contains(const IpAddress& address) const;

 private:
  struct Network {
    IpAddress address;
    int prefix_bits = 128;
  };
  std::vector<Network> networks_;
};

// The address a request really comes from. Proxy headers count only when the peer is loopback or
// trusted. X-Forwarded-For is read from its end, where the nearest proxy wrote, past trusted
// proxies: what a client itself put in front is never believed. Entries that claim loopback are
// ignored; without any other entry the peer's address stands. An entry that is no address gives
// `::`, which is nobody's.
IpAddress ClientAddress(const IpAddress& peer, std::string_view x_forwarded_for,
                        std::string_view x_real_ip, const CidrSet& trusted_proxies);

}  // namespace kalamdb::server
