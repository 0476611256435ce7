// SPDX-License-Identifier: Apache-2.0
#include "live/messages.h"

#include <utility>

#include "types/json_codec.h"

namespace kalamdb::live {

namespace {

std::string_view NameOf(BatchStatus status) {
  switch (status) {
    case BatchStatus::kLoading:
      return "loading";
    case BatchStatus::kLoadingBatch:
      return "loading_batch";
    case BatchStatus::kReady:
      return "ready";
    case BatchStatus::kResync:
      return "resync";
  }
  return "ready";
}

std::string Begin(std::string_view type, std::string_view id) {
  std::string json = R"({"type":")";
  json += type;
  json += R"(","subscription_id":)";
  types::AppendJsonString(id, &json);
  return json;
}

void AppendControl(const BatchControl& control, std::string* json) {
  *json += R"("batch_control":{"batch_num":)" + std::to_string(control.number);
  *json += control.has_more ? R"(,"has_more":true)" : R"(,"has_more":false)";
  *json += R"(,"status":")";
  *json += NameOf(control.status);
  *json += R"(","last_seq_id":)";
  *json += control.last_seq.has_value() ? std::to_string(control.last_seq->value) : "null";
  *json += '}';
}

}  // namespace

std::string AckMessage(std::string_view id, const BatchControl& control,
                       const std::vector<types::ResultColumn>& columns) {
  std::string json = Begin("subscription_ack", id);
  json += R"(,"total_rows":0,)";
  AppendControl(control, &json);
  json += R"(,"schema":[)";
  for (size_t i = 0; i < columns.size(); ++i) {
    json += i == 0 ? R"({"name":)" : R"(,{"name":)";
    types::AppendJsonString(columns[i].name, &json);
    json += R"(,"data_type":)" + types::WireName(columns[i].type);
    json += R"(,"index":)" + std::to_string(i);
    if (columns[i].is_key) {
      json += R"(,"flags":["pk","nn","uq"])";
    } else if (columns[i].is_not_null) {
      json += R"(,"flags":["nn"])";
    }
    json += '}';
  }
  json += "]}";
  return json;
}

std::string BatchMessage(std::string_view id, std::string_view rows, const BatchControl& control) {
  std::string json = Begin("initial_data_batch", id);
  json.reserve(json.size() + rows.size() + 128);
  json += R"(,"rows":[)";
  json += rows;
  json += "],";
  AppendControl(control, &json);
  json += '}';
  return json;
}

std::string ChangeMessage(std::string_view id, std::string_view body) {
  std::string json = Begin("change", id);
  json.reserve(json.size() + body.size() + 2);
  json += ',';
  json += body;
  json += '}';
  return json;
}

std::string InsertBody(std::string_view row) {
  std::string body = R"("change_type":"insert","rows":[)";
  body += row;
  body += ']';
  return body;
}

std::string UpdateBody(std::string_view row, std::string_view old_row) {
  std::string body = R"("change_type":"update","rows":[)";
  body += row;
  body += R"(],"old_values":[)";
  body += old_row;
  body += ']';
  return body;
}

std::string DeleteBody(std::string_view old_row) {
  std::string body = R"("change_type":"delete","old_values":[)";
  body += old_row;
  body += ']';
  return body;
}

std::string ErrorMessage(std::string_view id, std::string_view code, std::string_view message) {
  std::string json = Begin("error", id);
  json += R"(,"code":)";
  types::AppendJsonString(code, &json);
  json += R"(,"message":)";
  types::AppendJsonString(message, &json);
  json += '}';
  return json;
}

}  // namespace kalamdb::live
