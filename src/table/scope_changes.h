// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "cold/segment_writer.h"
#include "table/committer.h"
#include "table/tiers.h"
#include "table/trash.h"

namespace kalamdb::table {

// What the maintenance of scopes (flush, compaction) works with. All of it outlives them.
struct MaintenanceParts {
  store::KvStore& store;
  Committer& committer;
  Tiers& tiers;
  Trash& trash;
  const Clock& clock;
};

struct MaintenanceStats {
  std::atomic<uint64_t> flushes{0};
  std::atomic<uint64_t> flushed_rows{0};
  std::atomic<uint64_t> flushed_bytes{0};
  std::atomic<uint64_t> compactions{0};
  std::atomic<uint64_t> compacted_rows{0};
  std::atomic<uint64_t> compacted_bytes{0};
};

// How far a long piece of work is. Called now and then on the thread that works; `rows` since the
// last call.
using ReportRows = std::function<void(uint64_t rows)>;
inline constexpr uint64_t kRowsPerReport = 2'000;

// A segment is complete when it has so many rows: large enough that a scan does not notice, small
// enough to rewrite.
inline constexpr uint64_t kSegmentRowsMax = 1'000'000;

// One change of a scope's segments at a time. Thread-safe.
class ScopeLocks {
 public:
  class Hold {
   public:
    Hold(ScopeLocks& locks, std::string scope_prefix);  // Waits.
    ~Hold();
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

   private:
    ScopeLocks& locks_;
    const std::string prefix_;
  };

 private:
  Mutex mu_;
  CondVar freed_;
  std::set<std::string> held_ KALAMDB_GUARDED_BY(mu_);
};

// New segments of one scope: written one after the other, then published together by the batch that
// takes them into the manifest. What nothing was done to publish is removed when this is destroyed.
class NewSegments {
 public:
  NewSegments(const MaintenanceParts& parts, catalog::TableDefPtr table, Scope scope,
              uint64_t first_number);
  ~NewSegments();
  NewSegments(const NewSegments&) = delete;
  NewSegments& operator=(const NewSegments&) = delete;

  // Rows in stored form, in ascending `_seq`. Starts a new file when the last one is large enough.
  Status Add(CommitSeq seq, std::string_view row);
  // Completes the last file. No row was added: no segment.
  Status Finish();
  const std::vector<cold::SegmentMeta>& segments() const { return segments_; }
  uint64_t next_number() const { return next_number_; }
  // Writes `batch`, with the scope's new manifest added, which names the files. On the commit
  // thread. NotFound when the table has been dropped: nothing is written then.
  Status Commit(std::string_view scope_prefix, const cold::Manifest& manifest,
                store::WriteBatch* batch);

 private:
  Status Begin();
  Status Complete();
  TrashFile FileOf(const std::string& path) const {
    return {.storage_id = table_->options.storage_id, .path = path};
  }

  const MaintenanceParts parts_;
  const catalog::TableDefPtr table_;
  const Scope scope_;
  uint64_t next_number_;
  std::unique_ptr<cold::SegmentStore> storage_;
  std::unique_ptr<cold::SegmentWriter> writer_;
  std::string writing_;       // Path in the storage.
  std::string writing_file_;  // Where the writer writes.
  uint64_t rows_in_file_ = 0;
  std::vector<std::string> begun_;  // Paths with a record in the trash.
  std::vector<cold::SegmentMeta> segments_;
  bool is_kept_ = false;
};

// Writes manifest.json beside the files of a scope. Other readers only: its loss changes nothing.
Status PublishManifest(const MaintenanceParts& parts, const catalog::TableDef& table,
                       const Scope& scope, const cold::Manifest& manifest);

}  // namespace kalamdb::table
