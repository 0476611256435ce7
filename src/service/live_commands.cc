// SPDX-License-Identifier: Apache-2.0
#include "service/live_commands.h"

#include <fmt/format.h>

#include "live/row_text.h"
#include "service/name_rules.h"
#include "sql/parser/live_query.h"
#include "sql/parser/parser.h"
#include "types/json_codec.h"

namespace kalamdb::service {

namespace {

std::string SubscriptionJson(const sql::Subscribe& statement, std::string_view id) {
  std::string json = R"({"id":)";
  types::AppendJsonString(id, &json);
  json += R"(,"sql":)";
  types::AppendJsonString(statement.query, &json);
  if (statement.has_options) {
    json += R"(,"options":{)";
    bool is_first = true;
    const auto add = [&](std::string_view name, const std::optional<uint64_t>& value) {
      if (value.has_value()) {
        json += fmt::format("{}\"{}\":{}", is_first ? "" : ",", name, *value);
        is_first = false;
      }
    };
    add("last_rows", statement.last_rows);
    add("batch_size", statement.batch_size);
    add("from", statement.from);
    json += '}';
  }
  return json + "}";
}

}  // namespace

StatusOr<std::string> LiveCommands::Kill(const sql::KillLiveQuery& statement) {
  KALAMDB_RETURN_IF_ERROR(live_.Kill(statement.id));
  return "Live query killed: " + statement.id;
}

StatusOr<ShowResult> LiveCommands::Describe(const sql::Subscribe& statement, const Caller& caller) {
  KALAMDB_ASSIGN_OR_RETURN(const std::vector<sql::StatementPtr> parsed,
                           sql::Parse(statement.query));
  const auto* select = std::get_if<sql::SelectStatement>(&parsed.front()->body);
  if (parsed.size() != 1 || select == nullptr) {
    return Error(InvalidSql("SUBSCRIBE TO takes a table or a SELECT"));
  }
  KALAMDB_ASSIGN_OR_RETURN(const sql::LiveQuery query, sql::AsLiveQuery(*select, caller.user));
  const QualifiedName name = Qualify(query.table, "default");
  const catalog::TableDefPtr table = catalog_.FindTable(name.namespace_id, name.name);
  if (table == nullptr) {
    return Error(TableNotFound("Table " + name.Text() + " does not exist"));
  }
  KALAMDB_ASSIGN_OR_RETURN([[maybe_unused]] const live::RowText text,
                           live::RowText::Bind(table->schema(), query.items));
  const LiveParts& parts = live_.parts();
  const auto session = std::make_shared<sql::Session>();
  session->user = caller.user;
  session->role = caller.role;
  session->default_namespace = "default";
  session->statement_micros = parts.clock.WallMicros();
  session->cancel = std::make_shared<CancelToken>();
  KALAMDB_ASSIGN_OR_RETURN([[maybe_unused]] const sql::BoundLiveFilter filter,
                           sql::BindLiveFilter(query, table, session, parts.duck));
  const std::string id =
      fmt::format("sub-{}-{}-{:016x}", name.namespace_id, name.name, rng_.Next());
  ShowResult result;
  const auto column = [&](const char* title, types::TypeId type) {
    result.columns.push_back({.name = title, .type = types::TypeOf(type)});
  };
  column("status", types::TypeId::kText);
  column("ws_url", types::TypeId::kText);
  column("subscription", types::TypeId::kJson);
  column("message", types::TypeId::kText);
  result.rows.push_back({types::Value("active"), types::Value(url_()),
                         types::Value(SubscriptionJson(statement, id)),
                         types::Value("Connect to ws_url and send the subscription in a "
                                      "subscribe message to receive updates.")});
  return result;
}

}  // namespace kalamdb::service
