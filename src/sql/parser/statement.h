// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "catalog/table_def.h"
#include "types/result.h"
#include "types/schema.h"

namespace kalamdb::sql {

// The engine's parse tree of a query or expression; opaque outside the duck_* files. Immutable after
// parsing, so that one can be run many times and by several threads.
class DuckNode;
using DuckNodePtr = std::shared_ptr<const DuckNode>;

struct TableName {
  std::string namespace_id;  // Empty: the namespace of the request.
  std::string name;
};

// A constant of the statement or one of its parameters.
struct Operand {
  std::optional<uint32_t> parameter;  // From 0, for $1.
  types::Parameter literal;           // Used when `parameter` is empty.
};

enum class CompareOp : uint8_t { kEq, kNe, kLt, kLe, kGt, kGe, kIn, kIsNull, kIsNotNull };

// `column op operands`; a WHERE clause of the direct path is a conjunction of these.
struct Predicate {
  std::string column;
  CompareOp op = CompareOp::kEq;
  std::vector<Operand> operands;
};

// A WHERE clause. `node` is always there when the statement has one; `conjuncts` only when the whole
// clause is a conjunction of simple predicates on columns of the one table.
struct Where {
  DuckNodePtr node;
  std::optional<std::vector<Predicate>> conjuncts;
};

// One entry of a SELECT or RETURNING list of the direct path.
struct SelectItem {
  bool is_star = false;
  std::string column;
  std::string output_name;
};

struct OrderItem {
  std::string column;
  bool is_descending = false;
};

// A SELECT that the direct path can run: one table, plain columns, simple WHERE.
struct DirectSelect {
  TableName table;
  std::vector<SelectItem> items;
  std::vector<Predicate> where;
  std::vector<OrderItem> order;  // With the NULL order of the dialect.
  std::optional<Operand> limit;
  std::optional<Operand> offset;
};

// Every query: SELECT, WITH, VALUES, set operations; also EXPLAIN of one.
struct SelectStatement {
  DuckNodePtr node;
  std::optional<DirectSelect> direct;
  std::vector<TableName> tables;  // Every table it names, in order of appearance, without CTE names.
  bool has_limit = false;  // The outermost query has a LIMIT.
  bool is_explain = false;
  bool is_explain_analyze = false;
};

struct ReturningClause {
  DuckNodePtr node;  // The expressions, for the engine.
  std::optional<std::vector<SelectItem>> items;  // When all are plain columns or *.
};

// A value to be stored: a constant, DEFAULT, an expression, or, in DO UPDATE, just `excluded.column`.
struct DefaultMarker {};
struct ExcludedColumn {
  std::string column;
};
using Cell = std::variant<Operand, DefaultMarker, DuckNodePtr, ExcludedColumn>;

struct Assignment {
  std::string column;
  Cell value;
};

struct OnConflict {
  std::vector<std::string> columns;     // Empty: the primary key.
  bool is_update = false;               // DO UPDATE; else DO NOTHING.
  std::vector<Assignment> assignments;  // Expressions may name the table's columns and `excluded`.
  DuckNodePtr where;                    // Null when there is none.
};

struct InsertStatement {
  TableName table;
  std::string alias;
  std::vector<std::string> columns;     // Empty: all, in order.
  std::vector<std::vector<Cell>> rows;  // VALUES.
  bool is_default_values = false;       // DEFAULT VALUES.
  DuckNodePtr source;                   // INSERT ... SELECT; null for VALUES.
  std::optional<OnConflict> on_conflict;
  std::optional<ReturningClause> returning;
  std::vector<TableName> tables_read;   // Of source and of subqueries.
};

struct UpdateStatement {
  TableName table;
  std::string alias;
  std::vector<Assignment> assignments;
  DuckNodePtr from;  // Null without FROM.
  std::optional<Where> where;
  std::optional<ReturningClause> returning;
  std::vector<TableName> tables_read;
};

struct DeleteStatement {
  TableName table;
  std::string alias;
  DuckNodePtr using_clause;  // Null without USING.
  std::optional<Where> where;
  std::optional<ReturningClause> returning;
  std::vector<TableName> tables_read;
};

// ---- Statements of our own grammar ----

struct CreateNamespace {
  std::string name;
  bool if_not_exists = false;
};
struct DropNamespace {
  std::string name;
  bool if_exists = false;
  bool is_cascade = false;
};
struct UseNamespace {
  std::string name;
};

using catalog::FlushPolicy;
using catalog::TableKind;

// What WITH (...) and the clauses of October 2025 say. Empty: not said.
struct TableOptions {
  std::optional<TableKind> kind;
  std::optional<std::string> storage_id;         // STORAGE_ID or LOCATION REFERENCE.
  std::optional<std::string> location_path;      // LOCATION '...': refused by the service.
  std::optional<bool> use_user_storage;
  std::optional<FlushPolicy> flush_policy;
  std::optional<int64_t> deleted_retention_seconds;  // 0: 'off', tombstones are kept for ever.
  std::optional<uint32_t> ttl_seconds;
  std::optional<std::string> access_level;       // Lower case: public, private, restricted, dba.
  std::optional<std::string> compression;
  std::optional<bool> is_ephemeral;
  std::optional<uint32_t> max_buffer;
};

struct CreateTable {
  TableName table;
  bool if_not_exists = false;
  // Columns and key as declared; ids are set from 1. An empty key: none was declared.
  types::Schema schema;
  TableOptions options;
};
struct DropTable {
  TableName table;
  bool if_exists = false;
  std::optional<TableKind> kind;  // When written: must match.
};

struct Describe {
  TableName table;
  bool is_history = false;
};
enum class ShowKind : uint8_t { kNamespaces, kTables, kStorages, kColumns, kStats, kSettings, kUsers };
struct Show {
  ShowKind kind = ShowKind::kTables;
  std::string namespace_id;  // SHOW TABLES IN ns.
  TableName table;           // SHOW COLUMNS FROM t, SHOW STATS FOR TABLE t.
};

struct Begin {};
struct Commit {};
struct Rollback {};

struct CreateUser {
  std::string name;
  enum class Auth : uint8_t { kPassword, kOAuth, kInternal } auth = Auth::kPassword;
  std::string secret;  // Password or OAuth JSON. Never logged.
  Role role = Role::kUser;
  std::optional<std::string> email;
  bool if_not_exists = false;
};
struct AlterUser {
  std::string name;
  std::optional<std::string> password;
  std::optional<Role> role;
  std::optional<std::string> email;
};
struct DropUser {
  std::string name;
  bool if_exists = false;
};

struct CreateStorage {
  std::string id;
  std::string type;
  std::optional<std::string> name, description, base_directory, shared_template, user_template,
      credentials, config;
};
struct AlterStorage {
  std::string id;
  std::optional<std::string> name, description, shared_template, user_template, config;
  std::optional<std::string> base_directory;  // Only to say why it cannot be changed.
};
struct DropStorage {
  std::string id;
  bool if_exists = false;
};

struct KillJob {
  std::string id;
};
struct KillLiveQuery {
  std::string id;
};
// SUBSCRIBE TO t [WHERE ...] [OPTIONS (...)]: what a client is told to send over a WebSocket.
struct Subscribe {
  TableName table;
  std::string query;  // SELECT ...
  std::optional<uint64_t> last_rows, batch_size, from;
  bool has_options = false;
};
enum class StorageAction : uint8_t { kFlush, kCompact };
// STORAGE FLUSH | COMPACT, TABLE t or ALL [IN ns]: then `table` has the namespace alone.
struct StorageCommand {
  StorageAction action = StorageAction::kFlush;
  bool is_all = false;
  TableName table;
};

struct Statement;
// EXECUTE AS USER name (statement).
struct ExecuteAs {
  std::string user;
  std::shared_ptr<const Statement> inner;
};

struct Statement {
  std::string text;  // As written, without the semicolon.
  uint32_t parameter_count = 0;  // Highest $n.
  std::variant<SelectStatement, InsertStatement, UpdateStatement, DeleteStatement, CreateNamespace,
               DropNamespace, UseNamespace, CreateTable, DropTable, Describe, Show, Begin, Commit,
               Rollback, CreateUser, AlterUser, DropUser, CreateStorage, AlterStorage, DropStorage,
               KillJob, KillLiveQuery, Subscribe, StorageCommand, ExecuteAs>
      body;
};
using StatementPtr = std::shared_ptr<const Statement>;

}  // namespace kalamdb::sql
