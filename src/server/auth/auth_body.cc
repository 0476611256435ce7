// SPDX-License-Identifier: Apache-2.0
#include "server/auth/auth_body.h"

#include <utility>

#include "server/http/text.h"
#include "server/json_reader.h"
#include "types/schema.h"

namespace kalamdb::server {

namespace ondemand = simdjson::ondemand;

namespace {

using Values = std::vector<std::optional<std::string>>;

// Secrets travel in these fields: messages name fields and rules, never values.
Status ReadField(std::string_view key, ondemand::value value, std::span<const BodyField> fields,
                 Values* values) {
  for (size_t i = 0; i < fields.size(); ++i) {
    const BodyField& field = fields[i];
    if (key != field.name && (field.alias.empty() || key != field.alias)) {
      continue;
    }
    const std::string quoted = "field `" + std::string(key) + "`";
    if ((*values)[i].has_value()) {
      return InvalidArgument(quoted + " is given twice");
    }
    std::string_view text;
    if (const auto error = value.get_string().get(text)) {
      bool is_null = false;
      if (!field.is_required && value.is_null().get(is_null) == simdjson::SUCCESS && is_null) {
        return {};
      }
      return error == simdjson::INCORRECT_TYPE ? InvalidArgument(quoted + " must be a string")
                                               : InvalidJson(error);
    }
    if (text.size() > field.bytes_max) {
      return InvalidArgument(quoted + " is longer than " + std::to_string(field.bytes_max) +
                             " bytes");
    }
    (*values)[i] = std::string(text);
    return {};
  }
  return InvalidArgument("unknown field `" + std::string(key.substr(0, 64)) + "`");
}

}  // namespace

StatusOr<Values> ReadStringFields(const Request& request, std::span<const BodyField> fields) {
  if (!types::EqualsIgnoreCase(MediaType(request.Get(Header::kContentType)), "application/json")) {
    return Error(InvalidArgument("Content-Type must be application/json"));
  }
  Values values(fields.size());
  const auto read = [fields, &values](ondemand::object object) -> Status {
    for (auto entry : object) {
      ondemand::field field;
      std::string_view key;
      if (const auto error = std::move(entry).get(field)) {
        return InvalidJson(error);
      }
      if (const auto error = field.unescaped_key().get(key)) {
        return InvalidJson(error);
      }
      KALAMDB_RETURN_IF_ERROR(ReadField(key, field.value(), fields, &values));
    }
    return {};
  };
  KALAMDB_RETURN_IF_ERROR(ReadJsonObject(request.body(), read));
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].is_required && !values[i].has_value()) {
      return Error(InvalidArgument("field `" + std::string(fields[i].name) + "` is missing"));
    }
  }
  return values;
}

}  // namespace kalamdb::server
