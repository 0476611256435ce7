// SPDX-License-Identifier: Apache-2.0
#include "cli/name_cache.h"

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/display_text.h"

namespace kalamdb::cli {
namespace {

// Keeps the first column of the rows, as text that is safe to show.
class FirstColumn : public ResultHandler {
 public:
  Status OnColumns(std::span<const Column>) override { return {}; }
  Status OnRow(std::span<const Cell> cells) override {
    if (!cells.empty() && cells[0].json == Cell::Json::kString) {
      names.push_back(EscapeForTerminal(cells[0].text, LineBreaks::kEscape));
    }
    return {};
  }
  Status OnResultEnd(const ResultSummary&) override { return {}; }

  std::vector<std::string> names;
};

}  // namespace

std::vector<std::string> NameCache::Ask(const std::string& sql) {
  FirstColumn handler;
  const StatusOr<Envelope> envelope =
      session_.api().Run(fmt::format("{} LIMIT {}", sql, kNamesMax), "", handler, kAnswerMax);
  // Completion is a convenience: what cannot be asked is not offered.
  return envelope.has_value() ? handler.names : std::vector<std::string>();
}

const std::vector<std::string>& NameCache::Namespaces() {
  if (!namespaces_.has_value()) {
    namespaces_ = Ask("SELECT schema_name FROM information_schema.schemata");
  }
  return *namespaces_;
}

const std::vector<std::string>& NameCache::TablesOf(const std::string& name_space) {
  auto found = tables_.find(name_space);
  if (found == tables_.end()) {
    if (tables_.size() >= kTablesMax) {
      tables_.clear();
    }
    found = tables_
                .emplace(name_space, Ask("SELECT table_name FROM information_schema.tables "
                                         "WHERE table_schema = " +
                                         QuotedText(name_space)))
                .first;
  }
  return found->second;
}

const std::vector<std::string>& NameCache::ColumnsOf(const std::string& name_space,
                                                     const std::string& table) {
  const auto key = std::pair(name_space, table);
  auto found = columns_.find(key);
  if (found == columns_.end()) {
    if (columns_.size() >= kTablesMax) {
      columns_.clear();
    }
    found =
        columns_
            .emplace(key, Ask("SELECT column_name FROM information_schema.columns "
                              "WHERE table_schema = " +
                              QuotedText(name_space) + " AND table_name = " + QuotedText(table)))
            .first;
  }
  return found->second;
}

std::string NameCache::CurrentNamespace() {
  return session_.name_space().empty() ? "default" : session_.name_space();
}

void NameCache::Forget() {
  namespaces_.reset();
  tables_.clear();
  columns_.clear();
}

}  // namespace kalamdb::cli
