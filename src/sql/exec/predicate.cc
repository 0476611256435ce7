// SPDX-License-Identifier: Apache-2.0
#include "sql/exec/predicate.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sql/exec/operand.h"
#include "types/key_codec.h"

namespace kalamdb::sql {

namespace {

using types::SystemColumn;
using types::TypeId;
using types::Value;

constexpr types::DataType TypeOfSystem(SystemColumn column) {
  switch (column) {
    case SystemColumn::kSeq: return types::TypeOf(TypeId::kBigInt);
    case SystemColumn::kDeleted: return types::TypeOf(TypeId::kBoolean);
    case SystemColumn::kUpdated: return types::TypeOf(TypeId::kTimestamp);
  }
  return {};
}

template <class T>
int Order(const T& a, const T& b) {
  return a < b ? -1 : (b < a ? 1 : 0);
}

int OrderDoubles(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) {
    return Order(std::isnan(a), std::isnan(b));
  }
  return Order(a, b);
}

int CompareColumn(const types::RowView& row, const BoundPredicate& predicate,
                  const Value& constant) {
  if (constant.is_int()) {
    return Order(row.Int(predicate.column), constant.AsInt());
  }
  if (constant.is_string()) {
    return Order(row.Bytes(predicate.column), std::string_view(constant.AsString()));
  }
  if (constant.is_bool()) {
    return Order(row.Bool(predicate.column), constant.AsBool());
  }
  if (constant.is_double()) {
    return OrderDoubles(row.Double(predicate.column), constant.AsDouble());
  }
  return Order(row.Decimal(predicate.column), constant.AsInt128());
}

int CompareSystem(const types::RowView& row, CommitSeq seq, SystemColumn column,
                  const Value& constant) {
  switch (column) {
    case SystemColumn::kSeq: return Order(static_cast<int64_t>(seq.value), constant.AsInt());
    case SystemColumn::kUpdated: return Order(SeqTimeMicros(seq), constant.AsInt());
    case SystemColumn::kDeleted: return Order(row.is_deleted(), constant.AsBool());
  }
  return 0;
}

bool Holds(CompareOp op, int order) {
  switch (op) {
    case CompareOp::kEq:
    case CompareOp::kIn: return order == 0;
    case CompareOp::kNe: return order != 0;
    case CompareOp::kLt: return order < 0;
    case CompareOp::kLe: return order <= 0;
    case CompareOp::kGt: return order > 0;
    case CompareOp::kGe: return order >= 0;
    case CompareOp::kIsNull:
    case CompareOp::kIsNotNull: return false;
  }
  return false;
}

bool MatchesOne(const BoundPredicate& predicate, const types::RowView& row, CommitSeq seq) {
  if (predicate.is_never_true) {
    return false;
  }
  const bool is_null = !predicate.system.has_value() && row.IsNull(predicate.column);
  if (predicate.op == CompareOp::kIsNull || predicate.op == CompareOp::kIsNotNull) {
    return is_null == (predicate.op == CompareOp::kIsNull);
  }
  if (is_null) {
    return false;
  }
  return std::ranges::any_of(predicate.constants, [&](const Value& constant) {
    const int order = predicate.system.has_value()
                          ? CompareSystem(row, seq, *predicate.system, constant)
                          : CompareColumn(row, predicate, constant);
    return Holds(predicate.op, order);
  });
}

// The lowest `_seq` whose time is `micros` or later.
CommitSeq FirstSeqAt(int64_t micros) {
  const int64_t millis = micros / 1000 + (micros % 1000 > 0 ? 1 : 0) - kSeqEpochMillis;
  if (millis <= 0) {
    return CommitSeq{0};
  }
  constexpr int64_t kMillisMax = int64_t{1} << (62 - kSeqTimeShift);
  return CommitSeq{static_cast<uint64_t>(std::min(millis, kMillisMax)) << kSeqTimeShift};
}

void Narrow(const BoundPredicate& predicate, table::ScanRange* range) {
  if (!predicate.system.has_value() || predicate.constants.size() != 1) {
    return;
  }
  CommitSeq at;     // The first `_seq` that equals the constant,
  CommitSeq after;  // and the first one beyond it.
  if (*predicate.system == SystemColumn::kSeq) {
    const int64_t seq = std::max<int64_t>(predicate.constants[0].AsInt(), 0);
    at = CommitSeq{static_cast<uint64_t>(seq)};
    after = CommitSeq{static_cast<uint64_t>(seq) + 1};
  } else if (*predicate.system == SystemColumn::kUpdated) {
    at = FirstSeqAt(predicate.constants[0].AsInt());
    after = FirstSeqAt(predicate.constants[0].AsInt() + 1);
  } else {
    return;
  }
  const auto raise = [&](CommitSeq seq) { range->seq_begin = std::max(range->seq_begin, seq); };
  const auto lower = [&](CommitSeq seq) { range->seq_end = std::min(range->seq_end, seq); };
  switch (predicate.op) {
    case CompareOp::kEq: raise(at); lower(after); break;
    case CompareOp::kGe: raise(at); break;
    case CompareOp::kGt: raise(after); break;
    case CompareOp::kLe: lower(after); break;
    case CompareOp::kLt: lower(at); break;
    default: break;
  }
}

}  // namespace

