// SPDX-License-Identifier: Apache-2.0
#include "live/matcher.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "live/messages.h"
#include "live/outbox.h"
#include "types/json_codec.h"

namespace kalamdb::live {

namespace {

// Subscriptions with equal signatures in one scope share a group. Parameters and the role are part
// of what a filter means; the user is, unless it stands in the text.
std::string SignatureOf(const Subscription& subscription) {
  std::string signature = subscription.text->signature();
  signature += '\n';
  signature += subscription.query->where_text;
  signature += '\n';
  signature += subscription.query->alias;
  signature += '\n';
  signature += std::to_string(static_cast<int>(subscription.session->role));
  signature += '\n';
  signature += std::to_string(subscription.table->schema().version);
  for (const types::Parameter& parameter : subscription.session->parameters) {
    signature += '\n';
    signature += types::SqlName(parameter.type);
    signature += ':';
    if (parameter.value.is_string()) {
      signature += std::to_string(parameter.value.AsString().size());
      signature += ':';
      signature += parameter.value.AsString();
    } else if (!parameter.value.is_null()) {
      types::AppendJsonValue(parameter.value, parameter.type, &signature);
    }
  }
  return signature;
}

std::string ReceiverKey(const Subscription& subscription) {
  const Encoding& encoding = subscription.encoding;
  std::string key = subscription.id;
  key += '\0';
  key += static_cast<char>('0' + static_cast<int>(encoding.serialization) * 2 +
                           (encoding.is_compressing ? 1 : 0));
  return key;
}

}  // namespace

// One change on its way, with what it looks like in the columns of each group.
class Matcher::Change {
 public:
  enum class Kind : uint8_t { kNothing, kInsert, kUpdate, kDelete };

  static StatusOr<Change> Open(const types::TableLayout& layout, const table::RowChange& change) {
    Change opened(change);
    KALAMDB_ASSIGN_OR_RETURN(opened.row_, types::RowView::Open(layout, change.row));
    if (opened.has_old()) {
      KALAMDB_ASSIGN_OR_RETURN(opened.old_, types::RowView::Open(layout, change.old_row));
    }
    return opened;
  }

  CommitSeq seq() const { return change_->seq; }
  bool has_old() const { return change_->old_seq.value != 0; }
  const types::RowView& row() const { return row_; }
  const types::RowView& old_row() const { return old_; }

  // What the change is to those who see what `filter` lets pass.
  StatusOr<Kind> KindFor(sql::RowFilter& filter) const {
    bool was_in = false;
    bool is_in = false;
    if (has_old()) {
      KALAMDB_ASSIGN_OR_RETURN(was_in, filter.Matches(old_, change_->old_seq));
    }
    if (!change_->is_deleted) {
      KALAMDB_ASSIGN_OR_RETURN(is_in, filter.Matches(row_, change_->seq));
    }
    if (was_in) {
      return is_in ? Kind::kUpdate : Kind::kDelete;
    }
    return is_in ? Kind::kInsert : Kind::kNothing;
  }

  const std::string& BodyFor(const RowText& text, Kind kind) {
    for (const Body& body : bodies_) {
      if (body.kind == kind && (body.text == &text || body.text->signature() == text.signature())) {
        return body.json;
      }
    }
    std::string row;
    std::string json;
    switch (kind) {
      case Kind::kInsert:
        text.AppendRow(row_, seq(), &row);
        json = InsertBody(row);
        break;
      case Kind::kUpdate: {
        std::string old_row;
        text.AppendNew(row_, seq(), &row);
        text.AppendOld(old_, change_->old_seq, row_, &old_row);
        json = UpdateBody(row, old_row);
        break;
      }
      case Kind::kDelete:
        // A tombstone has the values of the row that was deleted; of a row that left the filter the
        // last version that was in it counts.
        text.AppendGone(old_, seq(), &row);
        json = DeleteBody(row);
        break;
      case Kind::kNothing:
        break;
    }
    return bodies_.emplace_back(Body{.text = &text, .kind = kind, .json = std::move(json)}).json;
  }

 private:
  struct Body {
    const RowText* text;
    Kind kind;
    std::string json;
  };
  explicit Change(const table::RowChange& change) : change_(&change) {}

