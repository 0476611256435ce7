// SPDX-License-Identifier: Apache-2.0
#include "types/value.h"

#include <array>
#include <cmath>

#include "base/check.h"

namespace kalamdb::types {

namespace {

template <class T>
int Order(T a, T b) {
  return a < b ? -1 : (b < a ? 1 : 0);
}

int OrderDoubles(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) {
    return Order(std::isnan(a) ? 1 : 0, std::isnan(b) ? 1 : 0);
  }
  return Order(a, b);
}

constexpr int kPowerMax = 38;  // 10^38 < 2^127 < 10^39.

constexpr std::array<Int128, kPowerMax + 1> kPowers = [] {
  std::array<Int128, kPowerMax + 1> powers{};
  Int128 power = 1;
  for (size_t i = 0; i < powers.size(); ++i) {
    powers[i] = power;
    power = i + 1 < powers.size() ? power * 10 : power;
  }
  return powers;
}();

}  // namespace

bool Value::operator==(const Value& other) const {
  if (rep_.index() != other.rep_.index()) {
    return false;
  }
  return is_null() || Compare(*this, other) == 0;
}

int Compare(const Value& a, const Value& b) {
  if (a.is_string() && b.is_string()) {
    // char_traits<char> compares as unsigned bytes.
    const int order = a.AsString().compare(b.AsString());
    return order < 0 ? -1 : (order > 0 ? 1 : 0);
  }
  if (a.is_int() && b.is_int()) {
    return Order(a.AsInt(), b.AsInt());
  }
  if (a.is_double() && b.is_double()) {
    return OrderDoubles(a.AsDouble(), b.AsDouble());
  }
  if (a.is_int128() && b.is_int128()) {
    return Order(a.AsInt128(), b.AsInt128());
  }
  KALAMDB_CHECK(a.is_bool() && b.is_bool());
  return Order(a.AsBool() ? 1 : 0, b.AsBool() ? 1 : 0);
}

bool IsKindOf(const Value& value, TypeId id) {
  switch (id) {
    case TypeId::kBoolean:
      return value.is_bool();
    case TypeId::kFloat:
    case TypeId::kDouble:
      return value.is_double();
    case TypeId::kDecimal:
    case TypeId::kHugeInt:
      return value.is_int128();
    case TypeId::kUuid:
      return value.is_string() && value.AsString().size() == 16;
    case TypeId::kEmbedding:
      return value.is_string() && value.AsString().size() % sizeof(float) == 0;
    case TypeId::kText:
    case TypeId::kJson:
    case TypeId::kFile:
    case TypeId::kBytes:
      return value.is_string();
    case TypeId::kInt:
    case TypeId::kBigInt:
    case TypeId::kSmallInt:
    case TypeId::kTimestamp:
    case TypeId::kDateTime:
    case TypeId::kDate:
    case TypeId::kTime:
      return value.is_int();
  }
  return false;
}

Int128 PowerOfTen(int exponent) {
  KALAMDB_CHECK(exponent >= 0 && exponent <= kPowerMax);
  return kPowers[static_cast<size_t>(exponent)];
}

}  // namespace kalamdb::types