Status UnknownColumn(const types::Schema& schema, std::string_view name) {
  std::string known;
  for (const types::Column& column : schema.columns) {
    if (!column.is_hidden) {
      known += (known.empty() ? "" : ", ") + column.name;
    }
  }
  return ExecutionError("column \"" + std::string(name) + "\" does not exist; the columns are " +
                        known);
}

StatusOr<std::optional<BoundFilter>> BoundFilter::Bind(
    const types::Schema& schema, std::span<const Predicate> conjuncts,
    std::span<const types::Parameter> parameters) {
  BoundFilter filter;
  filter.predicates_.reserve(conjuncts.size());
  for (const Predicate& conjunct : conjuncts) {
    BoundPredicate bound;
    bound.op = conjunct.op;
    if (const auto column = schema.Find(conjunct.column); column.has_value()) {
      bound.column = *column;
      bound.type = schema.columns[*column].type;
    } else if (const auto system = types::FindSystemColumn(conjunct.column); system.has_value()) {
      bound.system = system;
      bound.type = TypeOfSystem(*system);
      filter.names_deleted_ |= *system == SystemColumn::kDeleted;
    } else {
      return Error(UnknownColumn(schema, conjunct.column));
    }
    for (const Operand& operand : conjunct.operands) {
      KALAMDB_ASSIGN_OR_RETURN(const types::Parameter given, OperandValue(operand, parameters));
      std::optional<Value> value = ComparableValue(given, bound.type);
      if (!value.has_value()) {
        return std::nullopt;
      }
      if (!value->is_null()) {
        bound.constants.push_back(std::move(*value));
      }
    }
    // `x IN (1, NULL)` is true or unknown, never false: the same rows as without the NULL.
    bound.is_never_true = bound.constants.empty() && !conjunct.operands.empty();
    filter.predicates_.push_back(std::move(bound));
  }
  return filter;
}

bool BoundFilter::Matches(const types::RowView& row, CommitSeq seq) const {
  return std::ranges::all_of(predicates_, [&](const BoundPredicate& predicate) {
    return MatchesOne(predicate, row, seq);
  });
}

const BoundPredicate* BoundFilter::FindOn(size_t column, CompareOp op) const {
  for (const BoundPredicate& predicate : predicates_) {
    if (!predicate.system.has_value() && predicate.column == column && predicate.op == op) {
      return &predicate;
    }
  }
  return nullptr;
}

std::optional<std::vector<std::string>> BoundFilter::Keys(const types::Schema& schema) const {
  if (std::ranges::any_of(predicates_, &BoundPredicate::is_never_true)) {
    return std::vector<std::string>{};
  }
  std::vector<std::string> keys;
  if (schema.key.size() == 1) {
    const BoundPredicate* in = FindOn(schema.key[0], CompareOp::kIn);
    const BoundPredicate* equal = FindOn(schema.key[0], CompareOp::kEq);
    const BoundPredicate* fixed = equal != nullptr ? equal : in;
    if (fixed == nullptr) {
      return std::nullopt;
    }
    for (const Value& constant : fixed->constants) {
      std::string key;
      types::AppendKeyValue(constant, fixed->type.id, &key);
      keys.push_back(std::move(key));
    }
    std::ranges::sort(keys);
    const auto repeated = std::ranges::unique(keys);
    keys.erase(repeated.begin(), repeated.end());
    return keys;
  }
  std::string key;
  for (const uint32_t position : schema.key) {
    const BoundPredicate* equal = FindOn(position, CompareOp::kEq);
    if (equal == nullptr) {
      return std::nullopt;
    }
    types::AppendKeyValue(equal->constants[0], equal->type.id, &key);
  }
  keys.push_back(std::move(key));
  return keys;
}

table::ScanRange BoundFilter::Range(const types::Schema& schema) const {
  table::ScanRange range;
  range.is_including_deleted = names_deleted_;
  for (const BoundPredicate& predicate : predicates_) {
    Narrow(predicate, &range);
  }
  std::vector<Value> fixed;
  size_t next = 0;
  for (; next < schema.key.size(); ++next) {
    const BoundPredicate* equal = FindOn(schema.key[next], CompareOp::kEq);
    if (equal == nullptr || equal->constants.empty()) {
      break;
    }
    fixed.push_back(equal->constants[0]);
  }
  const auto bound_by = [&](CompareOp strict, CompareOp inclusive) -> std::optional<table::KeyBound> {
    if (next < schema.key.size()) {
      for (const CompareOp op : {strict, inclusive}) {
        const BoundPredicate* found = FindOn(schema.key[next], op);
        if (found != nullptr && !found->constants.empty()) {
          table::KeyBound bound{fixed, op == inclusive};
          bound.values.push_back(found->constants[0]);
          return bound;
        }
      }
    }
    return fixed.empty() ? std::nullopt
                         : std::optional<table::KeyBound>(table::KeyBound{fixed, true});
  };
  range.lower = bound_by(CompareOp::kGt, CompareOp::kGe);
  range.upper = bound_by(CompareOp::kLt, CompareOp::kLe);
  return range;
}

}  // namespace kalamdb::sql
