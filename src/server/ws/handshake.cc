// SPDX-License-Identifier: Apache-2.0
#include "server/ws/handshake.h"

#include <array>
#include <cstdint>

#include <openssl/evp.h>

#include "server/http/text.h"
#include "types/schema.h"

namespace kalamdb::server {

namespace {

constexpr std::string_view kKeySuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::string_view kVersion = "13";
// 16 bytes in base64.
constexpr size_t kKeyBytes = 24;

bool ListHas(std::string_view list, std::string_view wanted) {
  while (const auto item = NextListItem(&list)) {
    if (types::EqualsIgnoreCase(*item, wanted)) {
      return true;
    }
  }
  return false;
}

bool IsKey(std::string_view key) {
  if (key.size() != kKeyBytes || !key.ends_with("==")) {
    return false;
  }
  key.remove_suffix(2);
  return key.find_first_not_of(
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") ==
         std::string_view::npos;
}

// Empty when the library refuses, as one without SHA-1 would.
std::string AcceptValue(std::string_view key) {
  const std::string text = std::string(key) + std::string(kKeySuffix);
  std::array<uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1) {
    return "";
  }
  std::array<uint8_t, 4 * EVP_MAX_MD_SIZE> encoded{};
  const int encoded_bytes = EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(size));
  return {reinterpret_cast<const char*>(encoded.data()), static_cast<size_t>(encoded_bytes)};
}

bool Refuse(int status, std::string_view code, std::string_view message, Response* response) {
  response->Set(status, PlainErrorBody(code, message));
  if (status == 426) {
    response->fields = "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
  }
  return false;
}

}  // namespace

std::string_view QueryParameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=') {
      return pair.substr(name.size() + 1);
    }
  }
  return {};
}

bool AnswerUpgrade(const Request& request, Response* response) {
  if (request.method() != Method::kGet || request.version() < 11 ||
      !ListHas(request.Get(Header::kUpgrade), "websocket") ||
      !ListHas(request.Get(Header::kConnection), "upgrade")) {
    return Refuse(426, "UPGRADE_REQUIRED", "this path speaks WebSocket (RFC 6455) only", response);
  }
  if (request.Get(Header::kSecWebSocketVersion) != kVersion) {
    return Refuse(426, "UPGRADE_REQUIRED", "Sec-WebSocket-Version must be 13", response);
  }
  const std::string_view key = request.Get(Header::kSecWebSocketKey);
  if (!IsKey(key) || !request.keep_alive() || !request.body().empty()) {
    return Refuse(400, "BAD_REQUEST", "malformed WebSocket handshake", response);
  }
  const std::string accept = AcceptValue(key);
  if (accept.empty()) {
    return Refuse(500, "INTERNAL_ERROR", "the server cannot answer the handshake", response);
  }
  response->Set(101, "");
  response->content_type = "";
  response->fields =
      "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + accept + "\r\n";
  return true;
}

}  // namespace kalamdb::server
