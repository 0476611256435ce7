// SPDX-License-Identifier: Apache-2.0
#include "cli/request_grouper.h"

#include <gtest/gtest.h>

namespace kalamdb::cli {
namespace {

// The request that `text` on `line` completes; empty when it completes none.
Request AddStatement(RequestGrouper* grouper, std::string text, size_t line = 1) {
  auto request = grouper->Add({.text = std::move(text), .line = line});
  EXPECT_TRUE(request.has_value());
  return request.has_value() && request->has_value() ? **request : Request{};
}

TEST(RequestGrouper, SendsStatementsOneByOne) {
  RequestGrouper grouper;
  EXPECT_EQ(AddStatement(&grouper, "SELECT 1").sql, "SELECT 1");
  EXPECT_EQ(AddStatement(&grouper, "COMMIT").sql, "COMMIT");
  EXPECT_EQ(AddStatement(&grouper, "beginning").sql, "beginning");
  EXPECT_FALSE(grouper.Finish().has_value());
}

TEST(RequestGrouper, SendsTransactionsTogether) {
  for (const char* begin : {"BEGIN", "begin transaction", "START  /* x */ TRANSACTION"}) {
    for (const char* end : {"COMMIT", "rollback", "END", "ABORT"}) {
      RequestGrouper grouper;
      EXPECT_EQ(AddStatement(&grouper, begin, 3).sql, "");
      EXPECT_TRUE(grouper.in_transaction());
      EXPECT_EQ(AddStatement(&grouper, "INSERT 1 -- note", 4).sql, "");
      const Request request = AddStatement(&grouper, end, 7);
      EXPECT_EQ(request.sql, std::string(begin) + "\n;INSERT 1 -- note\n;" + end);
      EXPECT_EQ(request.lines, (std::vector<size_t>{3, 4, 7}));
      EXPECT_FALSE(grouper.in_transaction());
    }
  }
}

TEST(RequestGrouper, RemembersTheNamespace) {
  RequestGrouper grouper;
  EXPECT_EQ(AddStatement(&grouper, "USE chat").name_space, "chat");
  EXPECT_EQ(AddStatement(&grouper, "SELECT 1").name_space, std::nullopt);
  AddStatement(&grouper, "BEGIN");
  AddStatement(&grouper, "USE chat");
  AddStatement(&grouper, "INSERT 1");
  EXPECT_EQ(AddStatement(&grouper, "COMMIT").name_space, "chat");
}

TEST(RequestGrouper, HandsOverAnUnfinishedTransaction) {
  RequestGrouper grouper;
  AddStatement(&grouper, "BEGIN");
  AddStatement(&grouper, "INSERT 1");
  EXPECT_EQ(grouper.Finish()->sql, "BEGIN\n;INSERT 1");
  EXPECT_FALSE(grouper.in_transaction());
}

TEST(RequestGrouper, RefusesEndlessTransactions) {
  RequestGrouper grouper;
  AddStatement(&grouper, "BEGIN");
  const std::string big(16u << 20, 'x');
  for (int i = 0; i < 3; ++i) {
    AddStatement(&grouper, big);
  }
  EXPECT_FALSE(grouper.Add({.text = big, .line = 1}).has_value());
  EXPECT_FALSE(grouper.in_transaction());
}

TEST(NamespaceUsed, KnowsEverySpelling) {
  EXPECT_EQ(NamespaceUsed("USE Chat"), "chat");
  EXPECT_EQ(NamespaceUsed("use namespace chat"), "chat");
  EXPECT_EQ(NamespaceUsed("SET NAMESPACE chat -- now"), "chat");
  EXPECT_EQ(NamespaceUsed("USE \"Chat\""), "chat");
  EXPECT_EQ(NamespaceUsed("USE default"), "default");
  EXPECT_EQ(NamespaceUsed("USE 'chat'"), "chat");
  EXPECT_EQ(NamespaceUsed("USE namespace"), "namespace");
}

TEST(NamespaceUsed, IgnoresEverythingElse) {
  for (const char* sql : {"SELECT 1", "USE", "USE a.b", "USE a b", "SET x = 1", "SET NAMESPACE",
                          "USE \"", "USE ''", ""}) {
    EXPECT_FALSE(NamespaceUsed(sql).has_value()) << sql;
  }
}

}  // namespace
}  // namespace kalamdb::cli