  const table::RowChange* change_;
  types::RowView row_;
  types::RowView old_;
  std::deque<Body> bodies_;
};

Matcher::Matcher(ChangeQueue& queue, const Clock& clock, OnFailed on_failed)
    : queue_(queue), clock_(clock), on_failed_(std::move(on_failed)) {
  thread_ = std::thread([this] { Run(); });
}

Matcher::~Matcher() { Stop(); }

void Matcher::Stop() {
  queue_.Stop();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void Matcher::AddToIndex(ScopeEntry& scope, const GroupPtr& group) {
  if (!group->equality.has_value()) {
    scope.others.push_back(group);
    return;
  }
  const size_t column = group->equality->column;
  auto index = std::ranges::find(scope.indexes, column, &ColumnIndex::column);
  if (index == scope.indexes.end()) {
    scope.indexes.push_back(
        {.column = column, .type = group->table->schema().columns[column].type.id, .groups = {}});
    index = std::prev(scope.indexes.end());
  }
  index->groups[group->equality->value].push_back(group);
}

void Matcher::RemoveFromIndex(ScopeEntry& scope, const GroupPtr& group) {
  if (!group->equality.has_value()) {
    std::erase(scope.others, group);
    return;
  }
  const auto index =
      std::ranges::find(scope.indexes, group->equality->column, &ColumnIndex::column);
  if (index == scope.indexes.end()) {
    return;
  }
  const auto found = index->groups.find(group->equality->value);
  if (found != index->groups.end() && std::erase(found->second, group) > 0 &&
      found->second.empty()) {
    index->groups.erase(found);
  }
  if (index->groups.empty()) {
    scope.indexes.erase(index);
  }
}

void Matcher::Add(const SubscriptionPtr& subscription, sql::BoundLiveFilter filter) {
  std::string signature = SignatureOf(*subscription);
  const MutexLock lock(mu_);
  ScopeEntry& scope = tables_[subscription->table->id][subscription->scope.value];
  GroupPtr& group = scope.by_signature[signature];
  if (group == nullptr) {
    group = std::make_shared<Group>();
    group->signature = std::move(signature);
    group->table = subscription->table;
    group->filter = std::move(filter.filter);
    group->equality = std::move(filter.equality);
    group->query = subscription->query;
    group->text = subscription->text;
    AddToIndex(scope, group);
    scope.schema_version = 0;
  }
  subscription->query = group->query;
  subscription->text = group->text;
  const auto [slot, is_new] =
      group->by_id.try_emplace(ReceiverKey(*subscription), group->receivers.size());
  if (is_new) {
    group->receivers.push_back(
        {.id = subscription->id, .encoding = subscription->encoding, .subscriptions = {}});
  }
  group->receivers[slot->second].subscriptions.push_back(subscription);
}

void Matcher::Remove(const SubscriptionPtr& subscription) {
  const MutexLock lock(mu_);
  RemoveLocked(subscription);
}

void Matcher::RemoveLocked(const SubscriptionPtr& subscription) {
  const auto table = tables_.find(subscription->table->id);
  if (table == tables_.end()) {
    return;
  }
  const auto scope = table->second.find(subscription->scope.value);
  if (scope == table->second.end()) {
    return;
  }
  const auto found = scope->second.by_signature.find(SignatureOf(*subscription));
  if (found == scope->second.by_signature.end()) {
    return;
  }
  Group& group = *found->second;
  const auto slot = group.by_id.find(ReceiverKey(*subscription));
  if (slot == group.by_id.end()) {
    return;
  }
  Receivers& receivers = group.receivers[slot->second];
  std::erase(receivers.subscriptions, subscription);
  if (receivers.subscriptions.empty()) {
    // The last one takes its place.
    const size_t place = slot->second;
    group.by_id.erase(slot);
    if (place + 1 != group.receivers.size()) {
      group.receivers[place] = std::move(group.receivers.back());
      group.by_id[ReceiverKey(*group.receivers[place].subscriptions.front())] = place;
    }
    group.receivers.pop_back();
  }
  if (group.receivers.empty()) {
    RemoveFromIndex(scope->second, found->second);
    scope->second.by_signature.erase(found);
  }
  if (scope->second.by_signature.empty()) {
    table->second.erase(scope);
  }
  if (table->second.empty()) {
    tables_.erase(table);
  }
}

void Matcher::Run() {
  std::vector<ChangeQueue::Item> items;
  while (queue_.Take(&items)) {
    for (const ChangeQueue::Item& item : items) {
      // The lock is free between two commits: whoever subscribes waits for one, not for all.
      const MutexLock lock(mu_);
      if (const auto* changes = std::get_if<table::ScopeChanges>(&item)) {
        Publish(*changes);
      } else {
        PublishLost(std::get<LostChanges>(item));
      }
      FailGroups();
    }
  }
}

void Matcher::PublishLost(const LostChanges& lost) {
  const auto table = tables_.find(lost.table);
  if (table == tables_.end()) {
    return;
  }
  for (const auto& [name, scope] : table->second) {
    for (const auto& [signature, group] : scope.by_signature) {
      for (const Receivers& receivers : group->receivers) {
        for (const SubscriptionPtr& subscription : receivers.subscriptions) {
          subscription->outbox->MarkLost(subscription, lost.first);
        }
      }
    }
  }
}

Matcher::ScopeEntry* Matcher::FindScope(TableId id, const std::string& scope) {
  const auto table = tables_.find(id);
  if (table == tables_.end()) {
    return nullptr;
  }
  const auto found = table->second.find(scope);
  return found == table->second.end() ? nullptr : &found->second;
}

void Matcher::Publish(const table::ScopeChanges& changes) {
  ScopeEntry* scope = FindScope(changes.table->id, changes.scope.value);
  if (scope == nullptr) {
    return;
  }
  if (const uint32_t version = changes.table->schema().version; scope->schema_version != version) {
    // What is bound to another schema cannot read the rows.
    for (const auto& [signature, group] : scope->by_signature) {
      if (group->table->schema().version != version) {
        failed_.emplace_back(group, InvalidOperation("the table was altered: subscribe again"));
      }
    }
    scope->schema_version = version;
    FailGroups();
    scope = FindScope(changes.table->id, changes.scope.value);
  }
  for (size_t i = 0; scope != nullptr && i < changes.changes.size(); ++i) {
    PublishOne(changes, changes.changes[i], *scope);
  }
}

void Matcher::PublishOne(const table::ScopeChanges& changes, const table::RowChange& change,
                         ScopeEntry& scope) {
  StatusOr<Change> opened = Change::Open(*changes.table->layout, change);
  if (!opened.has_value()) {
    for (const auto& [signature, group] : scope.by_signature) {
      failed_.emplace_back(group, opened.error());
    }
    return;
  }
  const int64_t now = clock_.WallMicros();
  for (const GroupPtr& group : scope.others) {
    Send(group, *opened, now);
  }
  for (const ColumnIndex& index : scope.indexes) {
    if (index.column >= changes.table->schema().columns.size()) {
      continue;
    }
    const auto send = [&](const std::optional<std::string>& value) KALAMDB_REQUIRES(mu_) {
      if (!value.has_value()) {
        return;
      }
      if (const auto found = index.groups.find(*value); found != index.groups.end()) {
        for (const GroupPtr& group : found->second) {
          Send(group, *opened, now);
        }
      }
    };
    const auto value = sql::EqualityKey(opened->row(), index.column, index.type);
    send(value);
    if (opened->has_old()) {
      const auto old_value = sql::EqualityKey(opened->old_row(), index.column, index.type);
      if (old_value != value) {
        send(old_value);
      }
    }
  }
}

void Matcher::Send(const GroupPtr& group, Change& change, int64_t now) {
  StatusOr<Change::Kind> kind = change.KindFor(*group->filter);
  if (!kind.has_value()) {
    failed_.emplace_back(group, std::move(kind).error());
    return;
  }
  if (*kind == Change::Kind::kNothing) {
    return;
  }
  const std::string& body = change.BodyFor(*group->text, *kind);
  for (const Receivers& receivers : group->receivers) {
    const FramePtr frame = Frame::Encode(ChangeMessage(receivers.id, body), receivers.encoding);
    for (const SubscriptionPtr& subscription : receivers.subscriptions) {
      subscription->outbox->Deliver(subscription, change.seq(), frame, now);
    }
  }
}

void Matcher::FailGroups() {
  for (const auto& [group, status] : std::exchange(failed_, {})) {
    std::vector<SubscriptionPtr> all;
    for (const Receivers& receivers : group->receivers) {
      all.insert(all.end(), receivers.subscriptions.begin(), receivers.subscriptions.end());
    }
    for (const SubscriptionPtr& subscription : all) {
      RemoveLocked(subscription);
      on_failed_(subscription, status);
    }
  }
}

}  // namespace kalamdb::live
