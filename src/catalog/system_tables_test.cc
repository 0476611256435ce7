// SPDX-License-Identifier: Apache-2.0
#include "catalog/system_tables.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/system_table_makers.h"
#include "catalog/table_json.h"
#include "catalog/table_listing.h"
#include "catalog/temp_store.h"
#include "types/coerce.h"

namespace kalamdb::catalog {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using types::Column;
using types::TypeId;

constexpr int64_t kStart = 1'777'902'000'000'000;

Column MakeColumn(uint32_t id, std::string name, types::DataType type) {
  Column column;
  column.id = id;
  column.name = std::move(name);
  column.type = type;
  return column;
}

types::Schema NotesSchema() {
  types::Schema schema;
  schema.columns = {MakeColumn(1, "id", types::TypeOf(TypeId::kBigInt)),
                    MakeColumn(2, "title", types::TypeOf(TypeId::kText)),
                    MakeColumn(3, "price", {.id = TypeId::kDecimal, .precision = 10, .scale = 2}),
                    MakeColumn(4, "vector", {.id = TypeId::kEmbedding, .dimension = 3})};
  schema.columns[0].is_nullable = false;
  schema.columns[0].default_value.kind = types::DefaultKind::kSnowflakeId;
  schema.columns[1].default_value.kind = types::DefaultKind::kLiteral;
  schema.columns[1].default_value.literal = types::Value("it's");
  schema.key = {0};
  return schema;
}

JobRow ExampleJob() {
  JobRow job;
  job.job_id = "FL-0123456789ab";
  job.job_type = "flush";
  job.status = "running";
  job.table_name = "notes";
  job.progress_percent = 40;
  job.created_at = kStart;
  job.updated_at = kStart + 1;
  job.node_id = 7;
  return job;
}

class SystemTablesTest : public ::testing::Test {
 protected:
  SystemTablesTest()
      : catalog_(Catalog::Open(*store_, clock_).value()), tables_(*catalog_, Others()) {
    StorageDef storage;
    storage.id = "local";
    storage.name = "Local storage";
    storage.type = "filesystem";
    storage.base_directory = "/data/storage";
    storage.credentials = "{\"key\":\"secret\"}";
    storage.shared_tables_template = "{namespace}/{tableName}";
    storage.user_tables_template = "{namespace}/{tableName}/{userId}";
    EXPECT_TRUE(catalog_->CreateStorage(storage).ok());
    EXPECT_TRUE(catalog_->CreateNamespace({.name = "chat"}).ok());
    UserDef user;
    user.id = {"alice"};
    user.password_hash = "$2b$...";
    user.last_login_at = kStart;
    EXPECT_TRUE(catalog_->CreateUser(user).ok());
    Create("notes", TableKind::kUser, AccessLevel::kPrivate);
    Create("rooms", TableKind::kShared, AccessLevel::kPublic);
    Create("audit", TableKind::kShared, AccessLevel::kDba);
  }

  std::vector<SystemTable> Others() {
    std::vector<SystemTable> others;
    others.push_back(MakeSystemSettings([] {
      return std::vector<SettingInfo>{{.name = "server.port",
                                       .value = "8080",
                                       .description = "Port",
                                       .category = "server",
                                       .source = "default"}};
    }));
    for (const char* name : {"live", "live_queries"}) {
      others.push_back(MakeSystemLive(name, [] {
        return std::vector<LiveRow>{{.live_id = "alice-0123-inbox",
                                     .connection_id = "0123",
                                     .subscription_id = "inbox",
                                     .namespace_id = "chat",
                                     .table_name = "notes",
                                     .user_id = "alice",
                                     .query = "SELECT * FROM chat.notes",
                                     .options = "{}",
                                     .status = "live",
                                     .created_at = kStart,
                                     .last_update = kStart,
                                     .last_ping_at = kStart,
                                     .node_id = 1,
                                     .changes = 2,
                                     .bytes = 300}};
      }));
    }
    others.push_back(MakeSystemJobs([] { return std::vector<JobRow>{ExampleJob()}; }));
    others.push_back(MakeSystemManifest([] {
      return std::vector<ManifestRow>{{.namespace_id = "chat",
                                       .table_name = "notes",
                                       .scope = "alice",
                                       .created_at = kStart,
                                       .updated_at = kStart,
                                       .sync_state = "in_sync",
                                       .manifest_json = "{}",
                                       .version = 1,
                                       .segment_count = 1,
                                       .row_count = 2,
                                       .min_seq = CommitSeq{5},
                                       .max_seq = CommitSeq{6},
                                       .segments_json = "[]",
                                       .status = "ok"}};
    }));
    others.push_back(MakeSystemStats(
        {[] { return std::vector<Metric>{{"uptime_seconds", "5"}}; }, CatalogMetrics(*catalog_)}));
    return others;
  }

