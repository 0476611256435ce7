// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "app/data_tier.h"
#include "app/sql_tier.h"
#include "base/mutex.h"
#include "catalog/temp_store.h"
#include "types/json_codec.h"

// For tests of live queries: a server without its sockets, and a client that keeps what it is sent.
namespace kalamdb::app {

// The data tier, the jobs and the services of a server in a directory of its own.
class LiveWorld {
 public:
  LiveWorld() { Configure(); }
  ~LiveWorld() { Stop(); }

  LoadedSettings& loaded() { return loaded_; }
  void Start() {
    auto directory = DataDir::Open((folder_.path() / "data").string());
    ASSERT_TRUE(directory.has_value()) << directory.error().ToString();
    directory_.emplace(std::move(*directory));
    auto data = DataTier::Open(loaded_.values, *directory_, clock_);
    ASSERT_TRUE(data.has_value()) << data.error().ToString();
    data_ = std::move(*data);
    auto jobs = jobs::JobRunner::Open(data_->store(), clock_, rng_, {});
    ASSERT_TRUE(jobs.has_value()) << jobs.error().ToString();
    jobs_ = std::move(*jobs);
    auto sql = SqlTier::Open(loaded_, *directory_, *data_, *jobs_, clock_, port_);
    ASSERT_TRUE(sql.has_value()) << sql.error().ToString();
    sql_ = std::move(*sql);
    sql_->RegisterHandlers(*jobs_);
    ASSERT_TRUE(jobs_->Start().ok());
    ASSERT_TRUE(sql_->flush_scheduler().Start().ok());
  }
  // Sessions are gone by then.
  void Stop() {
    if (sql_ == nullptr) {
      return;
    }
    sql_->live().Stop();
    sql_->flush_scheduler().Stop();
    jobs_->Stop();
    EXPECT_TRUE(data_->Stop().ok());
    sql_.reset();
    jobs_.reset();
    data_.reset();
    directory_.reset();
  }

  service::LocalLiveService& live() { return sql_->live(); }
  DataTier& data() { return *data_; }

  service::SqlOutcome Run(const service::Caller& caller, std::string sql) {
    std::promise<service::SqlOutcome> promise;
    sql_->sql().Execute(
        {.caller = caller,
         .sql = std::move(sql),
         .parameters = {},
         .namespace_id = "app",
         .cancel = std::make_shared<CancelToken>()},
        [&](service::SqlOutcome outcome) { promise.set_value(std::move(outcome)); });
    return promise.get_future().get();
  }
  void Must(const service::Caller& caller, const std::string& sql) {
    const service::SqlOutcome outcome = Run(caller, sql);
    EXPECT_TRUE(outcome.status.ok()) << sql << ": " << outcome.status.ToString();
  }
  // The rows of a query, each as names and JSON values; NULLs and `_deleted` left out.
  std::vector<std::map<std::string, std::string>> Query(const service::Caller& caller,
                                                        const std::string& sql) {
    std::vector<std::map<std::string, std::string>> rows;
    service::SqlOutcome outcome = Run(caller, sql);
    EXPECT_TRUE(outcome.status.ok()) << sql << ": " << outcome.status.ToString();
    if (!outcome.status.ok()) {
      return rows;
    }
    service::StatementResult& result = outcome.results.front();
    std::vector<types::Row> batch;
    do {
      EXPECT_TRUE(result.rows->Next(&batch).ok());
      for (const types::Row& row : batch) {
        auto& object = rows.emplace_back();
        for (size_t i = 0; i < row.size(); ++i) {
          if (!row[i].is_null() && result.columns[i].name != "_deleted") {
            std::string text;
            types::AppendJsonValue(row[i], result.columns[i].type, &text);
            object[result.columns[i].name] = boost::json::serialize(boost::json::parse(text));
          }
        }
      }
    } while (!batch.empty());
    return rows;
  }

 private:
  void Configure() {
    loaded_.values.auth.bcrypt_cost = 4;
    loaded_.values.auth.root_password = Secret("a long enough Passw0rd");
    loaded_.values.rate_limit.max_subscriptions_per_user = 10'000;
  }

  catalog::TempFolder folder_;
  SystemClock clock_;
  Rng rng_{1};
  LoadedSettings loaded_;
  std::atomic<uint16_t> port_{8080};
  std::optional<DataDir> directory_;
  std::unique_ptr<DataTier> data_;
  std::unique_ptr<jobs::JobRunner> jobs_;
  std::unique_ptr<SqlTier> sql_;
};

// One connection with one subscription, `s`.
class LiveClient final : public service::LiveSessionListener {
 public:
  using Object = std::map<std::string, std::string>;  // Values as JSON.

  explicit LiveClient(std::string key = "id") : key_(std::move(key)) {}
  ~LiveClient() { Disconnect(); }

