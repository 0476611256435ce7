// SPDX-License-Identifier: Apache-2.0
#include "catalog/record_codec.h"

#include "types/byte_order.h"

namespace kalamdb::catalog {

namespace {

constexpr char kRecordFormat = 1;
constexpr size_t kFieldHeaderBytes = 1 + sizeof(uint32_t);

}  // namespace

RecordWriter::RecordWriter() : bytes_(1, kRecordFormat) {}

void RecordWriter::Text(uint8_t tag, std::string_view text) {
  bytes_.push_back(static_cast<char>(tag));
  types::AppendLittle(static_cast<uint32_t>(text.size()), &bytes_);
  bytes_.append(text);
}

void RecordWriter::Int(uint8_t tag, int64_t value) {
  std::string bytes;
  types::AppendLittle(static_cast<uint64_t>(value), &bytes);
  Text(tag, bytes);
}

void RecordWriter::OptionalText(uint8_t tag, const std::optional<std::string>& text) {
  if (text.has_value()) {
    Text(tag, *text);
  }
}

void RecordWriter::OptionalInt(uint8_t tag, const std::optional<int64_t>& value) {
  if (value.has_value()) {
    Int(tag, *value);
  }
}

RecordReader RecordReader::Open(std::string_view bytes) {
  RecordReader reader;
  if (bytes.empty() || bytes[0] != kRecordFormat) {
    reader.Fail();
    return reader;
  }
  bytes.remove_prefix(1);
  while (!bytes.empty()) {
    if (bytes.size() < kFieldHeaderBytes) {
      reader.Fail();
      break;
    }
    const auto tag = static_cast<uint8_t>(bytes[0]);
    const auto length = types::LoadLittle<uint32_t>(bytes.data() + 1);
    bytes.remove_prefix(kFieldHeaderBytes);
    if (bytes.size() < length) {
      reader.Fail();
      break;
    }
    reader.fields_.push_back({tag, bytes.substr(0, length)});
    bytes.remove_prefix(length);
  }
  return reader;
}

const RecordReader::Field* RecordReader::Find(uint8_t tag) const {
  for (const Field& field : fields_) {
    if (field.tag == tag) {
      return &field;
    }
  }
  return nullptr;
}

std::string RecordReader::Text(uint8_t tag) { return OptionalText(tag).value_or(std::string()); }

int64_t RecordReader::Int(uint8_t tag) { return OptionalInt(tag).value_or(0); }

std::optional<std::string> RecordReader::OptionalText(uint8_t tag) {
  const Field* field = Find(tag);
  return field == nullptr ? std::nullopt : std::optional<std::string>(field->bytes);
}

std::optional<int64_t> RecordReader::OptionalInt(uint8_t tag) {
  const Field* field = Find(tag);
  if (field == nullptr) {
    return std::nullopt;
  }
  if (field->bytes.size() != sizeof(uint64_t)) {
    ok_ = false;
    return std::nullopt;
  }
  return static_cast<int64_t>(types::LoadLittle<uint64_t>(field->bytes.data()));
}

uint32_t RecordReader::Small(uint8_t tag, int64_t max) {
  const int64_t value = Int(tag);
  if (value < 0 || value > max) {
    ok_ = false;
    return 0;
  }
  return static_cast<uint32_t>(value);
}

std::string RecordReader::RequiredText(uint8_t tag) {
  std::string text = Text(tag);
  ok_ = ok_ && !text.empty();
  return text;
}

std::vector<std::string_view> RecordReader::All(uint8_t tag) const {
  std::vector<std::string_view> all;
  for (const Field& field : fields_) {
    if (field.tag == tag) {
      all.push_back(field.bytes);
    }
  }
  return all;
}

}  // namespace kalamdb::catalog
