// SPDX-License-Identifier: Apache-2.0
#include "live/message_pack.h"

#include <charconv>
#include <cmath>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/limits.h"
#include "types/coerce.h"
#include "types/json_codec.h"

namespace kalamdb::live {

namespace {

using Json = nlohmann::ordered_json;

// Writes JSON text from the events of the reader. An object of its own per container would let a
// client of a few bytes make us allocate a lot; and the reader recurses, so depth is bounded here.
class JsonWriter final : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return Put("null"); }
  bool boolean(bool value) override { return Put(value ? "true" : "false"); }
  bool number_integer(int64_t value) override { return Put(std::to_string(value)); }
  bool number_unsigned(uint64_t value) override { return Put(std::to_string(value)); }
  bool number_float(double value, const std::string&) override {
    if (!std::isfinite(value)) {
      return Fail("a number is not finite");
    }
    char text[32];
    const auto result = std::to_chars(text, text + sizeof(text), value);
    return Put({text, result.ptr});
  }
  bool string(std::string& value) override { return PutText(value); }
  bool binary(nlohmann::json::binary_t&) override {
    return Fail("binary and extension types are not taken");
  }
  bool start_object(size_t) override { return Open('{'); }
  bool key(std::string& name) override {
    if (!PutText(name)) {
      return false;
    }
    json_ += ':';
    is_value_next_ = true;
    return true;
  }
  bool end_object() override { return Close('}'); }
  bool start_array(size_t) override { return Open('['); }
  bool end_array() override { return Close(']'); }
  bool parse_error(size_t position, const std::string&, const nlohmann::json::exception&) override {
    return Fail("malformed at byte " + std::to_string(position));
  }

  std::string& json() { return json_; }
  const std::string& why() const { return why_; }

 private:
  bool Put(std::string_view text) {
    Separate();
    json_ += text;
    return true;
  }
  bool PutText(std::string_view text) {
    if (!types::IsCleanUtf8(text)) {
      return Fail("a text is not UTF-8, or holds a NUL");
    }
    Separate();
    types::AppendJsonString(text, &json_);
    return true;
  }
  bool Open(char bracket) {
    if (++depth_ > limits::kMessagePackDepthMax) {
      return Fail("nested too deeply");
    }
    Separate();
    json_ += bracket;
    return true;
  }
  bool Close(char bracket) {
    --depth_;
    json_ += bracket;
    return true;
  }
  // A comma, unless this is the first of its container or follows its key.
  void Separate() {
    if (!is_value_next_ && !json_.empty() && json_.back() != '{' && json_.back() != '[') {
      json_ += ',';
    }
    is_value_next_ = false;
  }
  bool Fail(std::string why) {
    if (why_.empty()) {
      why_ = std::move(why);
    }
    return false;
  }

  std::string json_;
  std::string why_;
  int depth_ = 0;
  bool is_value_next_ = false;
};

}  // namespace

std::optional<std::string> ToMessagePack(std::string_view json) {
  bool is_too_deep = false;
  const auto watch = [&is_too_deep](int depth, Json::parse_event_t, Json&) {
    is_too_deep = is_too_deep || depth > limits::kMessagePackDepthMax;
    return !is_too_deep;  // False: the value is left out, and the writer never sees its depth.
  };
  const Json message = Json::parse(json, watch, /*allow_exceptions=*/false);
  if (message.is_discarded() || is_too_deep) {
    return std::nullopt;
  }
  std::string bytes;
  Json::to_msgpack(message, bytes);
  return bytes;
}

StatusOr<std::string> FromMessagePack(std::string_view bytes) {
  JsonWriter writer;
  if (!nlohmann::json::sax_parse(bytes, &writer, nlohmann::json::input_format_t::msgpack)) {
    return Error(InvalidArgument("Invalid MessagePack payload: " + writer.why()));
  }
  return std::move(writer.json());
}

}  // namespace kalamdb::live