  void Create(std::string name, TableKind kind, AccessLevel level) {
    TableDef def;
    def.namespace_id = "chat";
    def.name = std::move(name);
    def.kind = kind;
    def.options.access_level = level;
    def.options.flush_policy = {.rows = 1000, .interval_seconds = 300};
    def.versions.push_back(NotesSchema());
    EXPECT_TRUE(catalog_->CreateTable(std::move(def)).has_value());
  }

  // Every value of a column, as text; NULL is "NULL".
  std::vector<std::string> Texts(std::string_view space, std::string_view name,
                                 std::string_view column, Role role = Role::kSystem) {
    const SystemTable* table = tables_.Find(space, name);
    EXPECT_NE(table, nullptr) << name;
    const size_t at = table->schema.Find(column).value();
    std::vector<std::string> texts;
    for (const types::Row& row : table->rows(role)) {
      texts.push_back(row[at].is_string() ? row[at].AsString()
                      : row[at].is_int()  ? std::to_string(row[at].AsInt())
                      : row[at].is_bool() ? (row[at].AsBool() ? "true" : "false")
                                          : "NULL");
    }
    return texts;
  }

  ManualClock clock_{kStart};
  TempStore store_;
  std::unique_ptr<Catalog> catalog_;
  SystemTables tables_;
};

TEST_F(SystemTablesTest, RowsFitTheirSchemas) {
  for (const SystemTable& table : tables_.tables()) {
    const std::vector<types::Row> rows = table.rows(Role::kSystem);
    EXPECT_FALSE(rows.empty()) << table.name;
    std::set<std::string> keys;
    for (const types::Row& row : rows) {
      ASSERT_EQ(row.size(), table.schema.columns.size()) << table.name;
      for (size_t i = 0; i < row.size(); ++i) {
        const Column& column = table.schema.columns[i];
        EXPECT_NE(column.name.front(), '_');
        if (row[i].is_null()) {
          EXPECT_TRUE(column.is_nullable) << table.name << "." << column.name;
          continue;
        }
        EXPECT_TRUE(types::IsKindOf(row[i], column.type.id)) << table.name << "." << column.name;
        if (column.type.id == TypeId::kJson) {
          EXPECT_TRUE(types::IsWellFormedJson(row[i].AsString())) << row[i].AsString();
        }
      }
      std::string key;
      for (const uint32_t position : table.schema.key) {
        key += row[position].is_int() ? std::to_string(row[position].AsInt())
                                      : row[position].AsString();
        key += '\x1F';
      }
      EXPECT_TRUE(keys.insert(key).second) << table.name << ": two rows of key " << key;
    }
  }
}

TEST_F(SystemTablesTest, AreFoundByName) {
  EXPECT_EQ(tables_.Find("system", "nothing"), nullptr);
  EXPECT_EQ(tables_.Find("chat", "notes"), nullptr);
  ASSERT_NE(tables_.Find("system", "tables"), nullptr);
  EXPECT_TRUE(tables_.Find("system", "tables")->is_admin_only);
  EXPECT_FALSE(tables_.Find("information_schema", "tables")->is_admin_only);
}

TEST_F(SystemTablesTest, SecretsAreForAdminsOnly) {
  EXPECT_THAT(Texts("system", "users", "password_hash", Role::kDba), ElementsAre("$2b$..."));
  EXPECT_THAT(Texts("system", "users", "password_hash", Role::kService), ElementsAre("***"));
  EXPECT_THAT(Texts("system", "storages", "credentials", Role::kUser), ElementsAre("***"));
  EXPECT_THAT(Texts("system", "storages", "credentials", Role::kDba),
              ElementsAre("{\"key\":\"secret\"}"));
}

TEST_F(SystemTablesTest, OthersSeeOnlyWhatTheyMayRead) {
  EXPECT_THAT(Texts("information_schema", "tables", "table_name", Role::kSystem),
              Contains("audit"));
  for (const char* name : {"tables", "columns", "table_constraints", "key_column_usage"}) {
    const auto tables = Texts("information_schema", name, "table_name", Role::kUser);
    EXPECT_THAT(tables, Contains("rooms")) << name;
    EXPECT_THAT(tables, Contains("notes")) << name;
    EXPECT_THAT(tables, Not(Contains("audit"))) << name;
    EXPECT_THAT(Texts("information_schema", name, "table_schema", Role::kUser),
                Not(Contains("system")));
  }
  EXPECT_THAT(Texts("information_schema", "schemata", "schema_name", Role::kUser),
              ElementsAre("chat", "information_schema"));
  EXPECT_THAT(Texts("information_schema", "schemata", "schema_name", Role::kDba),
              ElementsAre("chat", "information_schema", "system"));
  EXPECT_THAT(Texts("system", "schemas", "table_name", Role::kUser), Not(Contains("audit")));
}

TEST_F(SystemTablesTest, TablesHaveBothSetsOfColumns) {
  EXPECT_THAT(Texts("system", "tables", "table_id"), Contains("chat:notes"));
  EXPECT_THAT(Texts("system", "tables", "table_type"), Contains("user"));
  EXPECT_THAT(Texts("system", "tables", "table_type"), Contains("system"));
  EXPECT_THAT(Texts("system", "tables", "flush_policy"),
              Contains(R"({"rows":1000,"interval":"5m"})"));
  EXPECT_THAT(Texts("system", "tables", "storage_location"),
              Contains("/data/storage/chat/notes/{userId}"));
  EXPECT_THAT(Texts("system", "tables", "storage_location"), Contains("/data/storage/chat/rooms"));
  EXPECT_THAT(Texts("system", "tables", "created_at"), Contains(std::to_string(kStart)));
}

TEST_F(SystemTablesTest, SchemasAreInTheFormOfTheReference) {
  const auto columns = Texts("system", "schemas", "columns");
  EXPECT_THAT(columns,
              Contains(HasSubstr(
                  R"({"column_id":1,"column_name":"id","column_comment":null,"data_type":"BigInt",)"
                  R"("default_value":{"FunctionCall":{"name":"SNOWFLAKE_ID","args":[]}},)"
                  R"("ordinal_position":1,"is_nullable":false,"is_primary_key":true,)"
                  R"("is_partition_key":false})")));
  EXPECT_THAT(columns, Contains(HasSubstr(R"("default_value":{"Literal":"it's"})")));
  EXPECT_THAT(columns, Contains(HasSubstr(R"("column_name":"_deleted")")));
  const auto options = Texts("system", "schemas", "options");
  EXPECT_THAT(options,
              Contains(R"({"table_type":"USER","storage_id":"local","use_user_storage":false,)"
                       R"("flush_policy":{"type":"combined","row_limit":1000,)"
                       R"("interval_seconds":300},"compression":"zstd"})"));
  EXPECT_THAT(options, Contains(HasSubstr(R"("access_level":"public")")));
}

TEST_F(SystemTablesTest, ArrowSchemasHoldTheSystemColumns) {
  EXPECT_THAT(Texts("system", "table_schemas", "schema_id"), Contains("chat:notes:1"));
  const auto schemas = Texts("system", "table_schemas", "arrow_schema");
  EXPECT_THAT(schemas, Contains(HasSubstr(R"("name":"price","data_type":{"Decimal128":[10,2]})")));
  EXPECT_THAT(schemas, Contains(HasSubstr(R"("name":"_updated")")));
  for (const std::string& schema : schemas) {
    EXPECT_TRUE(types::IsWellFormedJson(schema)) << schema;
  }
}

TEST_F(SystemTablesTest, UsageCountsAreThoseOfTheCatalog) {
  EXPECT_THAT(Texts("system", "storage_locations", "usage_count"), ElementsAre("3"));
  ASSERT_TRUE(
      catalog_->DropTable(catalog_->FindTable("chat", "rooms"), store::WriteBatch(*store_)).ok());
  EXPECT_THAT(Texts("system", "storage_locations", "usage_count"), ElementsAre("2"));
  EXPECT_THAT(Texts("system", "namespaces", "table_count"), ElementsAre("2"));
}

TEST_F(SystemTablesTest, StatsComeFromEverySourceInOrder) {
  EXPECT_THAT(Texts("system", "stats", "metric_name"),
              ElementsAre("total_namespaces", "total_storages", "total_tables", "total_users",
                          "uptime_seconds"));
  EXPECT_THAT(Texts("system", "stats", "metric_value"), ElementsAre("1", "1", "3", "1", "5"));
}

TEST_F(SystemTablesTest, ColumnsShowDefaultsAsSql) {
  const auto defaults = Texts("system", "columns", "default_value");
  EXPECT_THAT(defaults, Contains("'it''s'"));
  EXPECT_THAT(defaults, Contains("SNOWFLAKE_ID()"));
  EXPECT_THAT(Texts("system", "columns", "data_type"), Contains("DECIMAL(10,2)"));
  EXPECT_THAT(Texts("information_schema", "columns", "data_type"), Contains("numeric"));
}

TEST(TableJson, SaysWhatAVersionChanged) {
  const types::Schema before = NotesSchema();
  types::Schema after = before;
  after.version = 2;
  after.columns[1].name = "heading";
  after.columns[1].is_nullable = false;
  after.columns[1].default_value = {};
  after.columns.erase(after.columns.begin() + 2);
  after.columns.push_back(MakeColumn(5, "age", types::TypeOf(TypeId::kInt)));
  EXPECT_EQ(SchemaChangesJson(nullptr, before), R"([{"operation":"create_table"}])");
  EXPECT_EQ(SchemaChangesJson(&before, after),
            R"([{"operation":"rename_column","column":"heading","from":"title"},)"
            R"({"operation":"set_not_null","column":"heading"},)"
            R"({"operation":"drop_default","column":"heading"},)"
            R"({"operation":"drop_column","column":"price"},)"
            R"({"operation":"add_column","column":"age","data_type":"Int"}])");
}

TEST(TableJson, PeriodsAreInTheirLargestUnit) {
  TableOptions options;
  EXPECT_EQ(RetentionText(options), std::nullopt);
  options.deleted_retention_seconds = 7 * 86'400;
  EXPECT_EQ(RetentionText(options), "7d");
  options.deleted_retention_seconds = 36 * 3'600;
  EXPECT_EQ(RetentionText(options), "36h");
  options.deleted_retention_seconds = 0;
  EXPECT_EQ(RetentionText(options), "off");
  FlushPolicy policy;
  policy.interval_seconds = 61;
  EXPECT_EQ(FlushPolicyJson(policy), R"({"interval":"61s"})");
  EXPECT_EQ(FlushPolicyJson({}), std::nullopt);
}

TEST_F(SystemTablesTest, JobsAreShownUnderTodaysNamesAndThoseOfOctober) {
  const SystemTable* table = tables_.Find("system", "jobs");
  ASSERT_NE(table, nullptr);
  EXPECT_TRUE(table->is_admin_only);
  const std::vector<types::Row> rows = table->rows(Role::kDba);
  ASSERT_EQ(rows.size(), 1u);
  ASSERT_EQ(rows[0].size(), table->schema.columns.size());
  const auto value = [&](std::string_view column) { return rows[0][*table->schema.Find(column)]; };
  EXPECT_EQ(value("job_id").AsString(), "FL-0123456789ab");
  EXPECT_EQ(value("node_id").AsInt(), 7);
  EXPECT_EQ(value("node").AsString(), "7");
  EXPECT_EQ(value("progress_percent").AsInt(), 40);
  EXPECT_TRUE(value("finished_at").is_null());
  EXPECT_TRUE(value("end_time").is_null());
}

// ---- docs/system-tables.md ----

// "## system.users" and the first three cells of each row of the table below it.
std::map<std::string, std::vector<std::string>> DocumentedTables(const std::string& path) {
  std::map<std::string, std::vector<std::string>> tables;
  std::ifstream file(path);
  std::string line;
  std::string current;
  while (std::getline(file, line)) {
    if (line.starts_with("### ")) {
      current = line.substr(4);
      tables[current];
    } else if (line.starts_with("| `") && !current.empty()) {
      std::istringstream cells(line.substr(1));
      std::string row;
      for (int i = 0; i < 3; ++i) {
        std::string cell;
        std::getline(cells, cell, '|');
        const size_t begin = cell.find_first_not_of(' ');
        const size_t end = cell.find_last_not_of(' ');
        row += begin == std::string::npos ? "" : cell.substr(begin, end - begin + 1);
        row += i < 2 ? " | " : "";
      }
      tables[current].push_back(row);
    }
  }
  return tables;
}

TEST_F(SystemTablesTest, AreAllDocumentedAsTheyAre) {
  const char* root = std::getenv("KALAMDB_SOURCE_DIR");
  if (root == nullptr) {
    GTEST_SKIP() << "KALAMDB_SOURCE_DIR is not set: run through ctest";
  }
  const auto documented = DocumentedTables(std::string(root) + "/docs/system-tables.md");
  std::set<std::string> names;
  for (const SystemTable& table : tables_.tables()) {
    const std::string name = table.namespace_id + "." + table.name;
    names.insert(name);
    std::vector<std::string> expected;
    for (size_t i = 0; i < table.schema.columns.size(); ++i) {
      const Column& column = table.schema.columns[i];
      expected.push_back("`" + column.name + "` | " + types::SqlName(column.type) + " | " +
                         (table.schema.IsKey(i) ? "key"
                          : column.is_nullable  ? ""
                                                : "not null"));
    }
    const auto found = documented.find(name);
    ASSERT_NE(found, documented.end()) << name << " is not in docs/system-tables.md";
    EXPECT_EQ(found->second, expected) << "docs/system-tables.md, " << name;
  }
  for (const auto& [name, rows] : documented) {
    EXPECT_TRUE(names.contains(name))
        << "docs/system-tables.md describes " << name << ", which does not exist";
  }
}

}  // namespace
}  // namespace kalamdb::catalog
