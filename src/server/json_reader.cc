// SPDX-License-Identifier: Apache-2.0
#include "server/json_reader.h"

#include <optional>
#include <utility>

namespace kalamdb::server {

namespace ondemand = simdjson::ondemand;

namespace {

// The parser's own memory is about five times the text.
constexpr size_t kKeptParserBytes = 1u << 20;

Status ReadWith(ondemand::parser& parser, simdjson::padded_string_view text,
                const JsonObjectReader& read) {
  ondemand::document document;
  ondemand::object object;
  if (const auto error = parser.iterate(text).get(document)) {
    return InvalidJson(error);
  }
  if (const auto error = document.get_object().get(object)) {
    return error == simdjson::INCORRECT_TYPE ? InvalidJson("an object is expected")
                                             : InvalidJson(error);
  }
  KALAMDB_RETURN_IF_ERROR(read(object));
  if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) {
    return InvalidJson("there is text after the object");
  }
  return {};
}

}  // namespace

Status ReadJsonObject(const std::string& text, const JsonObjectReader& read) {
  std::optional<simdjson::padded_string> copy;
  simdjson::padded_string_view padded(text);
  if (text.capacity() - text.size() < simdjson::SIMDJSON_PADDING) {
    copy.emplace(text);
    padded = simdjson::padded_string_view(copy->data(), copy->size(),
                                          copy->size() + simdjson::SIMDJSON_PADDING);
  }
  if (text.size() > kKeptParserBytes) {
    ondemand::parser parser;
    return ReadWith(parser, padded, read);
  }
  thread_local ondemand::parser parser;
  return ReadWith(parser, padded, read);
}

simdjson::error_code JsonCheck(ondemand::value value, int depth) {
  if (depth >= kJsonDepthMax) {
    return simdjson::DEPTH_ERROR;
  }
  ondemand::json_type type;
  if (const auto error = value.type().get(type)) {
    return error;
  }
  switch (type) {
    case ondemand::json_type::array: {
      ondemand::array array;
      if (const auto error = value.get_array().get(array)) {
        return error;
      }
      for (auto item : array) {
        ondemand::value inner;
        if (const auto error = std::move(item).get(inner)) {
          return error;
        }
        if (const auto error = JsonCheck(inner, depth + 1)) {
          return error;
        }
      }
      return simdjson::SUCCESS;
    }
    case ondemand::json_type::object: {
      ondemand::object object;
      if (const auto error = value.get_object().get(object)) {
        return error;
      }
      for (auto entry : object) {
        ondemand::field field;
        if (const auto error = std::move(entry).get(field)) {
          return error;
        }
        if (const auto error = field.unescaped_key().error()) {
          return error;
        }
        if (const auto error = JsonCheck(field.value(), depth + 1)) {
          return error;
        }
      }
      return simdjson::SUCCESS;
    }
    case ondemand::json_type::string:
      return value.get_string().error();
    case ondemand::json_type::boolean:
      return value.get_bool().error();
    case ondemand::json_type::null:
      return value.is_null().error();
    case ondemand::json_type::number:
      // A number beyond double is still JSON; only its grammar matters here.
      return value.get_double().error();
  }
  return simdjson::TAPE_ERROR;
}

Status InvalidJson(simdjson::error_code error) {
  return InvalidJson(simdjson::error_message(error));
}

Status InvalidJson(const std::string& why) {
  return InvalidArgument("Invalid JSON payload: " + why);
}

}  // namespace kalamdb::server
