// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

// For modules that keep records in the store's meta family.
namespace kalamdb::catalog {

// A record is a format byte, 1, and fields in any order: u8 tag, u32 length, that many bytes.
// Integers are little-endian. An optional that is empty is not written. Because a reader finds its
// fields by tag, a later version may add tags without a new format; a tag is never used for another
// meaning.
class RecordWriter {
 public:
  RecordWriter();
  void Text(uint8_t tag, std::string_view text);
  void Int(uint8_t tag, int64_t value);
  void OptionalText(uint8_t tag, const std::optional<std::string>& text);
  void OptionalInt(uint8_t tag, const std::optional<int64_t>& value);
  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Borrows the bytes it was opened with. After a failed read ok() is false for good and the values
// are of no use; so a decoder reads all fields and asks once.
class RecordReader {
 public:
  static RecordReader Open(std::string_view bytes);

  bool ok() const { return ok_; }
  // An empty text or 0 when there is no such field.
  std::string Text(uint8_t tag);
  int64_t Int(uint8_t tag);
  std::optional<std::string> OptionalText(uint8_t tag);
  std::optional<int64_t> OptionalInt(uint8_t tag);
  // An integer in [0, max]: enumerators, flags and counts.
  uint32_t Small(uint8_t tag, int64_t max);
  // A field that has to be there and not be empty.
  std::string RequiredText(uint8_t tag);
  // Every field with this tag, in the order they were written.
  std::vector<std::string_view> All(uint8_t tag) const;
  void Fail() { ok_ = false; }

 private:
  struct Field {
    uint8_t tag;
    std::string_view bytes;
  };
  const Field* Find(uint8_t tag) const;

  std::vector<Field> fields_;
  bool ok_ = true;
};

}  // namespace kalamdb::catalog
