// SPDX-License-Identifier: Apache-2.0
#include "server/ws/ws_session.h"

#include <utility>

#include "base/limits.h"
#include "live/gzip.h"
#include "live/message_pack.h"
#include "server/http/text.h"
#include "types/json_codec.h"

namespace kalamdb::server {

using live::Serialization;
using types::AppendJsonString;

namespace {

constexpr live::Encoding kPlainText = {.serialization = Serialization::kJson,
                                       .is_compressing = false};

Reaction CloseWith(CloseCode code, std::string text) {
  Reaction reaction;
  reaction.close.emplace(code, std::move(text));
  return reaction;
}

}  // namespace

std::string WsErrorJson(std::string_view subscription_id, std::string_view code,
                        std::string_view message) {
  std::string json = R"({"type":"error","subscription_id":)";
  AppendJsonString(subscription_id, &json);
  json += R"(,"code":)";
  AppendJsonString(code, &json);
  json += R"(,"message":)";
  AppendJsonString(message, &json);
  json += '}';
  return json;
}

WsSession::WsSession(const WsContext& context, WsHello hello, const IpAddress& client,
                     service::LiveSessionListener& listener)
    : context_(context), hello_(std::move(hello)), client_(client), listener_(listener) {}

Reaction WsSession::Begin() {
  if (hello_.authorization.empty()) {
    return {};
  }
  const auto token = BearerToken(hello_.authorization);
  return token.has_value() ? Authenticate(*token, hello_.encoding)
                           : RefuseAuth("Invalid credentials");
}

Reaction WsSession::OnMessage(Input input) {
  if (input.kind == Input::Kind::kBinary) {
    if (encoding_.serialization != Serialization::kMessagePack) {
      return SayError("protocol", "UNSUPPORTED_DATA", "Binary not supported");
    }
    if (live::IsGzip(input.payload)) {
      auto unpacked = live::Gunzip(input.payload, context_.options.message_bytes_max);
      if (!unpacked.has_value()) {
        return SayError("protocol", "MESSAGE_TOO_LARGE", unpacked.error().message());
      }
      input.payload = std::move(*unpacked);
    }
    auto json = live::FromMessagePack(input.payload);
    if (!json.has_value()) {
      return CloseWith(CloseCode::kInternal, json.error().message());
    }
    input.payload = std::move(*json);
  }
  auto message = ParseClientMessage(input.payload);
  if (!message.has_value()) {
    return CloseWith(CloseCode::kInternal, message.error().message());
  }
  return OnParsed(std::move(*message));
}

Reaction WsSession::OnParsed(ClientMessage message) {
  if (std::holds_alternative<PingMessage>(message)) {
    return {};
  }
  if (const auto* authenticate = std::get_if<AuthenticateMessage>(&message)) {
    return OnAuthenticate(*authenticate);
  }
  if (live_ == nullptr) {
    return SayError("subscribe", "AUTH_REQUIRED", "Authentication required before this message");
  }
  if (auto* subscribe = std::get_if<service::SubscribeRequest>(&message)) {
    if (subscribe->id.empty() || subscribe->id.size() > limits::kSubscriptionIdBytesMax) {
      return SayError("invalid_subscription", "INVALID_SUBSCRIPTION_ID",
                      "Subscription id must have 1 to " +
                          std::to_string(limits::kSubscriptionIdBytesMax) + " bytes");
    }
    live_->Subscribe(std::move(*subscribe));
  } else if (const auto* next = std::get_if<NextBatchMessage>(&message)) {
    live_->NextBatch(next->subscription_id, next->last_seq);
  } else if (const auto* unsubscribe = std::get_if<UnsubscribeMessage>(&message)) {
    live_->Unsubscribe(unsubscribe->subscription_id);
  }
  return {};
}

Reaction WsSession::OnAuthenticate(const AuthenticateMessage& message) {
  if (message.method != "jwt") {
    return RefuseAuth("Invalid credentials");
  }
  return Authenticate(message.token, message.encoding);
}

Reaction WsSession::Authenticate(std::string_view token, live::Encoding wanted) {
  if (!client_.IsLoopback() && !context_.attempts.Take(client_.LimitKey())) {
    return RefuseAuth("Too many authentication attempts. Please retry shortly.");
  }
  const auto identity = context_.authenticator.Identify(token, TokenType::kAccess);
  if (!identity.has_value()) {
    return RefuseAuth("Invalid credentials");
  }
  if (live_ != nullptr) {
    return Renew(*identity);
  }
  caller_ = {.user = identity->user.id, .role = identity->user.role};
  wanted.is_compressing = wanted.is_compressing && hello_.may_compress;
  auto opened = context_.live.Open(
      {.caller = caller_, .connection_id = hello_.connection_id, .encoding = wanted}, listener_);
  if (!opened.has_value()) {
    return CloseWith(CloseCode::kTryAgainLater, opened.error().message());
  }
  live_ = std::move(*opened);
  encoding_ = wanted;
  return Welcome(identity->expires_at);
}

Reaction WsSession::Renew(const TokenIdentity& identity) {
  // What the connection may see was decided for this user in this role.
  if (identity.user.id != caller_.user || identity.user.role != caller_.role) {
    return RefuseAuth("Invalid credentials");
  }
  return Welcome(identity.expires_at);
}

Reaction WsSession::RefuseAuth(std::string_view message) {
  context_.metrics.auth_failures.fetch_add(1, std::memory_order_relaxed);
  std::string json = R"({"type":"auth_error","message":)";
  AppendJsonString(message, &json);
  json += '}';
  Reaction reaction;
  reaction.frames.push_back(live::Frame::Encode(json, kPlainText));
  reaction.close.emplace(CloseCode::kPolicy, "Authentication failed");
  return reaction;
}

Reaction WsSession::Welcome(int64_t expires_at) const {
  std::string json = R"({"type":"auth_success","user":)";
  AppendJsonString(caller_.user.value, &json);
  json += R"(,"role":")";
  json += RoleName(caller_.role);
  json += R"(","protocol":{"serialization":")";
  json += SerializationName(encoding_.serialization);
  json += R"(","compression":")";
  json += CompressionName(encoding_.is_compressing);
  json += R"("}})";
  Reaction reaction;
  // Text whatever was agreed on: clients read binary frames only from then on.
  reaction.frames.push_back(live::Frame::Encode(json, kPlainText));
  reaction.expires_at = expires_at;
  return reaction;
}

Reaction WsSession::SayError(std::string_view subscription_id, std::string_view code,
                             std::string_view message) {
  context_.metrics.messages_refused.fetch_add(1, std::memory_order_relaxed);
  Reaction reaction;
  reaction.frames.push_back(
      live::Frame::Encode(WsErrorJson(subscription_id, code, message), encoding_));
  return reaction;
}

}  // namespace kalamdb::server