  void Connect(service::LiveService& live, const service::Caller& caller) {
    static std::atomic<uint64_t> connections{0};
    std::string id = std::to_string(++connections);
    id.insert(0, 32 - id.size(), '0');
    auto opened = live.Open(
        {.caller = caller, .connection_id = id, .encoding = {.is_compressing = false}}, *this);
    ASSERT_TRUE(opened.has_value()) << opened.error().ToString();
    session_ = std::move(*opened);
  }
  void Disconnect() { session_.reset(); }
  bool is_connected() const { return session_ != nullptr; }
  service::LiveSession& session() { return *session_; }

  void Subscribe(const std::string& sql, std::optional<uint32_t> batch_size = {},
                 std::optional<CommitSeq> from = {}) {
    service::SubscribeRequest request;
    request.id = "s";
    request.sql = sql;
    request.has_initial_data = true;
    request.batch_size = batch_size;
    request.from = from;
    is_ready = false;
    session_->Subscribe(std::move(request));
  }

  // Takes what waits and does what it says. False: nothing waited.
  bool Pump(size_t bytes_max = SIZE_MAX) {
    std::vector<live::FramePtr> frames;
    if (!session_->TakeFrames(bytes_max, &frames)) {
      return false;
    }
    for (const live::FramePtr& frame : frames) {
      Apply(Payload(*frame));
    }
    return true;
  }
  // Pumps until `is_done`, at most half a minute.
  template <class F>
  bool PumpUntil(F&& is_done) {
    const std::chrono::nanoseconds end = clock_.Monotonic() + std::chrono::seconds(30);
    while (true) {
      while (Pump()) {
      }
      if (is_done()) {
        return true;
      }
      if (clock_.Monotonic() > end) {
        return false;
      }
      const MutexLock lock(mu_);
      if (!has_frames_) {
        changed_.WaitFor(mu_, std::chrono::milliseconds(20));
      }
      has_frames_ = false;
    }
  }

  void OnFrames() override {
    const MutexLock lock(mu_);
    has_frames_ = true;
    changed_.NotifyAll();
  }
  void OnClose(uint16_t code, std::string_view) override {
    const MutexLock lock(mu_);
    close_code_ = code;
    changed_.NotifyAll();
  }
  uint16_t close_code() {
    const MutexLock lock(mu_);
    return close_code_;
  }

  // ---- What was received ----
  std::vector<std::string> messages;   // Of this connection, when is_keeping.
  std::map<std::string, Object> rows;  // By key.
  std::string error;                   // The code of the last one.
  uint64_t last_seq = 0;
  uint64_t events = 0;
  uint64_t resyncs = 0;
  uint64_t disorder = 0;  // Events that did not come in the order of `_seq`.
  bool is_ready = false;
  bool is_keeping = false;
  bool is_paging = true;  // Asks for the next batch by itself.

 private:
  static std::string Payload(const live::Frame& frame) {
    const std::string& bytes = frame.bytes();
    const auto length = static_cast<uint8_t>(bytes[1]);
    return bytes.substr(length < 126 ? 2 : length == 126 ? 4 : 10);
  }
  static Object ToObject(const boost::json::value& json) {
    Object object;
    for (const auto& [name, value] : json.as_object()) {
      if (!value.is_null() && name != "_deleted") {
        object[std::string(name)] = boost::json::serialize(value);
      }
    }
    return object;
  }
  void NoteSeq(const Object& object) {
    const std::string& text = object.at("_seq");
    const uint64_t seq = std::stoull(text.substr(1, text.size() - 2));
    disorder += seq <= last_seq ? 1 : 0;
    last_seq = std::max(last_seq, seq);
    ++events;
  }
  void Put(const boost::json::value& json) {
    Object object = ToObject(json);
    NoteSeq(object);
    std::string key = object.at(key_);
    rows[key] = std::move(object);
  }
  void Apply(const std::string& text) {
    if (is_keeping) {
      messages.push_back(text);
    }
    const boost::json::value message = boost::json::parse(text);
    const boost::json::string& type = message.at("type").as_string();
    if (type == "initial_data_batch") {
      for (const boost::json::value& row : message.at("rows").as_array()) {
        Put(row);
      }
      const boost::json::value& control = message.at("batch_control");
      resyncs += control.at("status").as_string() == "resync" ? 1 : 0;
      is_ready = is_ready || control.at("status").as_string() == "ready";
      if (control.at("has_more").as_bool() && is_paging) {
        session_->NextBatch("s", CommitSeq{control.at("last_seq_id").to_number<uint64_t>()});
      }
    } else if (type == "change") {
      if (message.at("change_type").as_string() == "delete") {
        const Object old = ToObject(message.at("old_values").at(0));
        NoteSeq(old);
        rows.erase(old.at(key_));
      } else {
        Put(message.at("rows").at(0));
      }
    } else if (type == "error") {
      error = std::string(message.at("code").as_string());
    }
  }

  const std::string key_;
  const SystemClock clock_;
  std::unique_ptr<service::LiveSession> session_;
  Mutex mu_;
  CondVar changed_;
  bool has_frames_ KALAMDB_GUARDED_BY(mu_) = false;
  uint16_t close_code_ KALAMDB_GUARDED_BY(mu_) = 0;
};

}  // namespace kalamdb::app
