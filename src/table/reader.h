// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "store/kv_store.h"
#include "table/relation.h"
#include "table/tiers.h"
#include "table/write_set.h"

namespace kalamdb::table {

class EventLog;

// A row version read by key or position.
struct StoredRow {
  CommitSeq seq;
  bool is_tombstone = false;
  std::string bytes;
  // Staged by the reading transaction: `seq` is then the base version's, 0 when there is none.
  bool is_staged = false;
};

// What a statement reads: the newest state, or a snapshot, with the transaction's own writes on top.
struct ReadView {
  store::SnapshotPtr snapshot;               // Null: the newest state, point reads only.
  std::shared_ptr<const WriteSet> staged;    // Null outside transactions.
  int64_t now_micros = 0;                    // What is past its time to live; 0: the clock's.
};

// Point reads and scans of tables. Thread-safe.
class TableReader {
 public:
  // `tiers` finds rows in segments; null when nothing is ever flushed. `events` knows where those
  // of a stream begin; null when there are no STREAM tables. All outlive the reader and what it
  // opens.
  TableReader(const store::KvStore& store, const Tiers* tiers, const EventLog* events,
              const Clock& clock)
      : store_(store), tiers_(tiers), events_(events), clock_(clock) {}

  // The latest version of `encoded_key`, tombstones included; nothing when there is none.
  StatusOr<std::optional<StoredRow>> FindByKey(const catalog::TableDef& table, const Scope& scope,
                                               std::string_view encoded_key,
                                               const ReadView& view) const;
  // One scope of a table under `view`, whose snapshot must be set, as something to scan.
  std::shared_ptr<const Relation> Open(catalog::TableDefPtr table, Scope scope,
                                       ReadView view) const;
  // Up to where the scope's history has gaps under `snapshot`: tombstones so old may have been
  // removed. 0: none was.
  StatusOr<CommitSeq> ForgottenUpTo(const catalog::TableDef& table, const Scope& scope,
                                    const store::Snapshot& snapshot) const;
  store::SnapshotPtr TakeSnapshot() const { return store_.TakeSnapshot(); }

 private:
  StatusOr<std::optional<StoredRow>> FindInSegment(const catalog::TableDef& table,
                                                   const std::string& prefix, const PkEntry& entry,
                                                   const store::Snapshot& snapshot) const;
  // What a key means whose row is nowhere: nothing when the table was dropped meanwhile.
  static StatusOr<std::optional<StoredRow>> LostRow(const catalog::TableDef& table);
  CommitSeq LivingFromIn(const catalog::TableDef& table, const ReadView& view) const;

  const store::KvStore& store_;
  const Tiers* const tiers_;
  const EventLog* const events_;
  const Clock& clock_;
};

// The key of a row, from its stored bytes.
StatusOr<std::string> KeyOfRow(const catalog::TableDef& table, std::string_view row_bytes);

}  // namespace kalamdb::table
