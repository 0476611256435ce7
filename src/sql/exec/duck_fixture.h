// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "duckdb/parser/expression/subquery_expression.hpp"
#include "duckdb/parser/parsed_expression_iterator.hpp"
#include "duckdb/parser/parser.hpp"
#include "duckdb/parser/query_node/select_node.hpp"
#include "duckdb/parser/statement/explain_statement.hpp"
#include "duckdb/parser/statement/select_statement.hpp"
#include "duckdb/parser/tableref/basetableref.hpp"

#include "sql/exec/duck_engine.h"
#include "sql/parser/duck_node.h"
#include "types/key_codec.h"
#include "types/text_format.h"

// What the tests and benchmarks of the engine share: relations in memory, a scope, and a parser
// that lets everything pass.
namespace kalamdb::sql::testing {

inline types::Column Col(std::string name, types::DataType type) {
  types::Column column;
  column.name = std::move(name);
  column.type = type;
  return column;
}
inline types::Column Col(std::string name, types::TypeId type) {
  return Col(std::move(name), types::TypeOf(type));
}
inline types::Schema MakeSchema(std::vector<types::Column> columns,
                                std::vector<uint32_t> key = {0}) {
  types::Schema schema;
  schema.columns = std::move(columns);
  schema.key = std::move(key);
  for (size_t i = 0; i < schema.columns.size(); ++i) {
    schema.columns[i].id = static_cast<uint32_t>(i + 1);
    schema.columns[i].is_nullable = !schema.IsKey(i);
  }
  return schema;
}

// A table in memory that leaves out what a range allows to leave out, exactly, and remembers the
// ranges it was asked for.
class MemoryTable final : public table::Relation {
 public:
  explicit MemoryTable(types::Schema schema)
      : schema_(std::move(schema)), layout_(std::span(&schema_, 1)) {}

  void Add(const types::Row& row, uint64_t seq, bool is_deleted = false) {
    Stored& stored = rows_.emplace_back();
    stored.seq = CommitSeq{seq};
    stored.is_deleted = is_deleted;
    types::AppendPrimaryKey(schema_, row, &stored.key);
    types::EncodeRow(schema_, row, is_deleted, &stored.bytes);
  }
  table::ScanRange last_range() const {
    const std::lock_guard lock(mu_);
    return last_range_;
  }
  size_t scans() const {
    const std::lock_guard lock(mu_);
    return scans_;
  }

  const types::Schema& schema() const override { return schema_; }
  const types::TableLayout& layout() const override { return layout_; }
  bool has_system_columns() const override { return true; }
  uint64_t EstimateRows() const override { return rows_.size(); }
  StatusOr<std::unique_ptr<table::RowScan>> Scan(const table::ScanRange& range) const override {
    {
      const std::lock_guard lock(mu_);
      last_range_ = range;
      ++scans_;
    }
    return std::make_unique<Rows>(*this, range);
  }

 private:
  struct Stored {
    CommitSeq seq;
    bool is_deleted = false;
    std::string key;
    std::string bytes;
  };

  class Rows final : public table::RowScan {
   public:
    Rows(const MemoryTable& of, const table::ScanRange& range)
        : of_(of),
          range_(range),
          lower_(Encode(of, range.lower)),
          upper_(Encode(of, range.upper)) {}

    StatusOr<bool> Next(table::ScannedRow* row) override {
      while (next_ < of_.rows_.size()) {
        const Stored& stored = of_.rows_[next_++];
        if (IsInside(stored)) {
          *row = {.seq = stored.seq, .bytes = stored.bytes};
          return true;
        }
      }
      return false;
    }

   private:
    static std::string Encode(const MemoryTable& of, const std::optional<table::KeyBound>& bound) {
      std::string key;
      for (size_t i = 0; bound.has_value() && i < bound->values.size(); ++i) {
        types::AppendKeyValue(bound->values[i], of.schema_.columns[of.schema_.key[i]].type.id,
                              &key);
      }
      return key;
    }
    bool IsInside(const Stored& stored) const {
      if (stored.is_deleted && !range_.is_including_deleted) {
        return false;
      }
      if (stored.seq < range_.seq_begin || stored.seq >= range_.seq_end) {
        return false;
      }
      if (range_.lower.has_value() &&
          (range_.lower->is_inclusive ? stored.key < lower_
                                      : stored.key < types::PrefixEnd(lower_))) {
        return false;
      }
      return !range_.upper.has_value() ||
             (range_.upper->is_inclusive ? stored.key < types::PrefixEnd(upper_)
                                         : stored.key < upper_);
    }

    const MemoryTable& of_;
    const table::ScanRange range_;
    const std::string lower_;
    const std::string upper_;
    size_t next_ = 0;
  };

  const types::Schema schema_;
  const types::TableLayout layout_;
  std::vector<Stored> rows_;
  mutable std::mutex mu_;
  mutable table::ScanRange last_range_;
  mutable size_t scans_ = 0;
};

class FakeScope final : public QueryScope {
 public:
  std::map<std::pair<std::string, std::string>, std::shared_ptr<const table::Relation>> tables;
  std::string space = "app";
  UserId user_id{"alice"};
  int64_t micros = 1'777'902'000'123'456;
  int resolved = 0;

