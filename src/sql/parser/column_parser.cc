// SPDX-License-Identifier: Apache-2.0
#include "sql/parser/column_parser.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/limits.h"

namespace kalamdb::sql {
namespace {

constexpr std::string_view kReservedNames[] = {"_seq",       "_deleted", "_id",      "_row_id",
                                               "_rowid",     "_key",     "_updated", "_created",
                                               "_timestamp", "_version", "_hash"};

Status CheckColumnName(const std::string& name) {
  const std::string lower = types::AsciiLower(name);
  if (std::find(std::begin(kReservedNames), std::end(kReservedNames), lower) !=
      std::end(kReservedNames)) {
    return InvalidSql("column name `" + name + "` is reserved");
  }
  const bool is_valid =
      !lower.empty() && lower[0] != '_' && std::all_of(lower.begin(), lower.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
      });
  if (!is_valid) {
    return InvalidSql("column name `" + name +
                      "` is not valid: letters, digits and _, not beginning with _");
  }
  if (name.size() > limits::kNameBytesMax) {
    return InvalidSql("column name `" + name + "` has " + std::to_string(name.size()) +
                      " bytes; at most " + std::to_string(limits::kNameBytesMax) + " are allowed");
  }
  return {};
}

struct ParsedType {
  types::DataType type;
  types::DefaultKind automatic = types::DefaultKind::kNone;  // SERIAL and its like.
};

// WITH TIME ZONE, WITHOUT TIME ZONE.
Status AppendTimeZone(TokenCursor& cursor, std::string* name) {
  // WITH also begins the options of a table, but not inside of its parentheses.
  if (!cursor.At(Keyword::kWith) && !cursor.At(Keyword::kWithout)) {
    return {};
  }
  *name += cursor.At(Keyword::kWith) ? " with" : " without";
  cursor.Skip();
  KALAMDB_RETURN_IF_ERROR(cursor.Expect(Keyword::kTime));
  KALAMDB_RETURN_IF_ERROR(cursor.Expect(Keyword::kZone));
  *name += " time zone";
  return {};
}

StatusOr<ParsedType> ParseType(TokenCursor& cursor) {
  const Token& first = cursor.Peek();
  if (first.kind != TokenKind::kWord && first.kind != TokenKind::kQuoted) {
    return Error(cursor.Unexpected("the type of the column"));
  }
  cursor.Skip();
  std::string name = types::AsciiLower(NameValue(first, cursor.text()));
  if (cursor.Accept(Keyword::kPrecision)) {
    name += " precision";
  }
  if (cursor.Accept(Keyword::kVarying)) {
    name += " varying";
  }
  std::vector<uint32_t> arguments;
  if (cursor.AcceptSymbol('(')) {
    do {
      KALAMDB_ASSIGN_OR_RETURN(const uint64_t number,
                               cursor.Integer("a number in a type", 1'000'000'000));
      arguments.push_back(static_cast<uint32_t>(number));
    } while (cursor.AcceptSymbol(','));
    KALAMDB_RETURN_IF_ERROR(cursor.ExpectSymbol(')'));
  }
  if (name == "timestamp" || name == "time") {
    KALAMDB_RETURN_IF_ERROR(AppendTimeZone(cursor, &name));
  }
  if (cursor.AcceptWord("unsigned")) {
    name = "unsigned";
  }
  if (cursor.AtSymbol('[')) {
    name = "array";
  }
  ParsedType parsed;
  KALAMDB_ASSIGN_OR_RETURN(parsed.type,
                           types::DeclaredType(name, arguments.data(), arguments.size()));
  if (name == "serial" || name == "serial4" || name == "smallserial" || name == "serial2") {
    parsed.automatic = types::DefaultKind::kSerial;
  } else if (name == "bigserial" || name == "serial8") {
    parsed.automatic = types::DefaultKind::kSnowflakeId;
  }
  return parsed;
}

// AUTO_INCREMENT and IDENTITY: snowflakes fit BIGINT only.
StatusOr<types::DefaultKind> AutomaticKind(const types::Column& column) {
  switch (column.type.id) {
    case types::TypeId::kBigInt:
      return types::DefaultKind::kSnowflakeId;
    case types::TypeId::kInt:
    case types::TypeId::kSmallInt:
      return types::DefaultKind::kSerial;
    default:
      return Error(InvalidSql("column `" + column.name +
                              "`: AUTO_INCREMENT and IDENTITY need a "
                              "BIGINT, INT or SMALLINT column, not " +
                              types::SqlName(column.type)));
  }
}

class ColumnReader {
 public:
  explicit ColumnReader(TokenCursor& cursor) : cursor_(cursor) {}

  StatusOr<ColumnDefinition> Read() {
    KALAMDB_ASSIGN_OR_RETURN(column().name, cursor_.Name("the name of a column"));
    KALAMDB_RETURN_IF_ERROR(CheckColumnName(column().name));
    KALAMDB_ASSIGN_OR_RETURN(const ParsedType type, ParseType(cursor_));
    column().type = type.type;
    if (type.automatic != types::DefaultKind::kNone) {
      KALAMDB_RETURN_IF_ERROR(
          SetDefault({.kind = type.automatic, .literal = {}, .expression = {}}));
      column().is_nullable = false;
    }
    while (!cursor_.AtSymbol(',') && !cursor_.AtSymbol(')')) {
      KALAMDB_RETURN_IF_ERROR(Constraint());
    }
    if (is_null_written_ && (definition_.is_key || !column().is_nullable)) {
      return Error(InvalidSql("column `" + column().name + "` is declared NULL and NOT NULL"));
    }
    return std::move(definition_);
  }

 private:
  types::Column& column() { return definition_.column; }

  Status Constraint() {
    switch (cursor_.Peek().keyword) {
      case Keyword::kNot:
        cursor_.Skip();
        KALAMDB_RETURN_IF_ERROR(cursor_.Expect(Keyword::kNull));
        column().is_nullable = false;
        return {};
      case Keyword::kNull:
        cursor_.Skip();
        is_null_written_ = true;
        return {};
      case Keyword::kPrimary:
        cursor_.Skip();
        KALAMDB_RETURN_IF_ERROR(cursor_.Expect(Keyword::kKey));
        definition_.is_key = true;
        return {};
      case Keyword::kDefault: {
        cursor_.Skip();
        KALAMDB_ASSIGN_OR_RETURN(auto value, ParseDefault(cursor_, column()));
        return SetDefault(std::move(value));
      }
      case Keyword::kAutoIncrement:
      case Keyword::kAutoincrement:
        cursor_.Skip();
        return Automatic();
      case Keyword::kGenerated:
        cursor_.Skip();
        return Generated();
      case Keyword::kConstraint: {
        cursor_.Skip();
        auto name = cursor_.Name("the name of the constraint");
        return name.has_value() ? Status() : std::move(name).error();
      }
      case Keyword::kUnique:
        return RefuseConstraint("UNIQUE");
      case Keyword::kCheck:
        return RefuseConstraint("CHECK");
      case Keyword::kReferences:
        return RefuseConstraint("FOREIGN KEY");
      default:
        return cursor_.Unexpected("a constraint, \",\" or \")\"");
    }
  }

  Status SetDefault(types::ColumnDefault value) {
    if (has_default_) {
      return InvalidSql("column `" + column().name + "` has more than one default");
    }
    has_default_ = true;
    column().default_value = std::move(value);
    return {};
  }

  Status Automatic() {
    KALAMDB_ASSIGN_OR_RETURN(const types::DefaultKind kind, AutomaticKind(column()));
    column().is_nullable = false;
    return SetDefault({.kind = kind, .literal = {}, .expression = {}});
  }

  // GENERATED {ALWAYS | BY DEFAULT} AS IDENTITY [(...)].
  Status Generated() {
    if (cursor_.Accept(Keyword::kBy)) {
      KALAMDB_RETURN_IF_ERROR(cursor_.Expect(Keyword::kDefault));
    } else {
      KALAMDB_RETURN_IF_ERROR(cursor_.Expect(Keyword::kAlways));
    }
    KALAMDB_RETURN_IF_ERROR(cursor_.Expect(Keyword::kAs));
    if (cursor_.AtSymbol('(')) {
      return InvalidSql("generated columns are not supported, only GENERATED ... AS IDENTITY");
    }
    KALAMDB_RETURN_IF_ERROR(cursor_.Expect(Keyword::kIdentity));
    if (cursor_.AtSymbol('(')) {
      return InvalidSql("options of IDENTITY are not supported");
    }
    return Automatic();
  }

  TokenCursor& cursor_;
  ColumnDefinition definition_;
  bool has_default_ = false;
  bool is_null_written_ = false;
};

}  // namespace

StatusOr<ColumnDefinition> ParseColumn(TokenCursor& cursor) { return ColumnReader(cursor).Read(); }

}  // namespace kalamdb::sql
