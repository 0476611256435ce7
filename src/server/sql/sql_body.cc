// SPDX-License-Identifier: Apache-2.0
#include "server/sql/sql_body.h"

#include <cmath>
#include <optional>
#include <utility>

#include "base/limits.h"
#include "server/http/text.h"
#include "server/json_reader.h"
#include "server/sql/multipart.h"
#include "types/schema.h"

namespace kalamdb::server {

namespace ondemand = simdjson::ondemand;
using types::Parameter;
using types::TypeId;
using types::TypeOf;
using types::Value;

namespace {

Status BadParameter(size_t index, std::string_view why) {
  return InvalidParameter("Parameter $" + std::to_string(index + 1) + " " + std::string(why));
}

Status WrongType(std::string_view field, std::string_view wanted) {
  return InvalidJson("field `" + std::string(field) + "` must be " + std::string(wanted));
}

StatusOr<Parameter> ReadNumber(ondemand::value value, size_t index) {
  const std::string_view token = Trim(value.raw_json_token());
  const bool is_integer = token.find_first_of(".eE") == std::string_view::npos;
  if (is_integer) {
    int64_t number = 0;
    const auto error = value.get_int64().get(number);
    if (error == simdjson::SUCCESS) {
      return Parameter{Value(number), TypeOf(TypeId::kBigInt)};
    }
    // Not a number at all, or one that only a double holds.
    double wide = 0;
    if (const auto wide_error = value.get_double().get(wide)) {
      return Error(InvalidJson(wide_error));
    }
    return Error(BadParameter(index, "is an integer outside BIGINT (send it as a string)"));
  }
  double number = 0;
  if (const auto error = value.get_double().get(number)) {
    return Error(InvalidJson(error));
  }
  if (!std::isfinite(number)) {
    return Error(BadParameter(index, "is a number outside DOUBLE"));
  }
  return Parameter{Value(number), TypeOf(TypeId::kDouble)};
}

StatusOr<Parameter> ReadParameter(ondemand::value value, size_t index) {
  ondemand::json_type type;
  if (const auto error = value.type().get(type)) {
    return Error(InvalidJson(error));
  }
  switch (type) {
    case ondemand::json_type::number:
      return ReadNumber(value, index);
    case ondemand::json_type::string: {
      std::string_view text;
      if (const auto error = value.get_string().get(text)) {
        return Error(InvalidJson(error));
      }
      if (text.size() > limits::kParameterBytesMax) {
        return Error(BadParameter(index, "has " + std::to_string(text.size()) + " bytes; at most " +
                                             std::to_string(limits::kParameterBytesMax) +
                                             " are allowed"));
      }
      return Parameter{Value(text), TypeOf(TypeId::kText)};
    }
    case ondemand::json_type::boolean: {
      bool flag = false;
      if (const auto error = value.get_bool().get(flag)) {
        return Error(InvalidJson(error));
      }
      return Parameter{Value(flag), TypeOf(TypeId::kBoolean)};
    }
    case ondemand::json_type::null:
      if (const auto error = value.is_null().error()) {
        return Error(InvalidJson(error));
      }
      return Parameter{Value::Null(), TypeOf(TypeId::kText)};
    case ondemand::json_type::array:
    case ondemand::json_type::object:
      return Error(BadParameter(index,
                                "is an array or object; parameters are scalars (an EMBEDDING is "
                                "sent as a string like \"[0.1,0.2]\")"));
  }
  return Error(InvalidJson("unknown type"));
}

Status ReadParameters(ondemand::array array, std::vector<Parameter>* out) {
  out->clear();
  for (auto item : array) {
    ondemand::value value;
    if (const auto error = std::move(item).get(value)) {
      return InvalidJson(error);
    }
    if (out->size() == limits::kParametersMax) {
      return InvalidParameter("A request takes at most " + std::to_string(limits::kParametersMax) +
                              " parameters");
    }
    KALAMDB_ASSIGN_OR_RETURN(Parameter parameter, ReadParameter(value, out->size()));
    out->push_back(std::move(parameter));
  }
  return {};
}

bool IsNull(ondemand::value value) {
  bool is_null = false;
  return value.is_null().get(is_null) == simdjson::SUCCESS && is_null;
}

struct Fields {
  SqlBody body;
  bool has_sql = false;
};

Status ReadField(std::string_view key, ondemand::value value, Fields* fields) {
  if (key == "sql") {
    std::string_view text;
    if (const auto error = value.get_string().get(text)) {
      return error == simdjson::INCORRECT_TYPE ? WrongType(key, "a string") : InvalidJson(error);
    }
    fields->body.sql = text;
    fields->has_sql = true;
    return {};
  }
  if (key == "params") {
    ondemand::array array;
    const auto error = value.get_array().get(array);
    if (error == simdjson::SUCCESS) {
      return ReadParameters(array, &fields->body.parameters);
    }
    fields->body.parameters.clear();
    return IsNull(value)                       ? Status()
           : error == simdjson::INCORRECT_TYPE ? WrongType(key, "an array")
                                               : InvalidJson(error);
  }
  if (key == "namespace_id") {
    std::string_view text;
    const auto error = value.get_string().get(text);
    if (error != simdjson::SUCCESS && !IsNull(value)) {
      return error == simdjson::INCORRECT_TYPE ? WrongType(key, "a string") : InvalidJson(error);
    }
    fields->body.namespace_id = text;
    return {};
  }
  const auto error = JsonCheck(value);
  return error == simdjson::SUCCESS ? Status() : InvalidJson(error);
}

// The limits that hold for the text itself, whatever carried it.
StatusOr<SqlBody> CheckSql(SqlBody body) {
  if (body.sql.size() > limits::kSqlBytesMax) {
    return Error(InvalidSql("the text has " + std::to_string(body.sql.size()) + " bytes; at most " +
                            std::to_string(limits::kSqlBytesMax) + " are allowed"));
  }
  if (body.sql.find('\0') != std::string::npos) {
    return Error(InvalidSql("the text holds a NUL character"));
  }
  return body;
}

StatusOr<SqlBody> ParseSqlJson(const std::string& text) {
  Fields fields;
  const auto read = [&fields](ondemand::object object) -> Status {
    for (auto entry : object) {
      ondemand::field field;
      std::string_view key;
      if (const auto error = std::move(entry).get(field)) {
        return InvalidJson(error);
      }
      if (const auto error = field.unescaped_key().get(key)) {
        return InvalidJson(error);
      }
      KALAMDB_RETURN_IF_ERROR(ReadField(key, field.value(), &fields));
    }
    return {};
  };
  KALAMDB_RETURN_IF_ERROR(ReadJsonObject(text, read));
  if (!fields.has_sql) {
    return Error(InvalidJson("field `sql` is missing"));
  }
  return CheckSql(std::move(fields.body));
}

StatusOr<SqlBody> ParseSqlForm(std::string_view content_type, std::string_view text) {
  KALAMDB_ASSIGN_OR_RETURN(const auto parts, ParseMultipart(content_type, text));
  SqlBody body;
  bool has_sql = false;
  for (const FormPart& part : parts) {
    if (part.is_file || part.name.starts_with("file:")) {
      return Error(InvalidArgument("part `" + part.name +
                                   "`: file uploads are not available in this version"));
    }
    if (!simdjson::validate_utf8(part.content.data(), part.content.size())) {
      return Error(InvalidArgument("part `" + part.name + "` is not valid UTF-8"));
    }
    if (part.name == "sql") {
      body.sql = part.content;
      has_sql = true;
    } else if (part.name == "namespace_id") {
      body.namespace_id = part.content;
    } else if (part.name == "params") {
      // The same rules as for the field of the JSON form.
      auto wrapped = ParseSqlJson(R"({"sql":"","params":)" + std::string(part.content) + "}");
      if (!wrapped.has_value()) {
        return Error(std::move(wrapped).error());
      }
      body.parameters = std::move(wrapped->parameters);
    }
  }
  if (!has_sql) {
    return Error(InvalidArgument("Invalid multipart payload: part `sql` is missing"));
  }
  return CheckSql(std::move(body));
}

}  // namespace

StatusOr<SqlBody> ParseSqlBody(std::string_view content_type, const std::string& body) {
  const std::string_view media_type = MediaType(content_type);
  if (types::EqualsIgnoreCase(media_type, "application/json")) {
    return ParseSqlJson(body);
  }
  if (types::EqualsIgnoreCase(media_type, "multipart/form-data")) {
    return ParseSqlForm(content_type, body);
  }
  return Error(InvalidArgument("Content-Type must be application/json or multipart/form-data"));
}

}  // namespace kalamdb::server