  void Put(const std::string& name, std::shared_ptr<const table::Relation> relation) {
    tables[{space, name}] = std::move(relation);
  }
  const std::string& default_namespace() const override { return space; }
  StatusOr<std::shared_ptr<const table::Relation>> Resolve(const TableName& name) override {
    ++resolved;
    if (name.name == "forbidden") {
      return Error(PermissionDenied("not for you"));
    }
    const auto it = tables.find({name.namespace_id.empty() ? space : name.namespace_id, name.name});
    return it == tables.end() ? nullptr : it->second;
  }
  const UserId& user() const override { return user_id; }
  Role role() const override { return Role::kUser; }
  int64_t statement_micros() const override { return micros; }
};

// Puts our catalog in front of every table that has none; names in `ctes` stay as they are.
class Qualifier {
 public:
  void Node(duckdb::QueryNode& node) {
    for (auto& entry : node.cte_map.map) {
      ctes_.push_back(entry.first);
    }
    duckdb::ParsedExpressionIterator::EnumerateQueryNodeChildren(
        node, [&](duckdb::unique_ptr<duckdb::ParsedExpression>& child) { Expression(*child); },
        [&](duckdb::TableRef& ref) { Table(ref); });
  }
  void Expression(duckdb::ParsedExpression& expression) {
    if (expression.GetExpressionClass() == duckdb::ExpressionClass::SUBQUERY) {
      Node(*expression.Cast<duckdb::SubqueryExpression>().subquery->node);
    }
    duckdb::ParsedExpressionIterator::EnumerateChildren(
        expression, [&](duckdb::ParsedExpression& child) { Expression(child); });
  }
  void Table(duckdb::TableRef& ref) {
    if (ref.type == duckdb::TableReferenceType::SUBQUERY) {
      return;  // The iterator has been inside.
    }
    if (ref.type != duckdb::TableReferenceType::BASE_TABLE) {
      return;
    }
    auto& table = ref.Cast<duckdb::BaseTableRef>();
    if (!table.catalog_name.empty()) {
      return;
    }
    for (const std::string& cte : ctes_) {
      if (table.schema_name.empty() && table.table_name == cte) {
        return;
      }
    }
    table.catalog_name = std::string(kDuckCatalog);
    if (table.schema_name.empty()) {
      table.schema_name = std::string(kDefaultSchema);
    }
  }

 private:
  std::vector<std::string> ctes_;
};

inline duckdb::unique_ptr<duckdb::SQLStatement> ParseOne(const std::string& sql) {
  duckdb::ParserOptions options;
  options.integer_division = true;
  duckdb::Parser parser(options);
  parser.ParseQuery(sql);
  return std::move(parser.statements.at(0));
}

// `is_raw` leaves the names as they were written.
inline SelectStatement ParseSelect(const std::string& sql, bool is_raw = false) {
  auto statement = ParseOne(sql);
  SelectStatement select;
  if (statement->type == duckdb::StatementType::EXPLAIN_STATEMENT) {
    auto& explain = statement->Cast<duckdb::ExplainStatement>();
    select.is_explain = true;
    select.is_explain_analyze = explain.explain_type == duckdb::ExplainType::EXPLAIN_ANALYZE;
    auto inner = std::move(explain.stmt);
    statement = std::move(inner);
  }
  auto query =
      duckdb::unique_ptr_cast<duckdb::SQLStatement, duckdb::SelectStatement>(std::move(statement));
  if (!is_raw) {
    Qualifier().Node(*query->node);
  }
  select.node = DuckNode::Of(std::move(query));
  return select;
}

inline DuckNodePtr ParseExpr(const std::string& sql) {
  duckdb::ParserOptions options;
  options.integer_division = true;
  auto list = duckdb::Parser::ParseExpressionList(sql, options);
  for (auto& item : list) {
    Qualifier().Expression(*item);
  }
  if (list.size() == 1) {
    return DuckNode::Of(std::move(list[0]));
  }
  return DuckNode::Of(std::move(list));
}

// A result with every value as text: what most tests compare.
struct Result {
  Status status;
  std::vector<types::ResultColumn> columns;
  std::vector<types::Row> rows;

  std::vector<std::string> Lines() const {
    std::vector<std::string> lines;
    for (const types::Row& row : rows) {
      std::string& line = lines.emplace_back();
      for (size_t i = 0; i < row.size(); ++i) {
        line += i == 0 ? "" : "|";
        line += row[i].is_null() ? "NULL" : types::FormatValue(row[i], columns[i].type);
      }
    }
    return lines;
  }
};

inline Result Drain(StatusOr<QueryResult> query) {
  Result result;
  if (!query.has_value()) {
    result.status = query.error();
    return result;
  }
  result.columns = query->columns;
  std::vector<types::Row> rows;
  do {
    result.status = query->rows->Next(&rows);
    std::move(rows.begin(), rows.end(), std::back_inserter(result.rows));
  } while (result.status.ok() && !rows.empty());
  return result;
}

}  // namespace kalamdb::sql::testing
