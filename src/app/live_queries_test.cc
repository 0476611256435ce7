// SPDX-License-Identifier: Apache-2.0
#include <boost/json/src.hpp>
#include <gmock/gmock.h>

#include "app/live_fixture.h"

namespace kalamdb::app {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const service::Caller kRoot{.user = {"root"}, .role = Role::kSystem};
const service::Caller kAlice{.user = {"alice"}, .role = Role::kUser};
const service::Caller kBob{.user = {"bob"}, .role = Role::kUser};

class LiveQueries : public ::testing::Test {
 protected:
  void SetUp() override { Begin(); }
  void Begin() {
    world_.Start();
    world_.Must(kRoot, "CREATE NAMESPACE IF NOT EXISTS app");
    world_.Must(kRoot,
                "CREATE USER TABLE IF NOT EXISTS app.notes (id BIGINT PRIMARY KEY, room TEXT, "
                "n INT, body TEXT)");
  }
  // A subscription that is live.
  void Open(LiveClient& client, const std::string& sql, const service::Caller& caller = kAlice) {
    client.is_keeping = true;
    client.Connect(world_.live(), caller);
    client.Subscribe(sql);
    ASSERT_TRUE(client.PumpUntil([&] { return client.is_ready || !client.error.empty(); }));
    ASSERT_EQ(client.error, "") << client.messages.back();
    client.messages.clear();
  }
  // The messages after `count` of them have come.
  std::vector<std::string> Messages(LiveClient& client, size_t count) {
    EXPECT_TRUE(client.PumpUntil([&] { return client.messages.size() >= count; }));
    return std::exchange(client.messages, {});
  }

