// SPDX-License-Identifier: Apache-2.0
#include "sql/parser/insert_values.h"

#include <utility>

#include "sql/parser/plain_operand.h"

namespace kalamdb::sql {
namespace {

class InsertReader {
 public:
  explicit InsertReader(const TokenRange& range) : cursor_(range) {}

  std::optional<Statement> Read() {
    InsertStatement insert;
    if (!ReadHead(&insert)) {
      return std::nullopt;
    }
    do {
      std::vector<Cell> row;
      row.reserve(insert.rows.empty() ? 8 : insert.rows[0].size());
      if (!ReadRow(&row) || (!insert.rows.empty() && row.size() != insert.rows[0].size())) {
        return std::nullopt;
      }
      insert.rows.push_back(std::move(row));
    } while (cursor_.AcceptSymbol(','));
    if (!cursor_.AtEnd() || operands_.is_mixed()) {
      return std::nullopt;
    }
    Statement statement;
    statement.parameter_count = operands_.parameter_count();
    statement.body = std::move(insert);
    return statement;
  }

 private:
  bool ReadHead(InsertStatement* insert) {
    if (!cursor_.Accept(Keyword::kInsert) || !cursor_.Accept(Keyword::kInto)) {
      return false;
    }
    auto table = cursor_.Table();
    if (!table.has_value()) {
      return false;
    }
    insert->table = std::move(*table);
    if (cursor_.AcceptSymbol('(')) {
      do {
        auto column = cursor_.Name("a column name");
        if (!column.has_value()) {
          return false;
        }
        insert->columns.push_back(std::move(*column));
      } while (cursor_.AcceptSymbol(','));
      if (!cursor_.AcceptSymbol(')')) {
        return false;
      }
    }
    return cursor_.Accept(Keyword::kValues);
  }

  bool ReadRow(std::vector<Cell>* row) {
    if (!cursor_.AcceptSymbol('(')) {
      return false;
    }
    do {
      if (cursor_.Accept(Keyword::kDefault)) {
        row->emplace_back(DefaultMarker{});
        continue;
      }
      auto operand = operands_.Read(cursor_);
      if (!operand.has_value()) {
        return false;
      }
      row->emplace_back(std::move(*operand));
    } while (cursor_.AcceptSymbol(','));
    return cursor_.AcceptSymbol(')');
  }

  TokenCursor cursor_;
  PlainOperandReader operands_;
};

}  // namespace

std::optional<Statement> ParseInsertValues(const TokenRange& range) {
  auto statement = InsertReader(range).Read();
  if (statement.has_value()) {
    statement->text = std::string(range.Text());
  }
  return statement;
}

}  // namespace kalamdb::sql
