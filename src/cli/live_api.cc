// SPDX-License-Identifier: Apache-2.0
#include "cli/live_api.h"

#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

#include "cli/web_socket.h"
#include "types/json_codec.h"

namespace kalamdb::cli {
namespace {

using simdjson::dom::element;

// Answers stay text: this program reads no gzip.
constexpr std::string_view kTarget = "/v1/ws?compress=false";
constexpr std::string_view kSubscription = "kalam";

std::string_view TextOf(element object, std::string_view key) {
  std::string_view text;
  return object[key].get(text) == simdjson::SUCCESS ? text : std::string_view();
}

std::string JsonText(std::string_view text) {
  std::string json;
  types::AppendJsonString(text, &json);
  return json;
}

// What to send for the next page of the rows that are there at the start; nothing after the last.
std::string NextBatch(element message) {
  element control;
  bool has_more = false;
  element last_seq;
  if (message["batch_control"].get(control) != simdjson::SUCCESS ||
      control["has_more"].get(has_more) != simdjson::SUCCESS || !has_more ||
      control["last_seq_id"].get(last_seq) != simdjson::SUCCESS) {
    return {};
  }
  return fmt::format(R"({{"type":"next_batch","subscription_id":"{}","last_seq_id":{}}})",
                     kSubscription, std::string(simdjson::minify(last_seq)));
}

Status HandOver(std::string_view change, element message, const char* key, ChangeHandler& handler) {
  element rows;
  if (message[key].get(rows) != simdjson::SUCCESS || !rows.is_array()) {
    return Corruption("the server sent a change without rows");
  }
  return handler.OnRows(change, simdjson::minify(rows));
}

// Handles one message of the server. `*answer` is what to send for it.
StatusOr<std::optional<ServerError>> HandleMessage(element message, ChangeHandler& handler,
                                                   std::string* answer) {
  const std::string_view type = TextOf(message, "type");
  if (type == "error") {
    return std::optional(ServerError{.http_status = 0,
                                     .code = std::string(TextOf(message, "code")),
                                     .message = std::string(TextOf(message, "message")),
                                     .details = {}});
  }
  if (type == "subscription_ack") {
    element schema;
    if (message["schema"].get(schema) != simdjson::SUCCESS) {
      return Error(Corruption("the server sent no schema"));
    }
    KALAMDB_RETURN_IF_ERROR(handler.OnSchema(simdjson::minify(schema)));
  } else if (type == "initial_data_batch") {
    KALAMDB_RETURN_IF_ERROR(HandOver("row", message, "rows", handler));
    *answer = NextBatch(message);
  } else if (type == "change") {
    const std::string_view change = TextOf(message, "change_type");
    const char* rows = change == "delete" ? "old_values" : "rows";
    KALAMDB_RETURN_IF_ERROR(HandOver(change, message, rows, handler));
  }
  return std::optional<ServerError>();
}

}  // namespace

StatusOr<std::optional<ServerError>> LiveApi::Authenticate(WebSocket& socket) {
  KALAMDB_RETURN_IF_ERROR(socket.Send(fmt::format(
      R"({{"type":"authenticate","method":"jwt","token":{},"protocol":{{"serialization":"json","compression":"none"}}}})",
      JsonText(tokens_.access_token()))));
  KALAMDB_ASSIGN_OR_RETURN(const std::string answer, socket.Receive());
  simdjson::dom::parser parser;
  element message;
  if (parser.parse(answer).get(message) != simdjson::SUCCESS) {
    return Error(Corruption("the server's answer is not JSON"));
  }
  if (TextOf(message, "type") == "auth_success") {
    return std::optional<ServerError>();
  }
  return std::optional(ServerError{.http_status = 401,
                                   .code = "INVALID_CREDENTIALS",
                                   .message = std::string(TextOf(message, "message")),
                                   .details = {}});
}

StatusOr<ServerError> LiveApi::Watch(std::string_view sql, std::string_view options,
                                     ChangeHandler& handler) {
  if (!simdjson::validate_utf8(sql.data(), sql.size())) {
    return Error(InvalidArgument("the statement is not valid UTF-8"));
  }
  StatusOr<WebSocket> socket = WebSocket::Connect(endpoint_, kTarget, signals_);
  if (!socket.has_value()) {
    return Error(socket.error());
  }
  KALAMDB_ASSIGN_OR_RETURN(auto refusal, Authenticate(*socket));
  if (refusal.has_value()) {
    KALAMDB_ASSIGN_OR_RETURN(const bool is_renewed, tokens_.Renew(*refusal));
    if (!is_renewed) {
      return std::move(*refusal);
    }
    // The server has closed the connection with its refusal.
    socket = WebSocket::Connect(endpoint_, kTarget, signals_);
    if (!socket.has_value()) {
      return Error(socket.error());
    }
    KALAMDB_ASSIGN_OR_RETURN(refusal, Authenticate(*socket));
    if (refusal.has_value()) {
      return std::move(*refusal);
    }
  }
  KALAMDB_RETURN_IF_ERROR(socket->Send(
      fmt::format(R"({{"type":"subscribe","subscription":{{"id":"{}","sql":{},"options":{}}}}})",
                  kSubscription, JsonText(sql), options)));
  simdjson::dom::parser parser;
  for (;;) {
    KALAMDB_ASSIGN_OR_RETURN(const std::string text, socket->Receive());
    element message;
    if (parser.parse(text).get(message) != simdjson::SUCCESS) {
      return Error(Corruption("a message of the server is not JSON"));
    }
    std::string answer;
    KALAMDB_ASSIGN_OR_RETURN(auto error, HandleMessage(message, handler, &answer));
    if (error.has_value()) {
      return std::move(*error);
    }
    if (!answer.empty()) {
      KALAMDB_RETURN_IF_ERROR(socket->Send(answer));
    }
  }
}

}  // namespace kalamdb::cli