  LiveWorld world_;
};

TEST_F(LiveQueries, AnInsertArrives) {
  LiveClient client;
  Open(client, "SELECT * FROM app.notes");
  world_.Must(kAlice, "INSERT INTO app.notes VALUES (1, 'a', 2, 'hi')");
  EXPECT_THAT(Messages(client, 1),
              ElementsAre(AllOf(HasSubstr(R"("change_type":"insert")"),
                                HasSubstr(R"("id":"1","room":"a","n":2,"body":"hi","_seq":")"),
                                HasSubstr(R"("_deleted":false)"))));
}

TEST_F(LiveQueries, OtherUsersSeeNothing) {
  LiveClient client;
  Open(client, "SELECT * FROM app.notes", kBob);
  world_.Must(kAlice, "INSERT INTO app.notes VALUES (1, 'a', 2, 'hi')");
  world_.Must(kBob, "INSERT INTO app.notes VALUES (7, 'b', 2, 'hi')");
  EXPECT_THAT(Messages(client, 1), ElementsAre(HasSubstr(R"("id":"7")")));
}

TEST_F(LiveQueries, UpdatesShowWhatChanged) {
  world_.Must(kAlice, "INSERT INTO app.notes VALUES (1, 'a', 2, 'hi')");
  LiveClient client;
  Open(client, "SELECT * FROM app.notes");
  world_.Must(kAlice, "UPDATE app.notes SET n = NULL WHERE id = 1");
  EXPECT_THAT(
      Messages(client, 1),
      ElementsAre(AllOf(HasSubstr(R"("change_type":"update","rows":[{"id":"1","room":"a",)"),
                        HasSubstr(R"("body":"hi")"), HasSubstr(R"("old_values":[{"id":"1","n":2,)"),
                        Not(HasSubstr("_deleted")))));
}

TEST_F(LiveQueries, RowsEnterAndLeaveTheFilter) {
  world_.Must(kAlice, "INSERT INTO app.notes VALUES (1, 'a', 2, 'hi')");
  for (const char* filter :
       {"room = 'b'", "upper(room) = 'B'", "room = 'b' AND length(body) > 0"}) {
    LiveClient client;
    Open(client, std::string("SELECT id, body FROM app.notes WHERE ") + filter);
    world_.Must(kAlice, "UPDATE app.notes SET room = 'b' WHERE id = 1");
    world_.Must(kAlice, "UPDATE app.notes SET body = 'ho' WHERE id = 1");
    world_.Must(kAlice, "UPDATE app.notes SET room = 'a', body = 'hi' WHERE id = 1");
    const std::vector<std::string> messages = Messages(client, 3);
    EXPECT_THAT(messages,
                ElementsAre(HasSubstr(R"("insert","rows":[{"id":"1","body":"hi","_seq":")"),
                            HasSubstr(R"("update","rows":[{"id":"1","body":"ho")"),
                            HasSubstr(R"("delete","old_values":[{"id":"1","body":"ho","_seq":")")))
        << filter;
    EXPECT_TRUE(client.rows.empty());
    EXPECT_EQ(client.disorder, 0u);
  }
}

TEST_F(LiveQueries, ATransactionTellsOneChangeARow) {
  world_.Must(kAlice, "INSERT INTO app.notes VALUES (1, 'a', 2, 'hi')");
  LiveClient client;
  Open(client, "SELECT * FROM app.notes");
  world_.Must(kAlice,
              "BEGIN; UPDATE app.notes SET n = 3 WHERE id = 1; UPDATE app.notes SET n = 4 WHERE "
              "id = 1; INSERT INTO app.notes VALUES (2, 'a', 1, 'x'); DELETE FROM app.notes WHERE "
              "id = 2; INSERT INTO app.notes VALUES (3, 'a', 1, 'x'); COMMIT");
  EXPECT_THAT(
      Messages(client, 2),
      ElementsAre(AllOf(HasSubstr(R"("n":4)"), HasSubstr(R"("old_values":[{"id":"1","n":2)")),
                  AllOf(HasSubstr("insert"), HasSubstr(R"("id":"3")"))));
}

TEST_F(LiveQueries, ChangesDuringAPagedLoadComeAfterIt) {
  for (int i = 1; i <= 5; ++i) {
    world_.Must(kAlice, "INSERT INTO app.notes VALUES (" + std::to_string(i) + ", 'a', 0, 'x')");
  }
  LiveClient client;
  client.is_paging = false;
  client.is_keeping = true;
  client.Connect(world_.live(), kAlice);
  client.Subscribe("SELECT id, n FROM app.notes", 2);
  EXPECT_THAT(
      Messages(client, 2),
      ElementsAre(
          HasSubstr(R"("batch_control":{"batch_num":0,"has_more":true,"status":"loading")"),
          HasSubstr(R"("batch_control":{"batch_num":0,"has_more":true,"status":"loading")")));
  world_.Must(kAlice, "UPDATE app.notes SET n = 9 WHERE id = 5");
  world_.Must(kAlice, "DELETE FROM app.notes WHERE id = 1");
  client.is_paging = true;
  client.session().NextBatch("s", CommitSeq{client.last_seq});
  const std::vector<std::string> rest = Messages(client, 3);
  EXPECT_THAT(rest, ElementsAre(HasSubstr(R"("has_more":false,"status":"ready")"),
                                HasSubstr("update"), HasSubstr("delete")));
  EXPECT_EQ(client.rows.size(), 4u);
  EXPECT_EQ(client.disorder, 0u);
}

TEST_F(LiveQueries, AResumeReportsWhatIsGone) {
  for (int i = 1; i <= 4; ++i) {
    world_.Must(kAlice, "INSERT INTO app.notes VALUES (" + std::to_string(i) + ", 'a', 0, 'x')");
  }
  LiveClient client;
  const std::string sql = "SELECT * FROM app.notes WHERE room = 'a'";
  Open(client, sql);
  client.Disconnect();
  world_.Must(kAlice, "DELETE FROM app.notes WHERE id = 1");
  world_.Must(kAlice, "UPDATE app.notes SET room = 'b' WHERE id = 2");
  world_.Must(kAlice, "UPDATE app.notes SET n = 5 WHERE id = 3");
  world_.Must(kAlice, "INSERT INTO app.notes VALUES (5, 'a', 0, 'x')");
  client.Connect(world_.live(), kAlice);
  client.Subscribe(sql, {}, CommitSeq{client.last_seq});
  ASSERT_TRUE(client.PumpUntil([&] { return client.is_ready; }));
  EXPECT_EQ(client.disorder, 0u);
  EXPECT_EQ(client.rows.size(), 3u);
  EXPECT_EQ(client.rows.at("\"3\"").at("n"), "5");
  EXPECT_TRUE(client.rows.contains("\"5\""));
}

TEST_F(LiveQueries, WhatCannotBeLiveIsRefused) {
  const std::pair<const char*, const char*> kCases[] = {
      {"SELECT * FROM notes", "INVALID_SQL"},
      {"SELECT * FROM app.nope", "NOT_FOUND"},
      {"SELECT count(*) FROM app.notes", "INVALID_SQL"},
      {"SELECT * FROM app.notes ORDER BY id", "INVALID_SQL"},
      {"SELECT * FROM app.notes LIMIT 1", "INVALID_SQL"},
      {"SELECT * FROM app.notes a, app.notes b", "INVALID_SQL"},
      {"SELECT DISTINCT room FROM app.notes", "INVALID_SQL"},
      {"SELECT * FROM app.notes WHERE n > (SELECT 1)", "INVALID_SQL"},
      {"SELECT * FROM app.notes WHERE to_timestamp(n) < NOW()", "INVALID_SQL"},
      {"SELECT * FROM app.notes WHERE random() < 0.5", "INVALID_SQL"},
      {"SELECT * FROM app.notes WHERE nope = 1", "INVALID_SQL"},
      {"SELECT * FROM app.notes WHERE", "INVALID_SQL"},
      {"DELETE FROM app.notes", "INVALID_SQL"},
      {"SELECT * FROM system.jobs", "UNAUTHORIZED"},
  };
  for (const auto& [sql, code] : kCases) {
    LiveClient client;
    client.is_keeping = true;
    client.Connect(world_.live(), kAlice);
    client.Subscribe(sql);
    ASSERT_TRUE(client.PumpUntil([&] { return !client.messages.empty(); }));
    EXPECT_EQ(client.error, code) << sql << ": " << client.messages.front();
  }
  EXPECT_EQ(world_.live().subscription_count(), 0u);
}

TEST_F(LiveQueries, AFilterThatFailsEndsItsSubscription) {
  LiveClient client;
  Open(client, "SELECT * FROM app.notes WHERE 10 / n > 1");
  LiveClient other;
  Open(other, "SELECT * FROM app.notes");
  world_.Must(kAlice, "INSERT INTO app.notes VALUES (1, 'a', 0, 'hi')");
  EXPECT_THAT(Messages(client, 1),
              ElementsAre(AllOf(HasSubstr("SUBSCRIPTION_FAILED"), HasSubstr("zero"))));
  EXPECT_THAT(Messages(other, 1), ElementsAre(HasSubstr("insert")));
  EXPECT_EQ(world_.live().subscription_count(), 1u);
}

TEST_F(LiveQueries, ASlowReaderCatchesUp) {
  world_.Stop();
  world_.loaded().values.live.connection_queue_bytes = 2'000;
  Begin();
  LiveClient client;
  Open(client, "SELECT * FROM app.notes");
  for (int i = 1; i <= 100; ++i) {
    world_.Must(kAlice, "INSERT INTO app.notes VALUES (" + std::to_string(i) + ", 'a', 0, 'x')");
  }
  world_.Must(kAlice, "DELETE FROM app.notes WHERE id < 4");
  ASSERT_TRUE(client.PumpUntil([&] { return client.rows.size() == 97; }));
  EXPECT_GT(client.resyncs, 0u);
  EXPECT_EQ(client.disorder, 0u);
  world_.Must(kAlice, "INSERT INTO app.notes VALUES (1, 'a', 0, 'x')");
  EXPECT_TRUE(client.PumpUntil([&] { return client.rows.size() == 98; }));
}

TEST_F(LiveQueries, IntrospectionAndKill) {
  LiveClient client;
  Open(client, "SELECT * FROM app.notes");
  const auto rows = world_.Query(kRoot, "SELECT live_id, status, user_id FROM system.live");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].at("status"), "\"live\"");
  const std::string id = rows[0].at("live_id");
  world_.Must(kRoot, "KILL LIVE QUERY '" + id.substr(1, id.size() - 2) + "'");
  EXPECT_THAT(Messages(client, 1), ElementsAre(HasSubstr("KILLED")));
  EXPECT_TRUE(world_.Query(kRoot, "SELECT * FROM system.live_queries").empty());
  EXPECT_FALSE(world_.Run(kRoot, "KILL LIVE QUERY 'nope'").status.ok());
}

TEST_F(LiveQueries, ADroppedTableEndsItsSubscriptions) {
  LiveClient client;
  Open(client, "SELECT * FROM app.notes");
  world_.Must(kRoot, "DROP TABLE app.notes");
  EXPECT_THAT(Messages(client, 1), ElementsAre(HasSubstr("NOT_FOUND")));
}

TEST_F(LiveQueries, ADroppedUserIsSentAway) {
  world_.Must(kRoot, "CREATE USER alice WITH PASSWORD 'a long enough Passw0rd' ROLE user");
  LiveClient client;
  Open(client, "SELECT * FROM app.notes");
  world_.Must(kRoot, "DROP USER alice");
  EXPECT_TRUE(client.PumpUntil([&] { return client.close_code() == 1008; }));
}

TEST_F(LiveQueries, SubscribeToOverHttpTellsWhere) {
  const auto rows = world_.Query(
      kAlice, "SUBSCRIBE TO app.notes WHERE room = 'a' OPTIONS (last_rows = 5, batch_size = 10)");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].at("ws_url"), "\"ws://127.0.0.1:8080/v1/ws\"");
  EXPECT_THAT(rows[0].at("subscription"),
              AllOf(HasSubstr("SELECT * FROM app.notes WHERE room = 'a'"),
                    HasSubstr(R"(\"last_rows\":5,\"batch_size\":10)")));
}

}  // namespace
}  // namespace kalamdb::app
