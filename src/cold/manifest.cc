// SPDX-License-Identifier: Apache-2.0
#include "cold/manifest.h"

#include <bit>

#include "types/byte_order.h"
#include "types/json_codec.h"

namespace kalamdb::cold {

namespace {

using types::Value;

// Form 1: integers little-endian; texts and lists with a u32 count in front; a value is a u8 kind
// and its bytes.
constexpr uint8_t kForm = 1;

enum class Kind : uint8_t { kNone = 0, kBool = 1, kInt = 2, kDouble = 3, kInt128 = 4, kText = 5 };

class Writer {
 public:
  void U8(uint8_t value) { types::AppendLittle(value, &bytes_); }
  void U32(uint32_t value) { types::AppendLittle(value, &bytes_); }
  void U64(uint64_t value) { types::AppendLittle(value, &bytes_); }
  void Text(std::string_view text) {
    U32(static_cast<uint32_t>(text.size()));
    bytes_ += text;
  }
  void Bound(const std::optional<Value>& value) {
    if (!value.has_value() || value->is_null()) {
      U8(static_cast<uint8_t>(Kind::kNone));
    } else if (value->is_bool()) {
      U8(static_cast<uint8_t>(Kind::kBool));
      U8(value->AsBool() ? 1 : 0);
    } else if (value->is_int()) {
      U8(static_cast<uint8_t>(Kind::kInt));
      U64(static_cast<uint64_t>(value->AsInt()));
    } else if (value->is_double()) {
      U8(static_cast<uint8_t>(Kind::kDouble));
      U64(std::bit_cast<uint64_t>(value->AsDouble()));
    } else if (value->is_int128()) {
      U8(static_cast<uint8_t>(Kind::kInt128));
      char bytes[16];
      types::StoreLittle128(value->AsInt128(), bytes);
      bytes_.append(bytes, sizeof bytes);
    } else {
      U8(static_cast<uint8_t>(Kind::kText));
      Text(value->AsString());
    }
  }
  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// After the first read beyond the end everything reads as zero and ok() is false.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  bool ok() const { return is_ok_; }
  bool AtEnd() const { return rest_.empty(); }
  uint8_t U8() { return Number<uint8_t>(); }
  uint32_t U32() { return Number<uint32_t>(); }
  uint64_t U64() { return Number<uint64_t>(); }
  std::string Text() { return std::string(Take(U32())); }
  std::optional<Value> Bound() {
    switch (static_cast<Kind>(U8())) {
      case Kind::kBool:
        return Value(U8() != 0);
      case Kind::kInt:
        return Value(static_cast<int64_t>(U64()));
      case Kind::kDouble:
        return Value(std::bit_cast<double>(U64()));
      case Kind::kInt128: {
        const std::string_view bytes = Take(16);
        return bytes.empty() ? Value() : Value(types::LoadLittle128(bytes.data()));
      }
      case Kind::kText:
        return Value(Text());
      case Kind::kNone:
        break;
    }
    return std::nullopt;
  }

 private:
  std::string_view Take(size_t size) {
    if (size > rest_.size()) {
      is_ok_ = false;
      rest_ = {};
      return {};
    }
    const std::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }
  template <class T>
  T Number() {
    const std::string_view bytes = Take(sizeof(T));
    return bytes.empty() ? T{0} : types::LoadLittle<T>(bytes.data());
  }

