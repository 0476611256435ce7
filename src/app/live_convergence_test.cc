// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <iostream>
#include <random>
#include <thread>

#include "app/live_fixture.h"

namespace kalamdb::app {
namespace {

const service::Caller kOwner{.user = {"root"}, .role = Role::kSystem};

// What one seed does: statements of several users, clients that page, stall, leave and come back,
// and restarts of the server. At the end every client holds what its query returns.
class Storm {
 public:
  explicit Storm(uint64_t seed) : random_(seed) {
    LoadedSettings& loaded = world_.loaded();
    // Small enough that queues overflow.
    loaded.values.live.connection_queue_bytes = 1'000 + Below(20'000);
    loaded.values.live.change_queue_bytes = Below(4) == 0 ? 3'000 : 1u << 20;
  }

  void Run() {
    Begin();
    for (size_t i = 0; i < kClients; ++i) {
      clients_.push_back(MakeMember());
    }
    const int rounds = 12;
    for (int round = 0; round < rounds; ++round) {
      std::vector<std::thread> writers;
      for (uint64_t writer = 0; writer < kUsers; ++writer) {
        writers.emplace_back([this, writer, seed = random_()] { Write(writer, seed); });
      }
      for (int step = 0; step < 40; ++step) {
        Disturb();
      }
      for (std::thread& writer : writers) {
        writer.join();
      }
      if (Below(6) == 0) {
        Restart();
      }
    }
    Settle();
  }

  uint64_t events() const { return events_; }
  uint64_t resyncs() const { return resyncs_; }

 private:
  static constexpr uint64_t kUsers = 3;
  static constexpr size_t kClients = 24;
  struct Member {
    service::Caller caller;
    std::string sql;
    std::unique_ptr<LiveClient> client;
    bool is_stalled = false;
  };

  uint64_t Below(uint64_t bound) { return random_() % bound; }
  static service::Caller UserOf(uint64_t number) {
    return {.user = {"user" + std::to_string(number)}, .role = Role::kService};
  }

  void Begin() {
    world_.Start();
    world_.Must(kOwner, "CREATE NAMESPACE IF NOT EXISTS app");
    world_.Must(kOwner,
                "CREATE USER TABLE IF NOT EXISTS app.notes (id BIGINT PRIMARY KEY, room TEXT, "
                "n INT, body TEXT)");
    world_.Must(kOwner,
                "CREATE SHARED TABLE IF NOT EXISTS app.board (id BIGINT PRIMARY KEY, room TEXT, "
                "n INT, body TEXT)");
  }

  // One user's statements. Conflicts and duplicate keys are part of it.
  void Write(uint64_t user, uint64_t seed) {
    std::mt19937_64 random(seed);
    const auto below = [&](uint64_t bound) { return random() % bound; };
    const auto text = [&](uint64_t number) { return std::to_string(number); };
    const auto one = [&]() -> std::string {
      const std::string table = below(2) == 0 ? "app.notes" : "app.board";
      const std::string id = text(below(60));
      const std::string room = "'r" + text(below(4)) + "'";
      switch (below(10)) {
        case 0:
        case 1:
        case 2:
          return "INSERT INTO " + table + " VALUES (" + id + ", " + room + ", " + text(below(20)) +
                 ", '" + std::string(below(200), 'x') +
                 "') ON CONFLICT (id) DO UPDATE SET room = excluded.room, n = excluded.n";
        case 3:
          return "INSERT INTO " + table + " VALUES (" + id + ", NULL, NULL, 'new')";
        case 4:
          return "UPDATE " + table + " SET room = " + room + " WHERE id = " + id;
        case 5:
          return "UPDATE " + table + " SET n = n + 1 WHERE room = " + room;
        case 6:
          return "UPDATE " + table + " SET n = NULL WHERE n > " + text(below(30));
        case 7:
          return "DELETE FROM " + table + " WHERE id = " + id;
        case 8:
          return "DELETE FROM " + table + " WHERE n = " + text(below(20));
        default:
          return "UPDATE " + table + " SET body = 'b" + text(below(100)) + "' WHERE id < " +
                 text(below(20));
      }
    };
    for (int i = 0; i < 12; ++i) {
      std::string sql = one();
      if (below(4) == 0) {
        sql = "BEGIN; " + sql + "; " + one() + "; " + one() + "; COMMIT";
      }
      world_.Run(UserOf(user), sql);
    }
    if (below(8) == 0) {
      world_.Run(kOwner, "STORAGE FLUSH TABLE app.board");
      world_.Run(kOwner, "STORAGE FLUSH TABLE app.notes");
    }
    if (below(16) == 0) {
      world_.Run(kOwner, "STORAGE COMPACT TABLE app.board");
    }
  }

  Member MakeMember() {
    static const char* const kFilters[] = {
        "",
        " WHERE room = 'r1'",
        " WHERE room = 'r2' AND n > 5",
        " WHERE room IN ('r0', 'r3')",
        " WHERE room IS NULL",
        " WHERE NOT (room = 'r1')",
        " WHERE room LIKE 'r%' AND length(body) % 2 = 0",
        " WHERE coalesce(n, 0) BETWEEN 3 AND 12 OR room = 'r0'",
        " WHERE id = 7",
        " WHERE id < 20 OR n IS NULL",
        " WHERE upper(room) = 'R2'",
        " WHERE body LIKE 'b%'",
    };
    static const char* const kColumns[] = {"*", "id, n", "room, body, _seq", "id, _updated"};
    Member member;
    member.caller = UserOf(Below(kUsers));
    member.sql = std::string("SELECT ") + kColumns[Below(std::size(kColumns))] + " FROM " +
                 (Below(2) == 0 ? "app.notes" : "app.board") + kFilters[Below(std::size(kFilters))];
    member.client = std::make_unique<LiveClient>();
    Join(member);
    return member;
  }

