// SPDX-License-Identifier: Apache-2.0
#include "sql/exec/duck_range.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "duckdb/common/exception.hpp"
#include "duckdb/execution/expression_executor.hpp"
#include "duckdb/planner/expression/bound_between_expression.hpp"
#include "duckdb/planner/expression/bound_cast_expression.hpp"
#include "duckdb/planner/expression/bound_columnref_expression.hpp"
#include "duckdb/planner/expression/bound_comparison_expression.hpp"
#include "duckdb/planner/expression/bound_conjunction_expression.hpp"
#include "duckdb/planner/expression/bound_operator_expression.hpp"
#include "duckdb/planner/operator/logical_get.hpp"

#include "vectors/types.h"
#include "types/text_format.h"

namespace kalamdb::sql {

namespace {

using duckdb::Expression;
using duckdb::ExpressionType;
using duckdb::LogicalTypeId;
using types::TypeId;
using types::Value;

struct Bound {
  Value value;
  bool is_inclusive = true;
};

struct Bounds {
  std::optional<Bound> lower;
  std::optional<Bound> upper;

  void Raise(const Value& value, bool is_inclusive) {
    const int order = lower.has_value() ? types::Compare(value, lower->value) : 1;
    if (order > 0 || (order == 0 && !is_inclusive)) {
      lower = Bound{value, is_inclusive};
    }
  }
  void Lower(const Value& value, bool is_inclusive) {
    const int order = upper.has_value() ? types::Compare(value, upper->value) : -1;
    if (order < 0 || (order == 0 && !is_inclusive)) {
      upper = Bound{value, is_inclusive};
    }
  }
  bool IsOneValue() const {
    return lower.has_value() && upper.has_value() && lower->is_inclusive && upper->is_inclusive &&
           lower->value == upper->value;
  }
};

// A column under comparison, with its type in the engine.
struct Target {
  vectors::ColumnSource source;
  types::DataType type;
  duckdb::LogicalType logical;
};

// The bounds that a conjunction of filters puts on each column.
class FilterReader {
 public:
  FilterReader(duckdb::ClientContext& context, const duckdb::LogicalGet& get,
               const RelationEntry& entry)
      : context_(context), get_(get), entry_(entry) {}

  void Read(const Expression& filter);

  std::map<size_t, Bounds> columns;  // By position in the schema.
  Bounds seq;
  Bounds updated;

 private:
  void ReadComparison(const Expression& left, ExpressionType type, const Expression& right);
  void ReadIn(const duckdb::BoundOperatorExpression& in);
  void Apply(const Target& target, ExpressionType type, const Value& value);

  std::optional<Target> FindTarget(const Expression& expression) const;
  // The constant as a value of the column, when comparing with it means the same.
  std::optional<Value> ConstantFor(const Target& target, const Expression& expression);
  Bounds& BoundsOf(const vectors::ColumnSource& source);

