// SPDX-License-Identifier: Apache-2.0
#include "server/http/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "server/http/text.h"

namespace kalamdb::server {

namespace {

constexpr std::array<uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

// Takes the port off "a.b.c.d:80" and "[v6]:80".
std::string_view WithoutPort(std::string_view text) {
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    return end == std::string_view::npos ? std::string_view() : text.substr(1, end - 1);
  }
  const size_t colon = text.find(':');
  if (colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos) {
    return text.substr(0, colon);
  }
  return text;
}

}  // namespace

std::optional<IpAddress> IpAddress::Parse(std::string_view text) {
  const std::string host(WithoutPort(text));
  std::array<uint8_t, 16> bytes{};
  if (inet_pton(AF_INET, host.c_str(), bytes.data() + 12) == 1) {
    std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), bytes.begin());
    return IpAddress(bytes);
  }
  if (inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1) {
    return IpAddress(bytes);
  }
  return std::nullopt;
}

bool IpAddress::is_v4() const {
  return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes_.begin());
}

bool IpAddress::IsLoopback() const {
  if (is_v4()) {
    return bytes_[12] == 127;
  }
  return std::all_of(bytes_.begin(), bytes_.end() - 1, [](uint8_t b) { return b == 0; }) &&
         bytes_[15] == 1;
}

std::string IpAddress::ToString() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (is_v4()) {
    inet_ntop(AF_INET, bytes_.data() + 12, text.data(), text.size());
  } else {
    inet_ntop(AF_INET6, bytes_.data(), text.data(), text.size());
  }
  return text.data();
}

IpAddress IpAddress::LimitKey() const {
  if (is_v4()) {
    return *this;
  }
  IpAddress network = *this;
  std::fill(network.bytes_.begin() + 8, network.bytes_.end(), uint8_t{0});
  return network;
}

StatusOr<CidrSet> CidrSet::Parse(const std::vector<std::string>& entries) {
  CidrSet set;
  for (const std::string& entry : entries) {
    const size_t slash = entry.find('/');
    const auto address = IpAddress::Parse(std::string_view(entry).substr(0, slash));
    const auto refuse = [&entry] {
      return Error(InvalidArgument("`" + entry +
                                   "` is neither an IP address nor a network like 10.0.0.0/8"));
    };
    if (!address.has_value()) {
      return refuse();
    }
    const int width = address->is_v4() ? 32 : 128;
    int bits = width;
    if (slash != std::string::npos) {
      const char* end = entry.data() + entry.size();
      const auto [stop, error] = std::from_chars(entry.data() + slash + 1, end, bits);
      if (error != std::errc() || stop != end || bits < 0 || bits > width) {
        return refuse();
      }
    }
    set.networks_.push_back({*address, bits + 128 - width});
  }
  return set;
}

bool CidrSet::Contains(const IpAddress& address) const {
  return std::any_of(networks_.begin(), networks_.end(), [&address](const Network& network) {
    const auto whole = static_cast<size_t>(network.prefix_bits / 8);
    const auto& a = address.bytes();
    const auto& b = network.address.bytes();
    if (std::memcmp(a.data(), b.data(), whole) != 0) {
      return false;
    }
    const int rest = network.prefix_bits % 8;
    return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
  });
}

IpAddress ClientAddress(const IpAddress& peer, std::string_view x_forwarded_for,
                        std::string_view x_real_ip, const CidrSet& trusted_proxies) {
  if (!peer.IsLoopback() && !trusted_proxies.Contains(peer)) {
    return peer;
  }
  std::string_view rest = x_forwarded_for.empty() ? x_real_ip : x_forwarded_for;
  IpAddress client = peer;
  while (!rest.empty()) {
    const size_t comma = rest.rfind(',');
    const size_t begin = comma == std::string_view::npos ? 0 : comma + 1;
    const auto entry = IpAddress::Parse(Trim(rest.substr(begin)));
    if (!entry.has_value()) {
      return {};
    }
    if (!entry->IsLoopback()) {
      client = *entry;
      if (!trusted_proxies.Contains(client)) {
        break;
      }
    }
    rest = rest.substr(0, begin == 0 ? 0 : comma);
  }
  return client;
}

}  // namespace kalamdb::server
