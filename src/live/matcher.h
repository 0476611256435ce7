// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "live/change_queue.h"
#include "live/subscription.h"
#include "sql/exec/row_filter.h"

namespace kalamdb::live {

// Brings every commit to the subscriptions that it concerns: table, then scope, then an index on
// one `column = constant` of the filter, then the filter. Subscriptions with the same filter and
// columns share one match; a change is written once for equal columns, and framed once for equal
// ids.
//
// Thread-safe. Matching is done by one thread of its own, from `queue`, in commit order.
class Matcher {
 public:
  // Called when a subscription cannot go on, with the lock of the matcher held: must not call it.
  // By then it was removed.
  using OnFailed = std::function<void(SubscriptionPtr, const Status&)>;

  // What is passed by reference outlives it.
  Matcher(ChangeQueue& queue, const Clock& clock, OnFailed on_failed);
  // Stop()s.
  ~Matcher();

  // From now on the subscription gets the changes of later commits. Its query and text become those
  // that equal ones share.
  void Add(const SubscriptionPtr& subscription, sql::BoundLiveFilter filter);
  // Returns when no call for it is running.
  void Remove(const SubscriptionPtr& subscription);
  void Stop();

 private:
  // Who gets the same frame.
  struct Receivers {
    std::string id;
    Encoding encoding;
    std::vector<SubscriptionPtr> subscriptions;
  };
  // Subscriptions with the same filter and the same columns.
  struct Group {
    std::string signature;
    catalog::TableDefPtr table;
    std::unique_ptr<sql::RowFilter> filter;
    std::optional<sql::IndexedEquality> equality;
    std::shared_ptr<const sql::LiveQuery> query;
    std::shared_ptr<const RowText> text;
    std::vector<Receivers> receivers;
    std::unordered_map<std::string, size_t> by_id;  // Into receivers.
  };
  using GroupPtr = std::shared_ptr<Group>;
  struct ColumnIndex {
    size_t column = 0;
    types::TypeId type = types::TypeId::kText;
    std::unordered_map<std::string, std::vector<GroupPtr>> groups;
  };
  struct ScopeEntry {
    std::unordered_map<std::string, GroupPtr> by_signature;
    std::vector<ColumnIndex> indexes;
    std::vector<GroupPtr> others;  // Not in an index.
    uint32_t schema_version = 0;   // That all groups are known to be bound to; 0: not known.
  };
  using TableEntry = std::unordered_map<std::string, ScopeEntry>;
  class Change;

  void Run();
  ScopeEntry* FindScope(TableId id, const std::string& scope) KALAMDB_REQUIRES(mu_);
  void Publish(const table::ScopeChanges& changes) KALAMDB_REQUIRES(mu_);
  void PublishOne(const table::ScopeChanges& changes, const table::RowChange& change,
                  ScopeEntry& scope) KALAMDB_REQUIRES(mu_);
  void PublishLost(const LostChanges& lost) KALAMDB_REQUIRES(mu_);
  void Send(const GroupPtr& group, Change& change, int64_t now) KALAMDB_REQUIRES(mu_);
  void FailGroups() KALAMDB_REQUIRES(mu_);
  static void AddToIndex(ScopeEntry& scope, const GroupPtr& group);
  static void RemoveFromIndex(ScopeEntry& scope, const GroupPtr& group);
  void RemoveLocked(const SubscriptionPtr& subscription) KALAMDB_REQUIRES(mu_);

  ChangeQueue& queue_;
  const Clock& clock_;
  const OnFailed on_failed_;
  Mutex mu_;
  std::unordered_map<TableId, TableEntry> tables_ KALAMDB_GUARDED_BY(mu_);  // By scope.
  std::vector<std::pair<GroupPtr, Status>> failed_ KALAMDB_GUARDED_BY(mu_);
  std::thread thread_;
};

}  // namespace kalamdb::live