  std::string_view rest_;
  bool is_ok_ = true;
};

void AppendTagged(const std::optional<Value>& value, const types::DataType& type,
                  std::string* json) {
  if (!value.has_value()) {
    *json += "null";
    return;
  }
  const char* name = "Utf8";
  if (value->is_bool()) {
    name = "Boolean";
  } else if (value->is_int()) {
    name = type.id == types::TypeId::kInt || type.id == types::TypeId::kSmallInt ? "Int32" : "Int64";
  } else if (value->is_double()) {
    name = "Float64";
  } else if (value->is_int128()) {
    name = "Decimal128";
  }
  *json += "{\"";
  *json += name;
  *json += "\":";
  const bool is_text = name == std::string_view("Int64");
  if (is_text) {
    *json += '"' + std::to_string(value->AsInt()) + '"';
  } else {
    types::AppendJsonValue(*value, type, json);
  }
  *json += '}';
}

void AppendSegment(const SegmentMeta& segment, const types::Schema& schema, std::string* json) {
  const auto number = [&](std::string_view key, uint64_t value) {
    *json += '"';
    *json += key;
    *json += "\":" + std::to_string(value) + ',';
  };
  const std::string file = segment.path.substr(segment.path.rfind('/') + 1);
  *json += '{';
  number("min_seq", segment.min_seq.value);
  number("max_seq", segment.max_seq.value);
  number("row_count", segment.row_count);
  number("size_bytes", segment.bytes);
  number("created_at", static_cast<uint64_t>(segment.created_at / 1000));
  *json += "\"id\":";
  types::AppendJsonString(file, json);
  *json += ",\"path\":";
  types::AppendJsonString(file, json);
  *json += ",\"column_stats\":{";
  const char* comma = "";
  for (size_t i = 0; i < segment.columns.size() && i < schema.columns.size(); ++i) {
    const ColumnBounds& bounds = segment.columns[i];
    const types::DataType& type = schema.columns[i].type;
    if (type.id == types::TypeId::kBytes || type.id == types::TypeId::kUuid ||
        type.id == types::TypeId::kEmbedding) {
      continue;  // Not text.
    }
    *json += comma;
    *json += '"' + std::to_string(schema.columns[i].id) + "\":{\"min\":";
    AppendTagged(bounds.min, type, json);
    *json += ",\"max\":";
    AppendTagged(bounds.max, type, json);
    *json += ",\"null_count\":" + std::to_string(bounds.null_count) + '}';
    comma = ",";
  }
  *json += "},";
  number("schema_version", segment.schema_version);
  *json += R"("status":"committed"})";
}

}  // namespace

std::string EncodeManifest(const Manifest& manifest) {
  Writer out;
  out.U8(kForm);
  out.U64(manifest.version);
  out.U64(manifest.next_number);
  out.U64(manifest.flushed_seq.value);
  out.U64(static_cast<uint64_t>(manifest.created_at));
  out.U64(static_cast<uint64_t>(manifest.updated_at));
  out.U32(static_cast<uint32_t>(manifest.segments.size()));
  for (const SegmentMeta& segment : manifest.segments) {
    out.U64(segment.number);
    out.Text(segment.path);
    out.U64(segment.min_seq.value);
    out.U64(segment.max_seq.value);
    out.U64(segment.row_count);
    out.U64(segment.tombstone_count);
    out.U64(segment.bytes);
    out.U64(segment.checksum);
    out.U32(segment.schema_version);
    out.U64(static_cast<uint64_t>(segment.created_at));
    out.U32(static_cast<uint32_t>(segment.columns.size()));
    for (const ColumnBounds& column : segment.columns) {
      out.Bound(column.min);
      out.Bound(column.max);
      out.U64(column.null_count);
    }
  }
  return out.Take();
}

StatusOr<Manifest> DecodeManifest(std::string_view bytes) {
  Reader in(bytes);
  if (in.U8() != kForm) {
    return Error(Corruption("a manifest has an unknown form"));
  }
  Manifest manifest;
  manifest.version = in.U64();
  manifest.next_number = in.U64();
  manifest.flushed_seq = CommitSeq{in.U64()};
  manifest.created_at = static_cast<int64_t>(in.U64());
  manifest.updated_at = static_cast<int64_t>(in.U64());
  const uint32_t segments = in.U32();
  for (uint32_t i = 0; i < segments && in.ok(); ++i) {
    SegmentMeta& segment = manifest.segments.emplace_back();
    segment.number = in.U64();
    segment.path = in.Text();
    segment.min_seq = CommitSeq{in.U64()};
    segment.max_seq = CommitSeq{in.U64()};
    segment.row_count = in.U64();
    segment.tombstone_count = in.U64();
    segment.bytes = in.U64();
    segment.checksum = in.U64();
    segment.schema_version = in.U32();
    segment.created_at = static_cast<int64_t>(in.U64());
    const uint32_t columns = in.U32();
    for (uint32_t c = 0; c < columns && in.ok(); ++c) {
      ColumnBounds& column = segment.columns.emplace_back();
      column.min = in.Bound();
      column.max = in.Bound();
      column.null_count = in.U64();
    }
  }
  if (!in.ok() || !in.AtEnd()) {
    return Error(Corruption("a manifest is not whole"));
  }
  return manifest;
}

StatusOr<uint64_t> VersionOf(std::string_view manifest_bytes) {
  Reader in(manifest_bytes);
  const bool is_known = in.U8() == kForm;
  const uint64_t version = in.U64();
  return is_known && in.ok() ? StatusOr<uint64_t>(version)
                             : std::unexpected(Corruption("a manifest is not whole"));
}

StatusOr<CommitSeq> FlushedSeqOf(std::string_view manifest_bytes) {
  KALAMDB_ASSIGN_OR_RETURN([[maybe_unused]] const uint64_t version, VersionOf(manifest_bytes));
  Reader in(manifest_bytes);
  in.U8();
  in.U64();
  in.U64();
  const uint64_t seq = in.U64();
  return in.ok() ? StatusOr<CommitSeq>(CommitSeq{seq})
                 : std::unexpected(Corruption("a manifest is not whole"));
}

std::string ManifestJson(const Manifest& manifest, std::string_view table_name,
                         const std::string* user_id,
                         const std::vector<const types::Schema*>& schemas) {
  std::string json = "{\"table_id\":";
  types::AppendJsonString(table_name, &json);
  json += ",\"user_id\":";
  if (user_id == nullptr) {
    json += "null";
  } else {
    types::AppendJsonString(*user_id, &json);
  }
  json += ",\"version\":" + std::to_string(manifest.version);
  json += ",\"created_at\":" + std::to_string(manifest.created_at / 1000);
  json += ",\"updated_at\":" + std::to_string(manifest.updated_at / 1000);
  json += ",\"segments\":[";
  for (size_t i = 0; i < manifest.segments.size(); ++i) {
    json += i == 0 ? "" : ",";
    AppendSegment(manifest.segments[i], *schemas[i], &json);
  }
  const uint64_t last = manifest.next_number == 0 ? 0 : manifest.next_number - 1;
  json += "],\"last_sequence_number\":" + std::to_string(last);
  json += ",\"files\":null,\"vector_indexes\":{}}\n";
  return json;
}

}  // namespace kalamdb::cold
