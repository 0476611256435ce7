// SPDX-License-Identifier: Apache-2.0
#include "cli/sql_api.h"

#include <algorithm>
#include <utility>

#include <simdjson.h>

#include "types/json_codec.h"

namespace kalamdb::cli {
namespace {

// Answers that are no envelope are errors of a proxy or of the HTTP layer: short.
constexpr size_t kOtherBodyBytesMax = 64u << 10;

bool RefusesToken(const std::optional<ServerError>& error) {
  return error.has_value() && error->http_status == 401 && error->code != "ACCOUNT_LOCKED";
}

}  // namespace

StatusOr<Envelope> SqlApi::Run(std::string_view sql, std::string_view name_space,
                               ResultHandler& handler, std::chrono::milliseconds idle_max) {
  if (!simdjson::validate_utf8(sql.data(), sql.size())) {
    return Envelope{.error = ServerError{.http_status = 0,
                                         .code = "INVALID_INPUT",
                                         .message = "the statement is not valid UTF-8",
                                         .details = {}},
                    .took_ms = {}};
  }
  HttpRequest request{.target = "/v1/api/sql",
                      .body = "{\"sql\":",
                      .bearer_token = tokens_.access_token(),
                      .idle_max = idle_max};
  types::AppendJsonString(sql, &request.body);
  if (!name_space.empty()) {
    request.body += ",\"namespace_id\":";
    types::AppendJsonString(name_space, &request.body);
  }
  request.body += '}';

  KALAMDB_ASSIGN_OR_RETURN(Envelope envelope, RunOnce(request, handler));
  if (RefusesToken(envelope.error)) {
    KALAMDB_ASSIGN_OR_RETURN(const bool renewed, tokens_.Renew(*envelope.error));
    if (renewed) {
      request.bearer_token = tokens_.access_token();
      return RunOnce(request, handler);
    }
  }
  return envelope;
}

StatusOr<Envelope> SqlApi::RunOnce(const HttpRequest& request, ResultHandler& handler) {
  ResultStream stream(handler);
  std::string other_body;
  // Only a success can be long; everything else is read whole, whatever its shape.
  const auto is_streamed = [](const HttpHead& head) { return head.status == 200 && head.is_json; };
  const BodySink sink = [&](const HttpHead& head, std::string_view piece) {
    if (is_streamed(head)) {
      return stream.Feed(piece);
    }
    other_body +=
        piece.substr(0, kOtherBodyBytesMax - std::min(kOtherBodyBytesMax, other_body.size()));
    return Status();
  };
  KALAMDB_ASSIGN_OR_RETURN(const HttpHead head, client_.Exchange(request, sink));
  if (is_streamed(head)) {
    return stream.Finish();
  }
  return Envelope{.error = ParseServerError(head.status, other_body), .took_ms = {}};
}

}  // namespace kalamdb::cli