  void Join(Member& member) {
    LiveClient& client = *member.client;
    client.Connect(world_.live(), member.caller);
    const auto batch_size = static_cast<uint32_t>(1 + Below(30));
    // Before anything was received there is nothing to go on from.
    const bool is_resumed = client.is_ready && client.last_seq > 0;
    if (!is_resumed) {
      client.rows.clear();
      client.last_seq = 0;
      client.Subscribe(member.sql, batch_size);
    } else {
      client.Subscribe(member.sql, batch_size, CommitSeq{client.last_seq});
    }
  }

  void Disturb() {
    Member& member = clients_[Below(clients_.size())];
    switch (Below(12)) {
      case 0:
        member.is_stalled = !member.is_stalled;
        break;
      case 1:
        // What was sent and not read is lost with the connection.
        member.client->Disconnect();
        Join(member);
        break;
      case 2:
        std::this_thread::yield();
        break;
      default:
        if (!member.is_stalled) {
          member.client->Pump(1 + Below(4'000));
        }
        break;
    }
  }

  void Restart() {
    for (Member& member : clients_) {
      member.client->Disconnect();
    }
    world_.Stop();
    Begin();
    for (Member& member : clients_) {
      Join(member);
    }
  }

  // A row as both sides see it: what is in every row of the client, whatever was listed.
  std::map<std::string, LiveClient::Object> Expected(const Member& member) {
    std::string sql = member.sql;
    const size_t from = sql.find(" FROM ");
    const std::string columns = sql.substr(7, from - 7);
    if (columns != "*") {
      std::string more = columns;
      for (const char* always : {"id", "_seq"}) {
        if ((", " + columns + ",").find(std::string(", ") + always + ",") == std::string::npos) {
          more += std::string(", ") + always;
        }
      }
      sql = "SELECT " + more + sql.substr(from);
    }
    std::map<std::string, LiveClient::Object> rows;
    for (LiveClient::Object& row : world_.Query(member.caller, sql)) {
      const std::string key = row.at("id");
      rows[key] = std::move(row);
    }
    return rows;
  }

  // Whether nothing more is on its way to any client.
  bool IsQuiet() {
    for (const catalog::LiveRow& row : world_.live().List()) {
      if (row.status != "live" || row.queue_length > 0) {
        return false;
      }
    }
    return true;
  }

  void Settle() {
    for (Member& member : clients_) {
      const std::map<std::string, LiveClient::Object> expected = Expected(member);
      LiveClient& client = *member.client;
      EXPECT_TRUE(client.PumpUntil([&] { return client.is_ready && client.rows == expected; }))
          << member.sql << " of " << member.caller.user.value << ": " << client.rows.size()
          << " rows instead of " << expected.size() << ", error " << client.error;
    }
    const auto pump_all = [this] {
      for (Member& member : clients_) {
        while (member.client->Pump()) {
        }
      }
      return IsQuiet();
    };
    EXPECT_TRUE(clients_.front().client->PumpUntil(pump_all));
    // What came after that, such as the deletion of a row that was never there, changed nothing.
    for (Member& member : clients_) {
      LiveClient& client = *member.client;
      EXPECT_TRUE(client.rows == Expected(member)) << member.sql;
      EXPECT_EQ(client.disorder, 0u) << member.sql;
      EXPECT_EQ(client.error, "") << member.sql;
      events_ += client.events;
      resyncs_ += client.resyncs;
      client.Disconnect();
    }
    EXPECT_EQ(world_.live().subscription_count(), 0u);
    EXPECT_EQ(world_.live().connection_count(), 0u);
  }

  std::mt19937_64 random_;
  LiveWorld world_;
  std::vector<Member> clients_;
  uint64_t events_ = 0;
  uint64_t resyncs_ = 0;
};

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// KALAMDB_LIVE_SEED and KALAMDB_LIVE_SEEDS: where to begin and how many.
TEST(LiveConvergence, EveryClientEndsWithWhatItsQueryReturns) {
  const uint64_t first = FromEnvironment("KALAMDB_LIVE_SEED", 1);
  const uint64_t count = FromEnvironment("KALAMDB_LIVE_SEEDS", 3);
  uint64_t events = 0;
  uint64_t resyncs = 0;
  for (uint64_t seed = first; seed < first + count; ++seed) {
    SCOPED_TRACE("KALAMDB_LIVE_SEED=" + std::to_string(seed));
    Storm storm(seed);
    storm.Run();
    events += storm.events();
    resyncs += storm.resyncs();
    if (::testing::Test::HasFailure()) {
      break;
    }
  }
  std::cout << events << " events checked, " << resyncs << " of them after a resync, seeds "
            << first << " to " << first + count - 1 << "\n";
}

}  // namespace
}  // namespace kalamdb::app
