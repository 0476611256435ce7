// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "server/http/address.h"

namespace kalamdb::server {

enum class Method : uint8_t { kGet, kHead, kPost, kPut, kDelete, kPatch, kOptions, kOther };
// "GET", ...; "OTHER".
std::string_view MethodName(Method method);

// The header fields that the server looks at; others are dropped while parsing.
enum class Header : uint8_t {
  kHost,
  kAuthorization,
  kContentType,
  kContentEncoding,
  kExpect,
  kOrigin,
  kAccessControlRequestMethod,
  kAccessControlRequestHeaders,
  kAccessControlRequestPrivateNetwork,
  kXRequestId,
  kXRealIp,
  kXForwardedProto,
  kUpgrade,
  kSecWebSocketKey,
  kSecWebSocketVersion,
  // Repeated fields of these are one list.
  kAcceptEncoding,
  kConnection,
  kCookie,
  kXForwardedFor,
  kCount,
};

// One request. Owned by an Exchange and filled anew for each request of a connection, keeping its
// memory. Views that it gives are good until then.
class Request {
 public:
  void Clear();

  Method method() const { return method_; }
  // "1.0" is 10, "1.1" is 11.
  int version() const { return version_; }
  bool keep_alive() const { return keep_alive_; }
  // Without the query.
  std::string_view path() const { return std::string_view(target_).substr(0, path_bytes_); }
  // What follows the question mark, as sent; empty without one.
  std::string_view query() const;
  // Empty when the field is absent.
  std::string_view Get(Header header) const;
  const std::string& body() const { return body_; }
  // Where the request comes from, past trusted proxies.
  const IpAddress& client() const { return client_; }
  // What the client reached the server by, past trusted proxies.
  bool is_https() const { return is_https_; }

  // For the parser and the connection.
  void set_line(Method method, std::string_view target, int version);
  void set_keep_alive(bool keep_alive) { keep_alive_ = keep_alive; }
  void set_client(const IpAddress& client, bool is_https);
  std::string& mutable_body() { return body_; }
  // False when a field that must be unique comes twice, or a list is repeated without end.
  bool AddHeader(Header header, std::string_view value);

 private:
  struct Slice {
    uint32_t begin = 0;
    uint32_t size = 0;
    bool is_present = false;
  };

  Method method_ = Method::kOther;
  int version_ = 11;
  bool keep_alive_ = true;
  bool is_https_ = false;
  IpAddress client_;
  size_t path_bytes_ = 0;
  std::string target_;
  std::string header_text_;  // What the slices point into.
  std::array<Slice, static_cast<size_t>(Header::kCount)> headers_;
  std::string body_;
};

}  // namespace kalamdb::server
