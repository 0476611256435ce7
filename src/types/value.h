// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "types/data_type.h"

namespace kalamdb::types {

__extension__ using Int128 = __int128;
__extension__ using UInt128 = unsigned __int128;

// One SQL value without its type: the column or the result schema says what it means.
//   BOOLEAN                                                       bool
//   SMALLINT, INT, BIGINT, TIMESTAMP, DATETIME, DATE, TIME        int64_t
//   FLOAT, DOUBLE                                                 double
//   DECIMAL (unscaled), HUGEINT                                   Int128
//   TEXT, JSON, FILE (UTF-8), BYTES                               std::string
//   UUID                                                          std::string of 16 bytes
//   EMBEDDING(n)                                                  std::string of n little-endian
//   floats
class Value {
 public:
  Value() = default;  // NULL.
  explicit Value(bool v) : rep_(v) {}
  explicit Value(int64_t v) : rep_(v) {}
  explicit Value(double v) : rep_(v) {}
  explicit Value(Int128 v) : rep_(v) {}
  explicit Value(std::string v) : rep_(std::move(v)) {}
  explicit Value(std::string_view v) : rep_(std::string(v)) {}
  explicit Value(const char* v) : rep_(std::string(v)) {}
  static Value Null() { return {}; }

  bool is_null() const { return rep_.index() == 0; }
  bool is_bool() const { return rep_.index() == 1; }
  bool is_int() const { return rep_.index() == 2; }
  bool is_double() const { return rep_.index() == 3; }
  bool is_int128() const { return rep_.index() == 4; }
  bool is_string() const { return rep_.index() == 5; }

  // Precondition: the value is of that kind.
  bool AsBool() const { return std::get<1>(rep_); }
  int64_t AsInt() const { return std::get<2>(rep_); }
  double AsDouble() const { return std::get<3>(rep_); }
  Int128 AsInt128() const { return std::get<4>(rep_); }
  const std::string& AsString() const { return std::get<5>(rep_); }
  std::string& MutableString() { return std::get<5>(rep_); }

  // Same kind and same content; NULL equals NULL, NaN equals itself.
  bool operator==(const Value& other) const;

 private:
  std::variant<std::monostate, bool, int64_t, double, Int128, std::string> rep_;
};

// Values in the order of a schema's columns.
using Row = std::vector<Value>;

// Order of two values of one type as ORDER BY and comparisons see it: negative, 0 or positive.
// NaN is above every number and equal to itself. Precondition: neither is NULL.
int Compare(const Value& a, const Value& b);

// True when `value` is of the kind that the table above gives for `id`. NULL is of no kind.
bool IsKindOf(const Value& value, TypeId id);

// 10 to the power `exponent`. Precondition: 0 <= exponent <= 38.
Int128 PowerOfTen(int exponent);

}  // namespace kalamdb::types
