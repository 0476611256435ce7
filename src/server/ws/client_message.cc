// SPDX-License-Identifier: Apache-2.0
#include "server/ws/client_message.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <limits>
#include <utility>

#include "server/json_reader.h"

namespace kalamdb::server {

namespace ondemand = simdjson::ondemand;
using service::SubscribeRequest;

namespace {

Status WrongField(std::string_view field, std::string_view wanted) {
  return InvalidArgument("Invalid message: field `" + std::string(field) + "` must be " +
                         std::string(wanted));
}

Status MissingField(std::string_view field) {
  return InvalidArgument("Invalid message: field `" + std::string(field) + "` is missing");
}

bool IsNullValue(ondemand::value value) {
  bool is_null = false;
  return value.is_null().get(is_null) == simdjson::SUCCESS && is_null;
}

using ReadValue = std::function<Status(std::string_view key, ondemand::value value)>;

Status ForEachField(ondemand::object object, const ReadValue& read) {
  for (auto entry : object) {
    ondemand::field field;
    std::string_view key;
    if (const auto error = std::move(entry).get(field)) {
      return InvalidJson(error);
    }
    if (const auto error = field.unescaped_key().get(key)) {
      return InvalidJson(error);
    }
    KALAMDB_RETURN_IF_ERROR(read(key, field.value()));
  }
  return {};
}

Status SkipValue(ondemand::value value) {
  const auto error = JsonCheck(value);
  return error == simdjson::SUCCESS ? Status() : InvalidJson(error);
}

Status ReadText(std::string_view key, ondemand::value value, std::optional<std::string>* out) {
  std::string_view text;
  const auto error = value.get_string().get(text);
  if (error == simdjson::INCORRECT_TYPE) {
    return WrongField(key, "a string");
  }
  if (error != simdjson::SUCCESS) {
    return InvalidJson(error);
  }
  out->emplace(text);
  return {};
}

Status ReadObject(std::string_view key, ondemand::value value, const ReadValue& read) {
  ondemand::object object;
  const auto error = value.get_object().get(object);
  if (error == simdjson::INCORRECT_TYPE) {
    return WrongField(key, "an object");
  }
  return error == simdjson::SUCCESS ? ForEachField(object, read) : InvalidJson(error);
}

// A number from 0 to 2^64-1, or null, which is none. Also as a string of digits, since JavaScript
// has no such numbers.
Status ReadUint64(std::string_view key, ondemand::value value, std::optional<uint64_t>* out) {
  out->reset();
  ondemand::json_type type;
  if (const auto error = value.type().get(type)) {
    return InvalidJson(error);
  }
  if (type == ondemand::json_type::null) {
    return IsNullValue(value) ? Status() : InvalidJson("malformed null");
  }
  uint64_t number = 0;
  if (type == ondemand::json_type::number) {
    if (value.get_uint64().get(number) == simdjson::SUCCESS) {
      *out = number;
      return {};
    }
  } else if (type == ondemand::json_type::string) {
    std::string_view text;
    if (const auto error = value.get_string().get(text)) {
      return InvalidJson(error);
    }
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size()) {
      *out = number;
      return {};
    }
  }
  return WrongField(key, "an integer from 0 to 18446744073709551615");
}

Status ReadCount(std::string_view key, ondemand::value value, std::optional<uint32_t>* out) {
  std::optional<uint64_t> number;
  KALAMDB_RETURN_IF_ERROR(ReadUint64(key, value, &number));
  out->reset();
  if (number.has_value()) {
    // More is as good as endless.
    *out = static_cast<uint32_t>(std::min<uint64_t>(*number, std::numeric_limits<uint32_t>::max()));
  }
  return {};
}

Status ReadSeq(std::string_view key, ondemand::value value, std::optional<CommitSeq>* out) {
  std::optional<uint64_t> number;
  KALAMDB_RETURN_IF_ERROR(ReadUint64(key, value, &number));
  out->reset();
  if (number.has_value()) {
    *out = CommitSeq{*number};
  }
  return {};
}

// The fields of all types, as far as they came.
struct MessageFields {
  std::optional<std::string> type;
  std::optional<std::string> method;
  std::optional<std::string> token;
  live::Encoding encoding;
  std::optional<std::string> subscription_id;
  std::optional<CommitSeq> last_seq;
  bool has_subscription = false;
  std::optional<std::string> id;
  std::optional<std::string> sql;
  SubscribeRequest subscribe;
};

Status ReadProtocol(std::string_view key, ondemand::value value, live::Encoding* encoding) {
  if (key != "serialization" && key != "compression") {
    return SkipValue(value);
  }
  std::optional<std::string> text;
  KALAMDB_RETURN_IF_ERROR(ReadText(key, value, &text));
  if (key == "serialization") {
    const auto serialization = ParseSerialization(*text);
    if (!serialization.has_value()) {
      return WrongField(key, "`json` or `msgpack`");
    }
    encoding->serialization = *serialization;
    return {};
  }
  const auto is_compressing = ParseCompression(*text);
  if (!is_compressing.has_value()) {
    return WrongField(key, "`gzip` or `none`");
  }
  encoding->is_compressing = *is_compressing;
  return {};
}

Status ReadOptions(std::string_view key, ondemand::value value, SubscribeRequest* subscribe) {
  if (key == "batch_size") {
    return ReadCount(key, value, &subscribe->batch_size);
  }
  if (key == "last_rows") {
    return ReadCount(key, value, &subscribe->last_rows);
  }
  if (key == "from" || key == "from_seq_id") {
    return ReadSeq(key, value, &subscribe->from);
  }
  return SkipValue(value);
}

Status ReadSubscription(std::string_view key, ondemand::value value, MessageFields* fields) {
  if (key == "id") {
    return ReadText(key, value, &fields->id);
  }
  if (key == "sql") {
    return ReadText(key, value, &fields->sql);
  }
  if (key == "options") {
    if (IsNullValue(value)) {
      return {};
    }
    fields->subscribe.has_initial_data = true;
    return ReadObject(key, value, [fields](std::string_view name, ondemand::value inner) {
      return ReadOptions(name, inner, &fields->subscribe);
    });
  }
  return SkipValue(value);
}

Status ReadMessageField(std::string_view key, ondemand::value value, MessageFields* fields) {
  if (key == "type") {
    return ReadText(key, value, &fields->type);
  }
  if (key == "method") {
    return ReadText(key, value, &fields->method);
  }
  if (key == "token") {
    return ReadText(key, value, &fields->token);
  }
  if (key == "protocol") {
    if (IsNullValue(value)) {
      return {};
    }
    return ReadObject(key, value, [fields](std::string_view name, ondemand::value inner) {
      return ReadProtocol(name, inner, &fields->encoding);
    });
  }
  if (key == "subscription_id") {
    return ReadText(key, value, &fields->subscription_id);
  }
  if (key == "last_seq_id") {
    return ReadSeq(key, value, &fields->last_seq);
  }
  if (key == "subscription") {
    fields->has_subscription = true;
    return ReadObject(key, value, [fields](std::string_view name, ondemand::value inner) {
      return ReadSubscription(name, inner, fields);
    });
  }
  return SkipValue(value);
}

StatusOr<ClientMessage> ToSubscribe(MessageFields fields) {
  if (!fields.has_subscription) {
    return Error(MissingField("subscription"));
  }
  if (!fields.id.has_value()) {
    return Error(MissingField("subscription.id"));
  }
  if (!fields.sql.has_value()) {
    return Error(MissingField("subscription.sql"));
  }
  fields.subscribe.id = std::move(*fields.id);
  fields.subscribe.sql = std::move(*fields.sql);
  return ClientMessage(std::move(fields.subscribe));
}

StatusOr<ClientMessage> ToMessage(MessageFields fields) {
  if (!fields.type.has_value()) {
    return Error(MissingField("type"));
  }
  const std::string& type = *fields.type;
  if (type == "ping") {
    return ClientMessage(PingMessage());
  }
  if (type == "subscribe") {
    return ToSubscribe(std::move(fields));
  }
  if (type == "authenticate") {
    if (!fields.token.has_value()) {
      return Error(MissingField("token"));
    }
    return ClientMessage(AuthenticateMessage{.method = fields.method.value_or("jwt"),
                                             .token = std::move(*fields.token),
                                             .encoding = fields.encoding});
  }
  if (type == "next_batch" || type == "unsubscribe") {
    if (!fields.subscription_id.has_value()) {
      return Error(MissingField("subscription_id"));
    }
    std::string id = std::move(*fields.subscription_id);
    return type == "unsubscribe" ? ClientMessage(UnsubscribeMessage{std::move(id)})
                                 : ClientMessage(NextBatchMessage{std::move(id), fields.last_seq});
  }
  return Error(InvalidArgument("Invalid message: unknown type `" + type + "`"));
}

}  // namespace

StatusOr<ClientMessage> ParseClientMessage(const std::string& json) {
  MessageFields fields;
  KALAMDB_RETURN_IF_ERROR(ReadJsonObject(json, [&fields](ondemand::object object) {
    return ForEachField(object, [&fields](std::string_view key, ondemand::value value) {
      return ReadMessageField(key, value, &fields);
    });
  }));
  return ToMessage(std::move(fields));
}

std::optional<live::Serialization> ParseSerialization(std::string_view text) {
  if (text == "json") {
    return live::Serialization::kJson;
  }
  return text == "msgpack" ? std::optional(live::Serialization::kMessagePack) : std::nullopt;
}

std::string_view SerializationName(live::Serialization serialization) {
  return serialization == live::Serialization::kJson ? "json" : "msgpack";
}

std::optional<bool> ParseCompression(std::string_view text) {
  if (text == "gzip") {
    return true;
  }
  return text == "none" ? std::optional(false) : std::nullopt;
}

std::string_view CompressionName(bool is_compressing) { return is_compressing ? "gzip" : "none"; }

}  // namespace kalamdb::server
