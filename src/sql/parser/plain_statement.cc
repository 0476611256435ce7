// SPDX-License-Identifier: Apache-2.0
#include "sql/parser/plain_statement.h"

#include <algorithm>
#include <utility>

#include "sql/parser/plain_operand.h"

namespace kalamdb::sql {
namespace {

using types::EqualsIgnoreCase;

class PlainReader {
 public:
  explicit PlainReader(const TokenRange& range) : cursor_(range), range_(range) {}

  std::optional<Statement> Read() {
    bool is_read = false;
    switch (cursor_.Peek().keyword) {
      case Keyword::kSelect:
        cursor_.Skip();
        is_read = Select();
        break;
      case Keyword::kUpdate:
        cursor_.Skip();
        is_read = Update();
        break;
      case Keyword::kDelete:
        cursor_.Skip();
        is_read = Delete();
        break;
      default:
        break;
    }
    if (!is_read || !cursor_.AtEnd() || operands_.is_mixed()) {
      return std::nullopt;
    }
    statement_.text = std::string(range_.Text());
    statement_.parameter_count = operands_.parameter_count();
    AttachTrees();
    return std::move(statement_);
  }

 private:
  // A column as it is written: its qualifier is checked when the table is known.
  struct Column {
    std::string qualifier;
    std::string name;
  };

  bool Select() {
    SelectStatement select;
    DirectSelect direct;
    std::vector<std::string> qualifiers;
    do {
      if (cursor_.Peek().IsOperator('*')) {
        cursor_.Skip();
        direct.items.push_back({.is_star = true, .column = {}, .output_name = {}});
        continue;
      }
      auto column = ReadColumn();
      if (!column.has_value()) {
        return false;
      }
      std::string output = column->name;
      if (cursor_.Accept(Keyword::kAs) && !ReadName(&output)) {
        return false;
      }
      qualifiers.push_back(std::move(column->qualifier));
      direct.items.push_back(
          {.is_star = false, .column = std::move(column->name), .output_name = std::move(output)});
    } while (cursor_.AcceptSymbol(','));
    if (!cursor_.Accept(Keyword::kFrom) || !Table()) {
      return false;
    }
    direct.table = table_;
    if (!std::all_of(qualifiers.begin(), qualifiers.end(),
                     [&](const std::string& qualifier) { return IsOwn(qualifier); }) ||
        !Where(&direct.where) || !Order(&direct) || !Count(Keyword::kLimit, &direct.limit) ||
        !Count(Keyword::kOffset, &direct.offset)) {
      return false;
    }
    select.tables.push_back(table_);
    select.direct = std::move(direct);
    statement_.body = std::move(select);
    return true;
  }

  bool Update() {
    UpdateStatement update;
    if (!Table() || !cursor_.Accept(Keyword::kSet)) {
      return false;
    }
    do {
      Assignment assignment;
      if (!ReadName(&assignment.column) || !cursor_.Peek().IsOperator('=')) {
        return false;
      }
      cursor_.Skip();
      if (cursor_.Accept(Keyword::kDefault)) {
        assignment.value = DefaultMarker{};
      } else {
        auto operand = operands_.Read(cursor_);
        if (!operand.has_value()) {
          return false;
        }
        assignment.value = std::move(*operand);
      }
      update.assignments.push_back(std::move(assignment));
    } while (cursor_.AcceptSymbol(','));
    std::vector<Predicate> where;
    if (!cursor_.At(Keyword::kWhere) || !Where(&where)) {
      return false;
    }
    update.where = sql::Where{.node = nullptr, .conjuncts = std::move(where)};
    update.table = table_;
    update.alias = alias_;
    statement_.body = std::move(update);
    return true;
  }

  bool Delete() {
    DeleteStatement removal;
    std::vector<Predicate> where;
    if (!cursor_.Accept(Keyword::kFrom) || !Table() || !cursor_.At(Keyword::kWhere) ||
        !Where(&where)) {
      return false;
    }
    removal.where = sql::Where{.node = nullptr, .conjuncts = std::move(where)};
    removal.table = table_;
    removal.alias = alias_;
    statement_.body = std::move(removal);
    return true;
  }

  // [namespace.]table [[AS] alias]
  bool Table() {
    if (cursor_.At(Keyword::kGlob) || cursor_.At(Keyword::kQualify)) {
      return false;  // The engine's parser takes them for its own here.
    }
    auto table = cursor_.Table();
    if (!table.has_value()) {
      return false;
    }
    table_ = std::move(*table);
    if (cursor_.Accept(Keyword::kAs)) {
      return ReadName(&alias_);
    }
    const Token& next = cursor_.Peek();
    if (next.kind == TokenKind::kWord && next.keyword == Keyword::kNotKeyword) {
      return ReadName(&alias_);
    }
    return true;
  }

  bool ReadName(std::string* name) {
    auto read = cursor_.Name("a name");
    if (!read.has_value()) {
      return false;
    }
    *name = std::move(*read);
    return true;
  }

  std::optional<Column> ReadColumn() {
    Column column;
    if (!ReadName(&column.name)) {
      return std::nullopt;
    }
    if (cursor_.AcceptSymbol('.')) {
      column.qualifier = std::move(column.name);
      if (!ReadName(&column.name)) {
        return std::nullopt;
      }
    }
    return column;
  }

  bool IsOwn(const std::string& qualifier) const {
    return qualifier.empty() || EqualsIgnoreCase(qualifier, alias_.empty() ? table_.name : alias_);
  }

  bool ReadOwnColumn(std::string* name) {
    auto column = ReadColumn();
    if (!column.has_value() || !IsOwn(column->qualifier)) {
      return false;
    }
    *name = std::move(column->name);
    return true;
  }

