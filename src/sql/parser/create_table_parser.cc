// SPDX-License-Identifier: Apache-2.0
// CREATE [USER | SHARED | STREAM] TABLE: columns, constraints and defaults.
#include <algorithm>
#include <string>
#include <utility>

#include "base/limits.h"
#include "sql/parser/column_parser.h"
#include "sql/parser/own_parser.h"

namespace kalamdb::sql {
namespace {

std::string_view KindName(TableKind kind) {
  switch (kind) {
    case TableKind::kUser:
      return "USER";
    case TableKind::kShared:
      return "SHARED";
    case TableKind::kStream:
      return "STREAM";
  }
  return "";
}

class TableReader {
 public:
  TableReader(TokenCursor& cursor, CreateTable* create) : cursor_(cursor), create_(*create) {}

  // ( column, ..., constraint, ... )
  Status Read() {
    KALAMDB_RETURN_IF_ERROR(cursor_.ExpectSymbol('('));
    do {
      KALAMDB_RETURN_IF_ERROR(AtTableConstraint() ? Constraint() : Column());
    } while (cursor_.AcceptSymbol(','));
    KALAMDB_RETURN_IF_ERROR(cursor_.ExpectSymbol(')'));
    if (columns().empty()) {
      return InvalidSql("CREATE TABLE needs at least one column");
    }
    return ResolveKey();
  }

 private:
  std::vector<types::Column>& columns() { return create_.schema.columns; }

  bool AtTableConstraint() const {
    switch (cursor_.Peek().keyword) {
      case Keyword::kPrimary:
      case Keyword::kUnique:
      case Keyword::kCheck:
      case Keyword::kForeign:
      case Keyword::kConstraint:
        return true;
      default:
        return false;
    }
  }

  Status Constraint() {
    if (cursor_.Accept(Keyword::kConstraint)) {
      KALAMDB_RETURN_IF_ERROR(Discard(cursor_.Name("the name of the constraint")));
    }
    switch (cursor_.Peek().keyword) {
      case Keyword::kPrimary:
        return PrimaryKey();
      case Keyword::kUnique:
        return RefuseConstraint("UNIQUE");
      case Keyword::kCheck:
        return RefuseConstraint("CHECK");
      case Keyword::kForeign:
        return RefuseConstraint("FOREIGN KEY");
      default:
        return cursor_.Unexpected("PRIMARY KEY");
    }
  }

  static Status Discard(const StatusOr<std::string>& result) {
    return result.has_value() ? Status() : result.error();
  }

  // PRIMARY KEY (a, b): the columns may be declared later.
  Status PrimaryKey() {
    cursor_.Skip();
    KALAMDB_RETURN_IF_ERROR(cursor_.Expect(Keyword::kKey));
    if (has_key_) {
      return InvalidSql("the table has more than one PRIMARY KEY");
    }
    has_key_ = true;
    KALAMDB_RETURN_IF_ERROR(cursor_.ExpectSymbol('('));
    do {
      KALAMDB_ASSIGN_OR_RETURN(std::string name, cursor_.Name("the name of a column"));
      key_names_.push_back(std::move(name));
    } while (cursor_.AcceptSymbol(','));
    return cursor_.ExpectSymbol(')');
  }

  Status Column() {
    if (columns().size() >= limits::kColumnsMax) {
      return InvalidSql("a table has at most " + std::to_string(limits::kColumnsMax) + " columns");
    }
    KALAMDB_ASSIGN_OR_RETURN(ColumnDefinition definition, ParseColumn(cursor_));
    types::Column& column = definition.column;
    if (create_.schema.Find(column.name).has_value()) {
      return InvalidSql("column `" + column.name + "` is declared twice");
    }
    column.id = static_cast<uint32_t>(columns().size()) + 1;
    if (definition.is_key) {
      if (has_key_) {
        return InvalidSql(
            "the table has more than one PRIMARY KEY; use PRIMARY KEY (a, b) for a key "
            "of several columns");
      }
      has_key_ = true;
      key_names_.push_back(column.name);
    }
    columns().push_back(std::move(column));
    return {};
  }

  Status ResolveKey() {
    for (const std::string& name : key_names_) {
      const auto position = create_.schema.Find(name);
      if (!position.has_value()) {
        return InvalidSql("PRIMARY KEY names column `" + name + "`, which is not declared");
      }
      if (create_.schema.IsKey(*position)) {
        return InvalidSql("PRIMARY KEY names column `" + name + "` twice");
      }
      create_.schema.key.push_back(static_cast<uint32_t>(*position));
      columns()[*position].is_nullable = false;
    }
    return {};
  }

  TokenCursor& cursor_;
  CreateTable& create_;
  std::vector<std::string> key_names_;
  bool has_key_ = false;
};

}  // namespace

Status RefuseConstraint(std::string_view constraint) {
  return InvalidSql(std::string(constraint) +
                    " constraints are not enforced yet, so they are refused");
}

StatusOr<CreateTable> ParseCreateTable(TokenCursor& cursor, std::optional<TableKind> kind) {
  CreateTable create;
  KALAMDB_ASSIGN_OR_RETURN(create.if_not_exists, cursor.AcceptIfNotExists());
  KALAMDB_ASSIGN_OR_RETURN(create.table, cursor.Table());
  if (cursor.At(Keyword::kAs)) {
    return Error(
        InvalidSql("CREATE TABLE ... AS SELECT is not supported: create the table, then "
                   "INSERT INTO ... SELECT"));
  }
  KALAMDB_RETURN_IF_ERROR(TableReader(cursor, &create).Read());
  KALAMDB_RETURN_IF_ERROR(ParseTableOptions(cursor, &create.options));
  if (kind.has_value()) {
    if (create.options.kind.has_value() && *create.options.kind != *kind) {
      return Error(InvalidSql("TYPE '" + std::string(KindName(*create.options.kind)) +
                              "' contradicts CREATE " + std::string(KindName(*kind)) + " TABLE"));
    }
    create.options.kind = kind;
  }
  return create;
}

}  // namespace kalamdb::sql
