// SPDX-License-Identifier: Apache-2.0
// The part of SecurityWalk that looks at expressions.
#include <algorithm>
#include <charconv>

#include "duckdb/parser/expression/list.hpp"

#include "base/limits.h"
#include "sql/parser/allowed_functions.h"
#include "sql/parser/dialect.h"
#include "sql/parser/duck_node.h"
#include "sql/parser/duck_security_walk.h"

namespace kalamdb::sql {
namespace {

using Expression = SecurityWalk::Expression;

// Each level multiplies the bound tree by up to four.
constexpr uint32_t kRepeatingDepthMax = 4;
// catalog.namespace.table.column and fields of structs below it.
constexpr size_t kNamePartsMax = 16;

Status NoSuchFunction(std::string_view name) {
  return InvalidSql("function " + std::string(name) + " does not exist or is not available");
}

Expression Call(std::string_view name) {
  return duckdb::make_uniq<duckdb::FunctionExpression>(std::string(name),
                                                       duckdb::vector<Expression>());
}

Expression Cast(Expression child, const duckdb::LogicalType& type) {
  return duckdb::make_uniq<duckdb::CastExpression>(type, std::move(child));
}

// The call that stands for a function of the session; null for kItself and kRenamed.
Expression SessionCall(FunctionMeaning meaning) {
  switch (meaning) {
    case FunctionMeaning::kNow:
      return Call(kNowFunction);
    case FunctionMeaning::kToday:
      return Cast(Call(kNowFunction), duckdb::LogicalType::DATE);
    case FunctionMeaning::kTimeOfDay:
      return Cast(Call(kNowFunction), duckdb::LogicalType::TIME);
    case FunctionMeaning::kLocalTimestamp:
      return Cast(Call(kNowFunction), duckdb::LogicalType::TIMESTAMP);
    case FunctionMeaning::kCurrentUser:
      return Call(kCurrentUserFunction);
    case FunctionMeaning::kCurrentRole:
      return Call(kCurrentRoleFunction);
    default:
      return nullptr;
  }
}

// CURRENT_TIMESTAMP(3): a precision, which is accepted and not applied.
bool HasAtMostAPrecision(const duckdb::FunctionExpression& call) {
  if (call.filter != nullptr || (call.order_bys != nullptr && !call.order_bys->orders.empty())) {
    return false;
  }
  return call.children.empty() ||
         (call.children.size() == 1 &&
          call.children[0]->GetExpressionClass() == duckdb::ExpressionClass::CONSTANT);
}

// JSON pointer for the path of #> and #>>: '{a,b,0}' or ARRAY['a', 'b'].
std::optional<std::string> JsonPointer(const duckdb::ParsedExpression& path) {
  std::vector<std::string> steps;
  if (path.GetExpressionClass() == duckdb::ExpressionClass::CONSTANT) {
    const auto& value = path.Cast<duckdb::ConstantExpression>().value;
    if (value.IsNull() || value.type().id() != duckdb::LogicalTypeId::VARCHAR) {
      return std::nullopt;
    }
    const std::string text = duckdb::StringValue::Get(value);
    if (text.size() < 2 || text.front() != '{' || text.back() != '}') {
      return std::nullopt;
    }
    std::string step;
    for (size_t i = 1; i + 1 < text.size(); ++i) {
      if (text[i] == ',') {
        steps.push_back(std::exchange(step, {}));
      } else if (text[i] != '"') {
        step.push_back(text[i]);
      }
    }
    if (text.size() > 2) {
      steps.push_back(step);
    }
  } else if (path.GetExpressionClass() == duckdb::ExpressionClass::OPERATOR ||
             path.GetExpressionClass() == duckdb::ExpressionClass::FUNCTION) {
    const auto& children = path.GetExpressionClass() == duckdb::ExpressionClass::OPERATOR
                               ? path.Cast<duckdb::OperatorExpression>().children
                               : path.Cast<duckdb::FunctionExpression>().children;
    for (const auto& child : children) {
      if (child->GetExpressionClass() != duckdb::ExpressionClass::CONSTANT) {
        return std::nullopt;
      }
      steps.push_back(child->Cast<duckdb::ConstantExpression>().value.ToString());
    }
  } else {
    return std::nullopt;
  }
  std::string pointer;
  for (const std::string& step : steps) {
    pointer.push_back('/');
    for (const char c : step) {
      pointer += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    }
  }
  return pointer;
}

}  // namespace

Status SecurityWalk::ListItem(Expression& expression) {
  const bool is_call = expression->GetExpressionClass() == duckdb::ExpressionClass::FUNCTION;
  if (!is_call || expression->HasAlias()) {
    return Expr(expression);
  }
  // CURRENT_DATE, now() and `doc -> 'a'` keep the name under which they were written.
  const auto& call = expression->Cast<duckdb::FunctionExpression>();
  const std::string name = types::AsciiLower(call.function_name);
  const FunctionMeaning meaning = TranslateFunction(name).meaning;
  KALAMDB_RETURN_IF_ERROR(Expr(expression));
  if (meaning != FunctionMeaning::kItself && meaning != FunctionMeaning::kRenamed) {
    expression->SetAlias(name);
  } else if (name == "@->") {
    const auto& children = expression->Cast<duckdb::FunctionExpression>().children;
    expression->SetAlias("(" + children[0]->ToString() + " -> " + children[1]->ToString() + ")");
  }
  return {};
}

Status SecurityWalk::Expr(Expression& expression) {
  if (expression == nullptr) {
    return {};
  }
  if (++depth_ > kDepthMax) {
    return InvalidSql("the statement is nested too deeply");
  }
  Status status;
  switch (expression->GetExpressionClass()) {
    case duckdb::ExpressionClass::CONSTANT:
    case duckdb::ExpressionClass::LAMBDA_REF:
    case duckdb::ExpressionClass::POSITIONAL_REFERENCE:
      break;
    case duckdb::ExpressionClass::COLUMN_REF:
      status = ColumnRef(expression);
      break;
    case duckdb::ExpressionClass::PARAMETER:
      status = Parameter(expression->Cast<duckdb::ParameterExpression>().identifier);
      break;
    case duckdb::ExpressionClass::FUNCTION:
      status = Function(expression);
      break;
    case duckdb::ExpressionClass::WINDOW:
      status = Window(*expression);
      break;
    case duckdb::ExpressionClass::SUBQUERY: {
      auto& subquery = expression->Cast<duckdb::SubqueryExpression>();
      status = Expr(subquery.child);
      if (status.ok()) {
        status = Query(*subquery.subquery->node);
      }
      break;
    }
    case duckdb::ExpressionClass::CAST:
      status = Type(expression->Cast<duckdb::CastExpression>().cast_type);
      if (status.ok()) {
        status = Children(*expression);
      }
      break;
    case duckdb::ExpressionClass::DEFAULT:
      status = InvalidSql("DEFAULT is only allowed as a whole value of INSERT or UPDATE");
      break;
    case duckdb::ExpressionClass::BETWEEN:
    case duckdb::ExpressionClass::CASE:
    case duckdb::ExpressionClass::COLLATE:
    case duckdb::ExpressionClass::COMPARISON:
    case duckdb::ExpressionClass::CONJUNCTION:
    case duckdb::ExpressionClass::LAMBDA:
    case duckdb::ExpressionClass::OPERATOR:
    case duckdb::ExpressionClass::STAR:
      status = Children(*expression);
      break;
    default:
      status = InvalidSql("this kind of expression is not supported");
      break;
  }
  --depth_;
  return status;
}

Status SecurityWalk::Children(duckdb::ParsedExpression& expression) {
  const auto all = [this](auto& list) -> Status {
    for (auto& child : list) {
      KALAMDB_RETURN_IF_ERROR(Expr(child));
    }
    return {};
  };
  switch (expression.GetExpressionClass()) {
    case duckdb::ExpressionClass::BETWEEN: {
      auto& between = expression.Cast<duckdb::BetweenExpression>();
      KALAMDB_RETURN_IF_ERROR(Expr(between.input));
      KALAMDB_RETURN_IF_ERROR(Expr(between.lower));
      return Expr(between.upper);
    }
    case duckdb::ExpressionClass::CASE: {
      auto& choice = expression.Cast<duckdb::CaseExpression>();
      for (auto& check : choice.case_checks) {
        KALAMDB_RETURN_IF_ERROR(Expr(check.when_expr));
        KALAMDB_RETURN_IF_ERROR(Expr(check.then_expr));
      }
      return Expr(choice.else_expr);
    }
    case duckdb::ExpressionClass::CAST:
      return Expr(expression.Cast<duckdb::CastExpression>().child);
    case duckdb::ExpressionClass::COLLATE:
      return Expr(expression.Cast<duckdb::CollateExpression>().child);
    case duckdb::ExpressionClass::COMPARISON: {
      auto& comparison = expression.Cast<duckdb::ComparisonExpression>();
      KALAMDB_RETURN_IF_ERROR(Expr(comparison.left));
      return Expr(comparison.right);
    }
    case duckdb::ExpressionClass::CONJUNCTION:
      return all(expression.Cast<duckdb::ConjunctionExpression>().children);
    case duckdb::ExpressionClass::LAMBDA: {
      auto& lambda = expression.Cast<duckdb::LambdaExpression>();
      KALAMDB_RETURN_IF_ERROR(Expr(lambda.lhs));
      KALAMDB_RETURN_IF_ERROR(Expr(lambda.copied_expr));
      return Expr(lambda.expr);
    }
    case duckdb::ExpressionClass::OPERATOR:
      return all(expression.Cast<duckdb::OperatorExpression>().children);
    case duckdb::ExpressionClass::STAR: {
      auto& star = expression.Cast<duckdb::StarExpression>();
      for (auto& replacement : star.replace_list) {
        KALAMDB_RETURN_IF_ERROR(Expr(replacement.second));
      }
      return Expr(star.expr);
    }
    case duckdb::ExpressionClass::FUNCTION: {
      auto& call = expression.Cast<duckdb::FunctionExpression>();
      KALAMDB_RETURN_IF_ERROR(all(call.children));
      KALAMDB_RETURN_IF_ERROR(Expr(call.filter));
      if (call.order_bys != nullptr) {
        for (auto& order : call.order_bys->orders) {
          KALAMDB_RETURN_IF_ERROR(Expr(order.expression));
        }
      }
      return {};
    }
    default:
      return InvalidSql("this kind of expression is not supported");
  }
}

Status SecurityWalk::Function(Expression& expression) {
  auto& call = expression->Cast<duckdb::FunctionExpression>();
  const std::string name = types::AsciiLower(call.function_name);
  // The engine's grammar writes main.list_value() for [1, 2] and the like.
  if (call.catalog.empty() && (types::EqualsIgnoreCase(call.schema, "main") ||
                               types::EqualsIgnoreCase(call.schema, "pg_catalog"))) {
    call.schema.clear();
  }
  if (!call.catalog.empty() || !call.schema.empty() || call.export_state) {
    return NoSuchFunction(call.schema.empty() ? name : call.schema + "." + name);
  }
  const FunctionTranslation translation = TranslateFunction(name);
  if (translation.meaning == FunctionMeaning::kRenamed) {
    call.function_name = std::string(translation.engine_name);
    return Children(call);
  }
  if (translation.meaning != FunctionMeaning::kItself) {
    if (!HasAtMostAPrecision(call)) {
      return InvalidSql("function " + name + " takes no arguments");
    }
    Expression replacement = SessionCall(translation.meaning);
    replacement->SetAlias(call.GetAlias());
    replacement->SetQueryLocation(call.GetQueryLocation());
    expression = std::move(replacement);
    return {};
  }
  if (name.size() >= 2 && name[0] == '@' && call.is_operator) {
    KALAMDB_RETURN_IF_ERROR(Children(call));
    return JsonOperator(expression);
  }
  if (!IsAllowedFunction(name)) {
    return NoSuchFunction(name);
  }
  const bool repeats = RepeatsItsArguments(name);
  repeating_depth_ += repeats ? 1 : 0;
  if (repeating_depth_ > kRepeatingDepthMax) {
    return InvalidSql("calls of function " + name + " are nested too deeply");
  }
  Status status = Children(call);
  repeating_depth_ -= repeats ? 1 : 0;
  return status;
}

// The operators that the dialect puts in place of JSON's (kJsonOperators), children already walked.
Status SecurityWalk::JsonOperator(Expression& expression) {
  auto& call = expression->Cast<duckdb::FunctionExpression>();
  if (call.children.size() != 2) {
    return InvalidSql("an operator lacks an operand");
  }
  if (call.function_name == "@->") {
    // Not the engine's own arrow, which it may take for a lambda.
    call.function_name = "json_extract";
    call.is_operator = false;
    return {};
  }
  if (call.function_name == "@->>") {
    call.function_name = "->>";
    return {};
  }
  if (call.function_name == "@~>") {
    return JsonPath(expression, "json_extract");
  }
  if (call.function_name == "@~>>") {
    return JsonPath(expression, "json_extract_string");
  }
  if (call.function_name == "@~") {
    call.function_name = "json_exists";
    call.is_operator = false;
    return {};
  }
  if (IsAllowedFunction(call.function_name)) {  // @> and the like.
    return {};
  }
  for (const auto& op : kJsonOperators) {
    if (op.engine_name == call.function_name) {
      return InvalidSql("operator " + std::string(op.written) + " is not supported");
    }
  }
  return InvalidSql("operator " + call.function_name + " does not exist");
}

Status SecurityWalk::JsonPath(Expression& expression, const char* function) {
  auto& call = expression->Cast<duckdb::FunctionExpression>();
  auto pointer = JsonPointer(*call.children[1]);
  if (!pointer.has_value()) {
    return InvalidSql("the path after #> and #>> must be a constant such as '{a,b}'");
  }
  call.function_name = function;
  call.is_operator = false;
  call.children[1] =
      duckdb::make_uniq<duckdb::ConstantExpression>(duckdb::Value(std::move(*pointer)));
  return {};
}

Status SecurityWalk::Window(duckdb::ParsedExpression& expression) {
  auto& window = expression.Cast<duckdb::WindowExpression>();
  const std::string name = types::AsciiLower(window.function_name);
  const FunctionTranslation translation = TranslateFunction(name);
  if (translation.meaning == FunctionMeaning::kRenamed) {
    window.function_name = std::string(translation.engine_name);
  } else if (!IsAllowedFunction(name)) {
    return NoSuchFunction(name);
  }
  if (!window.catalog.empty() || !window.schema.empty()) {
    return NoSuchFunction(window.schema + "." + name);
  }
  for (auto* list : {&window.children, &window.partitions}) {
    for (auto& child : *list) {
      KALAMDB_RETURN_IF_ERROR(Expr(child));
    }
  }
  for (auto* orders : {&window.orders, &window.arg_orders}) {
    for (auto& order : *orders) {
      KALAMDB_RETURN_IF_ERROR(Expr(order.expression));
    }
  }
  for (auto* child : {&window.filter_expr, &window.start_expr, &window.end_expr,
                      &window.offset_expr, &window.default_expr}) {
    KALAMDB_RETURN_IF_ERROR(Expr(*child));
  }
  return {};
}

// `user` without any FROM around it can only be the function. Names of our catalog and of a
// namespace in front of a table's column are dropped.
Status SecurityWalk::ColumnRef(Expression& expression) {
  auto& column = expression->Cast<duckdb::ColumnRefExpression>();
  auto& names = column.column_names;
  if (names.size() == 1 && from_depth_ == 0 && types::EqualsIgnoreCase(names[0], "user")) {
    Expression call = Call(kCurrentUserFunction);
    call->SetAlias(column.HasAlias() ? column.GetAlias() : "user");
    expression = std::move(call);
    return {};
  }
  if (names.size() > kNamePartsMax) {
    return InvalidSql("a column name has at most " + std::to_string(kNamePartsMax) + " parts");
  }
  if (names.size() > 3 && types::EqualsIgnoreCase(names[0], kDuckCatalog)) {
    names.erase(names.begin());
  }
  if (names.size() > 2) {
    const bool is_namespace =
        std::any_of(named_.begin(), named_.end(), [&](const TableName& table) {
          return types::EqualsIgnoreCase(table.namespace_id, names[0]) &&
                 types::EqualsIgnoreCase(table.name, names[1]);
        });
    if (is_namespace) {
      names.erase(names.begin());
    }
  }
  return {};
}

Status SecurityWalk::Type(duckdb::LogicalType& type) {
  const Status unknown =
      type.id() != duckdb::LogicalTypeId::USER
          ? Status()
          : InvalidSql("type " + duckdb::UserType::GetTypeName(type) + " does not exist");
  switch (type.id()) {
    case duckdb::LogicalTypeId::USER: {
      if (!duckdb::UserType::GetCatalog(type).empty() ||
          !duckdb::UserType::GetSchema(type).empty()) {
        return unknown;
      }
      const std::string name = types::AsciiLower(duckdb::UserType::GetTypeName(type));
      const auto modifiers = duckdb::UserType::GetTypeModifiers(type);
      if (name == "json" || name == "jsonb" || name == "file") {
        type = duckdb::LogicalType::JSON();
        return {};
      }
      if (name == "bytes") {
        type = duckdb::LogicalType::BLOB;
        return {};
      }
      if (name == "embedding" && modifiers.size() == 1) {
        const auto size = modifiers[0].GetValue<int64_t>();
        if (size < 1 || size > limits::kEmbeddingMax) {
          return InvalidSql("EMBEDDING has 1 to " + std::to_string(limits::kEmbeddingMax) +
                            " elements");
        }
        type = duckdb::LogicalType::ARRAY(duckdb::LogicalType::FLOAT,
                                          static_cast<duckdb::idx_t>(size));
        return {};
      }
      return unknown;
    }
    case duckdb::LogicalTypeId::LIST: {
      auto child = duckdb::ListType::GetChildType(type);
      KALAMDB_RETURN_IF_ERROR(Type(child));
      type = duckdb::LogicalType::LIST(child);
      return {};
    }
    case duckdb::LogicalTypeId::ARRAY: {
      auto child = duckdb::ArrayType::GetChildType(type);
      const auto size = duckdb::ArrayType::GetSize(type);
      KALAMDB_RETURN_IF_ERROR(Type(child));
      type = duckdb::LogicalType::ARRAY(child, size);
      return {};
    }
    case duckdb::LogicalTypeId::STRUCT: {
      auto children = duckdb::StructType::GetChildTypes(type);
      for (auto& child : children) {
        KALAMDB_RETURN_IF_ERROR(Type(child.second));
      }
      type = duckdb::LogicalType::STRUCT(std::move(children));
      return {};
    }
    case duckdb::LogicalTypeId::MAP: {
      auto key = duckdb::MapType::KeyType(type);
      auto value = duckdb::MapType::ValueType(type);
      KALAMDB_RETURN_IF_ERROR(Type(key));
      KALAMDB_RETURN_IF_ERROR(Type(value));
      type = duckdb::LogicalType::MAP(key, value);
      return {};
    }
    case duckdb::LogicalTypeId::UNION:
      return InvalidSql("UNION types are not supported");
    default:
      return {};
  }
}

Status SecurityWalk::Parameter(const std::string& identifier) {
  uint32_t number = 0;
  const auto [end, error] =
      std::from_chars(identifier.data(), identifier.data() + identifier.size(), number);
  if (error != std::errc() || end != identifier.data() + identifier.size() || number == 0) {
    return InvalidSql("parameter $" + identifier + ": parameters are written $1, $2, ...");
  }
  if (number > limits::kParametersMax) {
    return InvalidSql("parameter $" + identifier + ": at most " +
                      std::to_string(limits::kParametersMax) + " parameters are allowed");
  }
  parameter_count_ = std::max(parameter_count_, number);
  return {};
}

}  // namespace kalamdb::sql