  duckdb::ClientContext& context_;
  const duckdb::LogicalGet& get_;
  const RelationEntry& entry_;
};

void FilterReader::Read(const Expression& filter) {
  switch (filter.GetExpressionClass()) {
    case duckdb::ExpressionClass::BOUND_CONJUNCTION:
      if (filter.GetExpressionType() == ExpressionType::CONJUNCTION_AND) {
        for (const auto& child : filter.Cast<duckdb::BoundConjunctionExpression>().children) {
          Read(*child);
        }
      }
      return;
    case duckdb::ExpressionClass::BOUND_COMPARISON: {
      const auto& comparison = filter.Cast<duckdb::BoundComparisonExpression>();
      const ExpressionType type = comparison.GetExpressionType();
      ReadComparison(*comparison.left, type, *comparison.right);
      ReadComparison(*comparison.right, duckdb::FlipComparisonExpression(type), *comparison.left);
      return;
    }
    case duckdb::ExpressionClass::BOUND_BETWEEN: {
      const auto& between = filter.Cast<duckdb::BoundBetweenExpression>();
      ReadComparison(*between.input, between.LowerComparisonType(), *between.lower);
      ReadComparison(*between.input, between.UpperComparisonType(), *between.upper);
      return;
    }
    case duckdb::ExpressionClass::BOUND_OPERATOR:
      if (filter.GetExpressionType() == ExpressionType::COMPARE_IN) {
        ReadIn(filter.Cast<duckdb::BoundOperatorExpression>());
      }
      return;
    default:
      return;
  }
}

// True when the cast keeps every value apart and in order, so that a constant of type `to` can be
// taken back to the column's type and compared there.
bool IsExactCast(const duckdb::LogicalType& from, const duckdb::LogicalType& to) {
  const auto is_small = [](const duckdb::LogicalType& type) {
    return type.id() == LogicalTypeId::SMALLINT || type.id() == LogicalTypeId::INTEGER;
  };
  if (from.IsIntegral() && (to.IsIntegral() || to.id() == LogicalTypeId::DECIMAL)) {
    return true;
  }
  switch (to.id()) {
    case LogicalTypeId::DOUBLE:
      return is_small(from) || from.id() == LogicalTypeId::FLOAT;
    case LogicalTypeId::DECIMAL:
      return from.id() == LogicalTypeId::DECIMAL &&
             duckdb::DecimalType::GetScale(to) >= duckdb::DecimalType::GetScale(from);
    case LogicalTypeId::TIMESTAMP:
      return from.id() == LogicalTypeId::DATE;
    // The session is in UTC, always.
    case LogicalTypeId::TIMESTAMP_TZ:
      return from.id() == LogicalTypeId::DATE || from.id() == LogicalTypeId::TIMESTAMP;
    case LogicalTypeId::VARCHAR:
      return from.id() == LogicalTypeId::VARCHAR;
    default:
      return false;
  }
}

std::optional<Target> FilterReader::FindTarget(const Expression& expression) const {
  const Expression* inner = &expression;
  if (inner->GetExpressionClass() == duckdb::ExpressionClass::BOUND_CAST) {
    const auto& cast = inner->Cast<duckdb::BoundCastExpression>();
    if (cast.try_cast || !IsExactCast(cast.child->return_type, cast.return_type)) {
      return {};
    }
    inner = cast.child.get();
  }
  if (inner->GetExpressionClass() != duckdb::ExpressionClass::BOUND_COLUMN_REF) {
    return {};
  }
  const auto& reference = inner->Cast<duckdb::BoundColumnRefExpression>();
  const auto& ids = get_.GetColumnIds();
  if (reference.depth != 0 || reference.binding.table_index != get_.table_index ||
      reference.binding.column_index >= ids.size()) {
    return {};
  }
  const vectors::ColumnSource source =
      entry_.SourceOf(ids[reference.binding.column_index].GetPrimaryIndex());
  Target target{.source = source, .type = {}, .logical = reference.return_type};
  switch (source.kind) {
    case vectors::ColumnSource::Kind::kColumn:
      target.type = entry_.relation()->schema().columns[source.position].type;
      if (!entry_.relation()->schema().IsKey(source.position)) {
        return {};
      }
      return target;
    case vectors::ColumnSource::Kind::kSeq:
      target.type = types::TypeOf(TypeId::kBigInt);
      return target;
    case vectors::ColumnSource::Kind::kUpdated:
      target.type = types::TypeOf(TypeId::kTimestamp);
      return target;
    default:
      return {};
  }
}

// TryCastAs through the connection, but with UTC wall clock and UTC moment taken as the same
// number.
bool CastValue(duckdb::ClientContext& context, const duckdb::Value& value,
               const duckdb::LogicalType& to, duckdb::Value* result) {
  if (value.type().id() == LogicalTypeId::TIMESTAMP_TZ && to.id() == LogicalTypeId::TIMESTAMP) {
    *result = duckdb::Value::TIMESTAMP(duckdb::timestamp_t(value.GetValueUnsafe<int64_t>()));
    return true;
  }
  duckdb::string error;
  return value.TryCastAs(context, to, *result, &error, /*strict=*/true);
}

std::optional<Value> FilterReader::ConstantFor(const Target& target, const Expression& expression) {
  duckdb::Value constant;
  if (!expression.IsFoldable() ||
      !duckdb::ExpressionExecutor::TryEvaluateScalar(context_, expression, constant) ||
      constant.IsNull()) {
    return {};
  }
  if (constant.type() != target.logical) {
    duckdb::Value own;
    duckdb::Value back;
    if (!CastValue(context_, constant, target.logical, &own) ||
        !CastValue(context_, own, constant.type(), &back) ||
        !duckdb::Value::NotDistinctFrom(back, constant)) {
      return {};
    }
    constant = std::move(own);
  }
  Value value = vectors::FromDuckValue(constant, target.type);
  if (value.is_double() && std::isnan(value.AsDouble())) {
    return {};
  }
  return value;
}

Bounds& FilterReader::BoundsOf(const vectors::ColumnSource& source) {
  switch (source.kind) {
    case vectors::ColumnSource::Kind::kSeq:
      return seq;
    case vectors::ColumnSource::Kind::kUpdated:
      return updated;
    default:
      return columns[source.position];
  }
}

// Zero has two encodings; both are meant.
Value LowEnd(const Value& value) {
  return value.is_double() && value.AsDouble() == 0 ? Value(-0.0) : value;
}
Value HighEnd(const Value& value) {
  return value.is_double() && value.AsDouble() == 0 ? Value(0.0) : value;
}

void FilterReader::Apply(const Target& target, ExpressionType type, const Value& value) {
  Bounds& bounds = BoundsOf(target.source);
  const bool is_zero = value.is_double() && value.AsDouble() == 0;
  switch (type) {
    case ExpressionType::COMPARE_EQUAL:
    case ExpressionType::COMPARE_NOT_DISTINCT_FROM:
      bounds.Raise(LowEnd(value), true);
      bounds.Lower(HighEnd(value), true);
      return;
    case ExpressionType::COMPARE_GREATERTHAN:
      bounds.Raise(LowEnd(value), is_zero);
      return;
    case ExpressionType::COMPARE_GREATERTHANOREQUALTO:
      bounds.Raise(LowEnd(value), true);
      return;
    case ExpressionType::COMPARE_LESSTHAN:
      bounds.Lower(HighEnd(value), is_zero);
      return;
    case ExpressionType::COMPARE_LESSTHANOREQUALTO:
      bounds.Lower(HighEnd(value), true);
      return;
    default:
      return;
  }
}

void FilterReader::ReadComparison(const Expression& left, ExpressionType type,
                                  const Expression& right) {
  const std::optional<Target> target = FindTarget(left);
  if (!target.has_value()) {
    return;
  }
  if (const std::optional<Value> value = ConstantFor(*target, right); value.has_value()) {
    Apply(*target, type, *value);
  }
}

void FilterReader::ReadIn(const duckdb::BoundOperatorExpression& in) {
  const std::optional<Target> target = FindTarget(*in.children[0]);
  if (!target.has_value() || in.children.size() < 2) {
    return;
  }
  std::optional<Value> least;
  std::optional<Value> greatest;
  for (size_t i = 1; i < in.children.size(); ++i) {
    std::optional<Value> value = ConstantFor(*target, *in.children[i]);
    if (!value.has_value()) {
      return;
    }
    if (!least.has_value() || types::Compare(*value, *least) < 0) {
      least = value;
    }
    if (!greatest.has_value() || types::Compare(*value, *greatest) > 0) {
      greatest = std::move(value);
    }
  }
  Apply(*target, ExpressionType::COMPARE_GREATERTHANOREQUALTO, *least);
  Apply(*target, ExpressionType::COMPARE_LESSTHANOREQUALTO, *greatest);
}

// Equal values of leading key columns, then the bounds of the first column that is not fixed.
void NarrowKey(const types::Schema& schema, const std::map<size_t, Bounds>& columns,
               table::ScanRange* range) {
  std::vector<Value> prefix;
  std::optional<table::KeyBound> lower;
  std::optional<table::KeyBound> upper;
  for (const uint32_t position : schema.key) {
    const auto it = columns.find(position);
    if (it == columns.end()) {
      break;
    }
    const Bounds& bounds = it->second;
    if (bounds.IsOneValue()) {
      prefix.push_back(bounds.lower->value);
      lower = upper = table::KeyBound{.values = prefix, .is_inclusive = true};
      continue;
    }
    const auto extend = [&prefix](const Bound& bound) {
      table::KeyBound key{.values = prefix, .is_inclusive = bound.is_inclusive};
      key.values.push_back(bound.value);
      return key;
    };
    if (bounds.lower.has_value()) {
      lower = extend(*bounds.lower);
    }
    if (bounds.upper.has_value()) {
      upper = extend(*bounds.upper);
    }
    break;
  }
  // The optimiser comes more than once, with as much or more to say each time.
  const auto take = [](std::optional<table::KeyBound> fresh, std::optional<table::KeyBound>* kept) {
    if (fresh.has_value() &&
        (!kept->has_value() || fresh->values.size() >= (*kept)->values.size())) {
      *kept = std::move(fresh);
    }
  };
  take(std::move(lower), &range->lower);
  take(std::move(upper), &range->upper);
}

void NarrowSeq(const Bounds& seq, table::ScanRange* range) {
  if (seq.lower.has_value()) {
    const int64_t value = seq.lower->value.AsInt();
    const uint64_t begin =
        value < 0 ? 0 : static_cast<uint64_t>(value) + (seq.lower->is_inclusive ? 0 : 1);
    range->seq_begin = std::max(range->seq_begin, CommitSeq{begin});
  }
  if (seq.upper.has_value()) {
    const int64_t value = seq.upper->value.AsInt();
    const uint64_t end =
        value < 0 ? 0 : static_cast<uint64_t>(value) + (seq.upper->is_inclusive ? 1 : 0);
    range->seq_end = std::min(range->seq_end, CommitSeq{end});
  }
}

// The first sequence of a millisecond since 1970.
CommitSeq FirstSeq(int64_t millis) {
  const int64_t since_epoch = millis - kSeqEpochMillis;
  constexpr int64_t kMillisEnd = int64_t{1} << (64 - kSeqTimeShift);
  if (since_epoch <= 0) {
    return CommitSeq{0};
  }
  if (since_epoch >= kMillisEnd) {
    return CommitSeq{UINT64_MAX};
  }
  return CommitSeq{static_cast<uint64_t>(since_epoch) << kSeqTimeShift};
}

int64_t FloorMillis(int64_t micros) { return micros / 1000 - (micros % 1000 < 0 ? 1 : 0); }

// `_updated` is whole milliseconds, so bounds on it are bounds on the time bits of `_seq`.
void NarrowUpdated(const Bounds& updated, table::ScanRange* range) {
  if (updated.lower.has_value()) {
    const int64_t micros = updated.lower->value.AsInt();
    const int64_t floor = FloorMillis(micros);
    const bool is_on_it = updated.lower->is_inclusive && floor * 1000 == micros;
    range->seq_begin = std::max(range->seq_begin, FirstSeq(is_on_it ? floor : floor + 1));
  }
  if (updated.upper.has_value()) {
    const int64_t micros = updated.upper->value.AsInt();
    const int64_t floor = FloorMillis(micros);
    const bool is_before = !updated.upper->is_inclusive && floor * 1000 == micros;
    range->seq_end = std::min(range->seq_end, FirstSeq(is_before ? floor : floor + 1));
  }
}

void AppendBound(const types::Schema& schema, const table::KeyBound& bound, bool is_lower,
                 std::string* out) {
  std::string names;
  std::string values;
  for (size_t i = 0; i < bound.values.size(); ++i) {
    const types::Column& column = schema.columns[schema.key[i]];
    names += (i == 0 ? "" : ", ") + column.name;
    values += (i == 0 ? "" : ", ") + types::FormatValue(bound.values[i], column.type);
  }
  if (bound.values.size() > 1) {
    names = "(" + names + ")";
    values = "(" + values + ")";
  }
  *out += out->empty() ? "" : ", ";
  *out += names + (is_lower ? " >" : " <") + (bound.is_inclusive ? "= " : " ") + values;
}

}  // namespace

void NarrowRange(duckdb::ClientContext& context, const duckdb::LogicalGet& get,
                 const RelationEntry& entry,
                 const duckdb::vector<duckdb::unique_ptr<Expression>>& filters,
                 table::ScanRange* range) {
  FilterReader reader(context, get, entry);
  for (const auto& filter : filters) {
    reader.Read(*filter);
  }
  NarrowKey(entry.relation()->schema(), reader.columns, range);
  NarrowSeq(reader.seq, range);
  NarrowUpdated(reader.updated, range);
}

bool IsPointRange(const types::Schema& schema, const table::ScanRange& range) {
  return range.lower.has_value() && range.upper.has_value() &&
         range.lower->values.size() == schema.key.size() &&
         range.lower->values == range.upper->values;
}

std::string DescribeRange(const types::Schema& schema, const table::ScanRange& range) {
  std::string out;
  if (range.lower.has_value() && range.upper.has_value() &&
      range.lower->values == range.upper->values) {
    for (size_t i = 0; i < range.lower->values.size(); ++i) {
      const types::Column& column = schema.columns[schema.key[i]];
      out += (i == 0 ? "" : ", ") + column.name + " = " +
             types::FormatValue(range.lower->values[i], column.type);
    }
  } else {
    if (range.lower.has_value()) {
      AppendBound(schema, *range.lower, /*is_lower=*/true, &out);
    }
    if (range.upper.has_value()) {
      AppendBound(schema, *range.upper, /*is_lower=*/false, &out);
    }
  }
  if (range.seq_begin.value > 0) {
    out += (out.empty() ? "_seq >= " : ", _seq >= ") + std::to_string(range.seq_begin.value);
  }
  if (range.seq_end.value != UINT64_MAX) {
    out += (out.empty() ? "_seq < " : ", _seq < ") + std::to_string(range.seq_end.value);
  }
  return out;
}

}  // namespace kalamdb::sql
