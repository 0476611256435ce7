// SPDX-License-Identifier: Apache-2.0
#include "cli/completion.h"

#include <map>

#include <gtest/gtest.h>

namespace kalamdb::cli {
namespace {

class FixedNames : public NameSource {
 public:
  const std::vector<std::string>& Namespaces() override { return namespaces_; }
  const std::vector<std::string>& TablesOf(const std::string& name_space) override {
    return tables_[name_space];
  }
  const std::vector<std::string>& ColumnsOf(const std::string& name_space,
                                            const std::string& table) override {
    return columns_[name_space + "." + table];
  }
  std::string CurrentNamespace() override { return "chat"; }

 private:
  std::vector<std::string> namespaces_ = {"chat", "shop"};
  std::map<std::string, std::vector<std::string>> tables_ = {{"chat", {"messages", "members"}},
                                                             {"shop", {"orders"}}};
  std::map<std::string, std::vector<std::string>> columns_ = {
      {"chat.messages", {"id", "author", "body"}}, {"shop.orders", {"id", "total", "tax"}}};
};

using Words = std::vector<std::string>;

Words CompleteAt(std::string_view before, std::string_view after = "") {
  FixedNames names;
  return Complete(before, after, names).candidates;
}

TEST(Completion, OffersKeywordsInTheCaseTyped) {
  EXPECT_EQ(CompleteAt("SEL"), (Words{"SELECT"}));
  EXPECT_EQ(CompleteAt("sel"), (Words{"select"}));
  EXPECT_EQ(CompleteAt("SELECT 1; UPD"), (Words{"UPDATE"}));
  EXPECT_EQ(CompleteAt("xyz"), Words{});
}

TEST(Completion, OffersTablesAndNamespacesWhereTablesStand) {
  EXPECT_EQ(CompleteAt("SELECT * FROM "), (Words{"chat.", "members", "messages", "shop."}));
  EXPECT_EQ(CompleteAt("SELECT * FROM me"), (Words{"members", "messages"}));
  EXPECT_EQ(CompleteAt("SELECT * FROM ME"), (Words{"members", "messages"}));
  EXPECT_EQ(CompleteAt("INSERT INTO shop."), (Words{"orders"}));
  EXPECT_EQ(CompleteAt("SELECT *\nFROM messages m JOIN shop.o"), (Words{"orders"}));
  EXPECT_EQ(CompleteAt("USE "), (Words{"chat", "shop"}));
  EXPECT_EQ(CompleteAt("DROP NAMESPACE s"), (Words{"shop"}));
}

TEST(Completion, OffersColumnsOfTheTablesNamed) {
  EXPECT_EQ(CompleteAt("SELECT ", " FROM messages"), (Words{"author", "body", "id", "messages"}));
  EXPECT_EQ(CompleteAt("SELECT a", " FROM messages"),
            (Words{"add", "all", "alter", "and", "as", "asc", "author"}));
  EXPECT_EQ(CompleteAt("SELECT * FROM shop.orders WHERE to"), (Words{"to", "total"}));
  EXPECT_EQ(CompleteAt("UPDATE shop.orders SET ta"), (Words{"table", "tables", "tax"}));
}

TEST(Completion, OffersColumnsOfAliases) {
  EXPECT_EQ(CompleteAt("SELECT m.", " FROM messages AS m, shop.orders o"),
            (Words{"author", "body", "id"}));
  EXPECT_EQ(CompleteAt("SELECT o.t", " FROM messages AS m, shop.orders o"),
            (Words{"tax", "total"}));
  EXPECT_EQ(CompleteAt("SELECT shop.orders.ta"), (Words{"tax"}));
  EXPECT_EQ(CompleteAt("SELECT messages.b", " FROM messages"), (Words{"body"}));
}

TEST(Completion, OffersNothingInQuotesAndComments) {
  EXPECT_EQ(CompleteAt("SELECT 'sel"), Words{});
  EXPECT_EQ(CompleteAt("SELECT /* sel"), Words{});
}

TEST(Completion, KnowsTheCommands) {
  EXPECT_EQ(CompleteAt("\\ti"), (Words{"\\timing"}));
  EXPECT_EQ(CompleteAt("\\d"), (Words{"\\d", "\\dt"}));
  EXPECT_EQ(CompleteAt("\\c s"), (Words{"shop"}));
  EXPECT_EQ(CompleteAt("\\d mes"), (Words{"messages"}));
  EXPECT_EQ(CompleteAt("\\d shop."), (Words{"orders"}));
}

TEST(Completion, ReplacesTheLastPartOfTheWord) {
  FixedNames names;
  EXPECT_EQ(Complete("SELECT * FROM shop.or", "", names).replaced_bytes, 2u);
  EXPECT_EQ(Complete("sel", "", names).replaced_bytes, 3u);
  EXPECT_EQ(Complete("\\d shop.or", "", names).replaced_bytes, 2u);
}

TEST(Completion, FindsTheCommonStart) {
  EXPECT_EQ(CommonStart({}), "");
  EXPECT_EQ(CommonStart({"abc"}), "abc");
  EXPECT_EQ(CommonStart({"members", "messages"}), "me");
  EXPECT_EQ(CommonStart({"gr\xc3\xbc", "gr\xc3\xb6"}), "gr");
}

}  // namespace
}  // namespace kalamdb::cli