  // [WHERE predicate [AND ...]]
  bool Where(std::vector<Predicate>* out) {
    if (!cursor_.Accept(Keyword::kWhere)) {
      return true;
    }
    do {
      if (!ReadPredicate(out)) {
        return false;
      }
    } while (cursor_.Accept(Keyword::kAnd));
    return true;
  }

  bool ReadPredicate(std::vector<Predicate>* out) {
    Predicate predicate;
    if (!ReadOwnColumn(&predicate.column)) {
      return false;
    }
    if (cursor_.Accept(Keyword::kIs)) {
      const bool is_not = cursor_.Accept(Keyword::kNot);
      predicate.op = is_not ? CompareOp::kIsNotNull : CompareOp::kIsNull;
      out->push_back(std::move(predicate));
      return cursor_.Accept(Keyword::kNull);
    }
    if (cursor_.Accept(Keyword::kIn)) {
      predicate.op = CompareOp::kIn;
      return ReadList(&predicate) && (out->push_back(std::move(predicate)), true);
    }
    if (cursor_.Accept(Keyword::kBetween)) {
      Predicate upper{.column = predicate.column, .op = CompareOp::kLe, .operands = {}};
      predicate.op = CompareOp::kGe;
      if (!ReadOperand(&predicate) || !cursor_.Accept(Keyword::kAnd) || !ReadOperand(&upper)) {
        return false;
      }
      out->push_back(std::move(predicate));
      out->push_back(std::move(upper));
      return true;
    }
    const auto op = ReadCompareOp();
    if (!op.has_value()) {
      return false;
    }
    predicate.op = *op;
    return ReadOperand(&predicate) && (out->push_back(std::move(predicate)), true);
  }

  std::optional<CompareOp> ReadCompareOp() {
    const Token& token = cursor_.Peek();
    if (token.kind != TokenKind::kOperator) {
      return std::nullopt;
    }
    const std::string_view text = cursor_.Text(token);
    cursor_.Skip();
    if (text == "=") {
      return CompareOp::kEq;
    }
    if (text == "<>" || text == "!=") {
      return CompareOp::kNe;
    }
    if (text == "<") {
      return CompareOp::kLt;
    }
    if (text == "<=") {
      return CompareOp::kLe;
    }
    if (text == ">") {
      return CompareOp::kGt;
    }
    return text == ">=" ? std::optional(CompareOp::kGe) : std::nullopt;
  }

  // A comparison with a literal NULL is left to the engine.
  bool ReadOperand(Predicate* predicate) {
    auto operand = operands_.Read(cursor_);
    if (!operand.has_value() ||
        (!operand->parameter.has_value() && operand->literal.value.is_null())) {
      return false;
    }
    predicate->operands.push_back(std::move(*operand));
    return true;
  }

  bool ReadList(Predicate* predicate) {
    if (!cursor_.AcceptSymbol('(')) {
      return false;
    }
    do {
      if (!ReadOperand(predicate)) {
        return false;
      }
    } while (cursor_.AcceptSymbol(','));
    return cursor_.AcceptSymbol(')');
  }

  // [ORDER BY column [ASC | DESC], ...]: an output name hides a column, unless it is qualified.
  bool Order(DirectSelect* direct) {
    if (!cursor_.Accept(Keyword::kOrder)) {
      return true;
    }
    if (!cursor_.Accept(Keyword::kBy)) {
      return false;
    }
    do {
      if (cursor_.At(Keyword::kUser)) {
        return false;  // The session's user, not a column.
      }
      auto column = ReadColumn();
      if (!column.has_value() || !IsOwn(column->qualifier)) {
        return false;
      }
      OrderItem item{.column = std::move(column->name), .is_descending = false};
      for (const SelectItem& output : direct->items) {
        if (column->qualifier.empty() && !output.is_star &&
            EqualsIgnoreCase(output.output_name, item.column) &&
            !EqualsIgnoreCase(output.column, item.column)) {
          return false;  // An alias: left to the engine's parser.
        }
      }
      item.is_descending = cursor_.Accept(Keyword::kDesc);
      if (!item.is_descending) {
        cursor_.Accept(Keyword::kAsc);
      }
      direct->order.push_back(std::move(item));
    } while (cursor_.AcceptSymbol(','));
    return true;
  }

  // [LIMIT n] or [OFFSET n].
  bool Count(Keyword keyword, std::optional<Operand>* out) {
    if (!cursor_.Accept(keyword)) {
      return true;
    }
    auto operand = operands_.Read(cursor_);
    if (!operand.has_value() ||
        (!operand->parameter.has_value() &&
         (!operand->literal.value.is_int() || operand->literal.value.AsInt() < 0))) {
      return false;
    }
    *out = std::move(operand);
    return true;
  }

  void AttachTrees() {
    if (auto* select = std::get_if<SelectStatement>(&statement_.body)) {
      select->node = DeferQuery(statement_.text);
    } else if (auto* update = std::get_if<UpdateStatement>(&statement_.body)) {
      update->where->node = DeferWhere(statement_.text);
    } else if (auto* removal = std::get_if<DeleteStatement>(&statement_.body)) {
      removal->where->node = DeferWhere(statement_.text);
    }
  }

  TokenCursor cursor_;
  const TokenRange& range_;
  PlainOperandReader operands_;
  TableName table_;
  std::string alias_;
  Statement statement_;
};

}  // namespace

std::optional<Statement> ParsePlainStatement(const TokenRange& range) {
  return PlainReader(range).Read();
}

}  // namespace kalamdb::sql
