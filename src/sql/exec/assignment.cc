// SPDX-License-Identifier: Apache-2.0
#include "sql/exec/assignment.h"

#include <algorithm>

#include "base/limits.h"
#include "sql/exec/operand.h"
#include "sql/parser/parser.h"
#include "types/coerce.h"
#include "types/key_codec.h"

namespace kalamdb::sql {

namespace {

using types::DefaultKind;
using types::TypeId;
using types::Value;

StatusOr<types::Parameter> EvaluateDefault(const types::Column& column, const SessionPtr& session,
                                           const DmlTools& tools) {
  KALAMDB_ASSIGN_OR_RETURN(const DuckNodePtr node,
                           ParseExpression(column.default_value.expression));
  const auto scope = std::make_shared<StatementScope>(tools.names, session, table::ReadView{});
  KALAMDB_ASSIGN_OR_RETURN(std::vector<types::Parameter> values,
                           tools.duck.Evaluate(std::span(&node, 1), {scope, {}, session->cancel}));
  return std::move(values.at(0));
}

Status CheckAssignable(const types::Schema& schema, std::string_view name, size_t* position) {
  if (types::FindSystemColumn(name).has_value()) {
    return InvalidOperation("system column \"" + std::string(name) + "\" cannot be set");
  }
  const auto found = schema.Find(name);
  if (!found.has_value()) {
    return UnknownColumn(schema, name);
  }
  if (schema.IsKey(*found)) {
    return InvalidOperation("primary key column \"" + schema.columns[*found].name +
                            "\" cannot be changed; delete the row and insert a new one");
  }
  *position = *found;
  return {};
}

}  // namespace

StatusOr<Value> DefaultValue(const catalog::TableDef& table, const types::Column& column,
                             const SessionPtr& session, const DmlTools& tools,
                             table::WriteSet* writes) {
  const auto text = [&](std::string value) {
    return types::CoerceToColumn(Value(std::move(value)), types::TypeOf(TypeId::kText), column);
  };
  switch (column.default_value.kind) {
    case DefaultKind::kNone: return Value::Null();
    case DefaultKind::kLiteral: return column.default_value.literal;
    case DefaultKind::kNow:
      return types::CoerceToColumn(Value(session->statement_micros),
                                   types::TypeOf(TypeId::kDateTime), column);
    case DefaultKind::kSnowflakeId:
      return types::CoerceToColumn(Value(tools.values.SnowflakeId()),
                                   types::TypeOf(TypeId::kBigInt), column);
    case DefaultKind::kUuidV7: return text(tools.values.UuidV7());
    case DefaultKind::kUlid: return text(tools.values.Ulid());
    case DefaultKind::kCurrentUser: return text(session->user.value);
    case DefaultKind::kSerial: {
      KALAMDB_ASSIGN_OR_RETURN(const int64_t number, tools.values.Serial(table, column.type.id));
      writes->UseSerial(table.id, number);
      return Value(number);
    }
    case DefaultKind::kExpression: {
      KALAMDB_ASSIGN_OR_RETURN(types::Parameter value, EvaluateDefault(column, session, tools));
      return types::CoerceToColumn(std::move(value.value), value.type, column);
    }
  }
  return Error(Internal("unknown default kind of column " + column.name));
}

StatusOr<Assignments> Assignments::Bind(const catalog::TableDef& table,
                                        const std::vector<Assignment>& list,
                                        const Session& session) {
  const types::Schema& schema = table.schema();
  Assignments result;
  for (const Assignment& assignment : list) {
    BoundAssignment bound;
    KALAMDB_RETURN_IF_ERROR(CheckAssignable(schema, assignment.column, &bound.column));
    const types::Column& column = schema.columns[bound.column];
    if (std::ranges::any_of(result.list_, [&](const BoundAssignment& other) {
          return other.column == bound.column;
        })) {
      return Error(InvalidSql("column \"" + column.name + "\" is set twice"));
    }
    if (const auto* operand = std::get_if<Operand>(&assignment.value)) {
      KALAMDB_ASSIGN_OR_RETURN(types::Parameter value, OperandValue(*operand, session.parameters));
      KALAMDB_ASSIGN_OR_RETURN(
          bound.constant, types::CoerceToColumn(std::move(value.value), value.type, column));
    } else if (const auto* excluded = std::get_if<ExcludedColumn>(&assignment.value)) {
      const auto position = schema.Find(excluded->column);
      if (!position.has_value()) {
        return Error(UnknownColumn(schema, excluded->column));
      }
      bound.source = BoundAssignment::Source::kExcluded;
      bound.excluded_column = *position;
    } else if (const auto* node = std::get_if<DuckNodePtr>(&assignment.value)) {
      bound.source = BoundAssignment::Source::kExpression;
      bound.expression = *node;
      result.needs_engine_ = true;
    } else {
      bound.source = BoundAssignment::Source::kDefault;
      result.needs_engine_ |= column.default_value.kind == DefaultKind::kExpression;
    }
    result.list_.push_back(std::move(bound));
  }
  return result;
}

std::vector<DuckNodePtr> Assignments::Expressions() const {
  std::vector<DuckNodePtr> expressions;
  for (const BoundAssignment& assignment : list_) {
    if (assignment.source == BoundAssignment::Source::kExpression) {
      expressions.push_back(assignment.expression);
    }
  }
  return expressions;
}

StatusOr<types::Row> Assignments::Apply(const catalog::TableDef& table, types::Row row,
                                        const types::Row* excluded,
                                        std::span<const types::Parameter> expression_values,
                                        const SessionPtr& session, const DmlTools& tools,
                                        table::WriteSet* writes) const {
  const types::Schema& schema = table.schema();
  size_t next_expression = 0;
  for (const BoundAssignment& assignment : list_) {
    const types::Column& column = schema.columns[assignment.column];
    Value& target = row[assignment.column];
    switch (assignment.source) {
      case BoundAssignment::Source::kConstant: target = assignment.constant; break;
      case BoundAssignment::Source::kDefault: {
        KALAMDB_ASSIGN_OR_RETURN(target, DefaultValue(table, column, session, tools, writes));
        break;
      }
      case BoundAssignment::Source::kExcluded: {
        const types::DataType& from = schema.columns[assignment.excluded_column].type;
        KALAMDB_ASSIGN_OR_RETURN(
            target,
            types::CoerceToColumn((*excluded)[assignment.excluded_column], from, column));
        break;
      }
      case BoundAssignment::Source::kExpression: {
        const types::Parameter& value = expression_values[next_expression++];
        KALAMDB_ASSIGN_OR_RETURN(target, types::CoerceToColumn(value.value, value.type, column));
        break;
      }
    }
  }
  KALAMDB_RETURN_IF_ERROR(types::CheckNotNull(schema, row));
  return row;
}

StatusOr<std::string> EncodeForStore(const types::Schema& schema, const types::Row& row) {
  std::string bytes;
  types::EncodeRow(schema, row, /*is_deleted=*/false, &bytes);
  if (bytes.size() > limits::kRowBytesMax) {
    return Error(ResourceExhausted("a row of " + std::to_string(bytes.size()) +
                                   " bytes is larger than " +
                                   std::to_string(limits::kRowBytesMax)));
  }
  return bytes;
}

StatusOr<std::string> EncodeKey(const types::Schema& schema, const types::Row& row) {
  std::string key;
  types::AppendPrimaryKey(schema, row, &key);
  if (key.size() > limits::kKeyBytesMax) {
    return Error(ConstraintViolation("a primary key of " + std::to_string(key.size()) +
                                     " bytes is longer than " +
                                     std::to_string(limits::kKeyBytesMax)));
  }
  return key;
}

}  // namespace kalamdb::sql
