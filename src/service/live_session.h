// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "live/messages.h"
#include "live/outbox.h"
#include "live/page_reader.h"
#include "service/live_service.h"

namespace kalamdb::service {

class LocalLiveService;

// One connection as the service sees it: outlives the session that the connection holds for as long
// as somebody works with it. Thread-safe; Subscribe(), NextBatch() and Unsubscribe() one at a time.
class LiveConnection final : public live::OutboxListener {
 public:
  LiveConnection(LocalLiveService& service, LiveSessionOptions options,
                 LiveSessionListener& listener);

  void Subscribe(SubscribeRequest request);
  void NextBatch(std::string_view id, std::optional<CommitSeq> last_seq);
  void Unsubscribe(std::string_view id);
  void Send(std::string_view json);
  void NoteActivity();
  // Ends everything; the listener is not called any more.
  void Close();

  // ---- On the service's own thread ----
  // Reads what a subscription that was behind has missed.
  void CatchUp(const live::SubscriptionPtr& subscription);
  // Ends a subscription and tells the client why. False: it had ended.
  bool Fail(const live::SubscriptionPtr& subscription, std::string_view code,
            std::string_view message);
  void AskToClose(uint16_t code, std::string_view reason);

  const LiveSessionOptions& options() const { return options_; }
  live::Outbox& outbox() { return *outbox_; }
  std::vector<live::SubscriptionPtr> subscriptions() const;
  int64_t last_heard() const { return last_heard_.load(std::memory_order_relaxed); }
  // The role that the user had when the connection was opened; nothing for an unknown user.
  std::optional<Role> stored_role;

  void OnFrames() override;
  void OnBehind(live::SubscriptionPtr subscription) override;

 private:
  // How far the client has paged. Used by the calls of the session only.
  struct Load {
    bool has_initial_data = false;
    bool is_reporting_gone = false;  // A resume.
    bool is_done = false;
    CommitSeq start;  // `from`.
    CommitSeq boundary;
    size_t batch_rows = 0;
    uint32_t next_number = 0;
  };
  struct Entry {
    live::SubscriptionPtr subscription;
    std::shared_ptr<Load> load;
  };
  // The messages that carry a page, and the control of its first batch.
  struct PageMessages {
    std::vector<std::string> messages;
    live::BatchControl first;
  };
  struct WireFailure {
    std::string_view code;
    std::string message;
  };
  using Outcome = std::optional<WireFailure>;

  Outcome TrySubscribe(SubscribeRequest& request);
  Outcome CheckOptions(const SubscribeRequest& request) const;
  StatusOr<live::SubscriptionPtr> Bind(SubscribeRequest& request, sql::BoundLiveFilter* filter);
  Outcome LoadFirst(const Entry& entry, const SubscribeRequest& request);
  // A snapshot and the last commit that it holds.
  Status FixMoment(store::SnapshotPtr* snapshot, CommitSeq* seq);
  StatusOr<live::Page> Read(const live::Subscription& subscription, live::PageRequest request);
  static PageMessages Describe(const live::Subscription& subscription, const live::Page& page,
                               bool is_resync, uint32_t* number);
  // Why there is no page; nothing when there is one. `code` is the wire code of a failure.
  static Outcome FailureOf(const StatusOr<live::Page>& page, std::string_view (*code)(StatusCode));
  bool End(const live::SubscriptionPtr& subscription);
  std::optional<Entry> Find(std::string_view id) const;
  void SendError(std::string_view id, const WireFailure& failure);

  LocalLiveService& service_;
  const LiveSessionOptions options_;
  const std::shared_ptr<live::Outbox> outbox_;
  std::atomic<int64_t> last_heard_;
  mutable Mutex mu_;
  std::map<std::string, Entry, std::less<>> entries_ KALAMDB_GUARDED_BY(mu_);
  Mutex listener_mu_;  // Held while the listener is called.
  LiveSessionListener* listener_ KALAMDB_GUARDED_BY(listener_mu_);
};

}  // namespace kalamdb::service
