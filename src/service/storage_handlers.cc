// SPDX-License-Identifier: Apache-2.0
#include "service/storage_handlers.h"

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/mutex.h"

namespace kalamdb::service {

namespace {

using table::Scope;

constexpr size_t kFlushThreads = 8;

}  // namespace

void StorageHandlers::RegisterWith(jobs::JobRunner& runner) {
  runner.Register(jobs::JobType::kFlush, [this](jobs::JobContext& context) {
    return Run(context, &StorageHandlers::Flush);
  });
  runner.Register(jobs::JobType::kCompact, [this](jobs::JobContext& context) {
    return Run(context, &StorageHandlers::Compact);
  });
}

std::optional<CommitSeq> StorageHandlers::TombstonesBefore(const catalog::TableDef& table) const {
  const int64_t seconds =
      table.options.deleted_retention_seconds.value_or(options_.deleted_retention_seconds);
  if (seconds == 0) {
    return std::nullopt;
  }
  const int64_t millis = parts_.clock.WallMicros() / 1000 - seconds * 1000 - kSeqEpochMillis;
  return millis <= 0 ? CommitSeq{0} : CommitSeq{static_cast<uint64_t>(millis) << kSeqTimeShift};
}

StatusOr<jobs::JobOutcome> StorageHandlers::Run(jobs::JobContext& context, Work work) {
  const catalog::TableDefPtr table =
      parts_.catalog.FindTable(context.job().namespace_id, context.job().table_name);
  if (table != nullptr) {
    StatusOr<jobs::JobOutcome> outcome = (this->*work)(context, table);
    if (outcome.has_value() || !table->is_dropped->load(std::memory_order_acquire)) {
      return outcome;
    }
  }
  return jobs::JobOutcome{.is_skipped = true, .message = "The table was dropped", .result = {}};
}

Status StorageHandlers::FlushScopes(const catalog::TableDefPtr& table,
                                    const std::vector<Scope>& scopes, jobs::JobContext& context,
                                    table::FlushResult* total) {
  // A scope's flush waits for the disk most of the time: several at once share the waits.
  const size_t threads = std::min(kFlushThreads, scopes.size());
  std::atomic<size_t> next{0};
  Mutex mu;
  Status failed;
  size_t done = 0;
  const auto work = [&] {
    while (true) {
      const size_t i = next.fetch_add(1);
      if (i >= scopes.size()) {
        return;
      }
      const auto result = FlushOne(table, scopes[i], context);
      const MutexLock lock(mu);
      if (!result.has_value()) {
        parts_.scheduler.OnFailed(table->id, scopes[i]);
        failed = failed.ok() ? result.error() : failed;
        continue;  // The others are no worse for it; after a cancellation they end at once.
      }
      total->rows += result->rows;
      total->segments += result->segments;
      total->bytes += result->bytes;
      total->scopes += result->scopes;
      context.SetProgress(++done, scopes.size());
    }
  };
  std::vector<std::thread> helpers;
  for (size_t i = 1; i < threads; ++i) {
    helpers.emplace_back(work);
  }
  work();
  for (std::thread& helper : helpers) {
    helper.join();
  }
  return failed;
}

StatusOr<table::FlushResult> StorageHandlers::FlushOne(const catalog::TableDefPtr& table,
                                                       const Scope& scope,
                                                       jobs::JobContext& context) {
  KALAMDB_RETURN_IF_ERROR(context.cancel()->Check());
  KALAMDB_ASSIGN_OR_RETURN(
      table::FlushResult result,
      parts_.flusher.FlushScope(table, scope, context.cancel().get(),
                                [&](uint64_t rows) { context.AddRows(rows); }));
  KALAMDB_RETURN_IF_ERROR(parts_.scheduler.OnFlushed(table->id, scope, result.up_to));
  return result;
}

StatusOr<bool> StorageHandlers::NeedsCompaction(const catalog::TableDef& table,
                                                const Scope& scope) const {
  const auto snapshot = parts_.store.TakeSnapshot();
  KALAMDB_ASSIGN_OR_RETURN(
      const table::ColdScopePtr cold,
      parts_.tiers.Find(table, table::ScopePrefix(table.id, scope), *snapshot));
  return cold != nullptr && cold->segments.size() >= options_.merge_segments;
}

StatusOr<jobs::JobOutcome> StorageHandlers::Flush(jobs::JobContext& context,
                                                  const catalog::TableDefPtr& table) {
  table::FlushResult total;
  std::vector<Scope> scopes = parts_.scheduler.TakeDue(table->id, context.is_retry());
  bool needs_compaction = false;
  if (!IsPolicyFlush(context.job())) {
    for (const Scope& scope : scopes) {
      parts_.scheduler.OnFailed(table->id, scope);  // Part of what follows.
    }
    KALAMDB_ASSIGN_OR_RETURN(scopes, parts_.flusher.HotScopes(*table));
  }
  while (!scopes.empty()) {
    KALAMDB_RETURN_IF_ERROR(FlushScopes(table, scopes, context, &total));
    for (const Scope& scope : scopes) {
      if (!needs_compaction) {
        KALAMDB_ASSIGN_OR_RETURN(needs_compaction, NeedsCompaction(*table, scope));
      }
    }
    scopes = parts_.scheduler.TakeDue(table->id, false);  // What has become due meanwhile.
  }
  if (needs_compaction) {
    if (const auto job = parts_.jobs.CompactWorthIt(*table); !job.has_value()) {
      job.error().Ignore("one runs or waits already, or the next flush asks again");
    }
  }
  return jobs::JobOutcome{
      .is_skipped = total.rows == 0,
      .message = fmt::format("Flushed {}:{} successfully ({} rows, {} files)", table->namespace_id,
                             table->name, total.rows, total.segments),
      .result = fmt::format(R"({{"rows":{},"files":{},"bytes":{},"scopes":{}}})", total.rows,
                            total.segments, total.bytes, total.scopes)};
}

StatusOr<jobs::JobOutcome> StorageHandlers::Compact(jobs::JobContext& context,
                                                    const catalog::TableDefPtr& table) {
  const bool is_full = IsFullCompaction(context.job());
  std::vector<Scope> scopes;
  KALAMDB_RETURN_IF_ERROR(parts_.tiers.ForEachScope(
      *table, parts_.store.TakeSnapshot(), [&](Scope scope, const cold::Manifest& manifest) {
        if (is_full || manifest.segments.size() >= options_.merge_segments) {
          scopes.push_back(std::move(scope));
        }
        return Status();
      }));
  const table::CompactionOptions options{.is_full = is_full,
                                         .merge_segments = options_.merge_segments,
                                         .tombstones_before = TombstonesBefore(*table)};
  table::CompactionResult total;
  for (size_t i = 0; i < scopes.size(); ++i) {
    while (true) {
      KALAMDB_RETURN_IF_ERROR(context.cancel()->Check());
      KALAMDB_ASSIGN_OR_RETURN(
          const table::CompactionResult result,
          parts_.compactor.CompactScope(table, scopes[i], options, context.cancel().get(),
                                        [&](uint64_t rows) { context.AddRows(rows); }));
      total.segments_before += result.segments_before;
      total.segments_after += result.segments_after;
      total.rows_removed += result.rows_removed;
      total.bytes_before += result.bytes_before;
      total.bytes_after += result.bytes_after;
      if (is_full || result.segments_before == 0) {
        break;  // Otherwise what it made may be worth merging with its neighbours.
      }
    }
    context.SetProgress(i + 1, scopes.size());
  }
  return jobs::JobOutcome{
      .is_skipped = total.segments_before == 0,
      .message = fmt::format("Compacted {}:{} successfully ({} files into {}, {} rows removed)",
                             table->namespace_id, table->name, total.segments_before,
                             total.segments_after, total.rows_removed),
      .result = fmt::format(
          R"({{"files_before":{},"files_after":{},"rows_removed":{},"bytes_before":{},"bytes_after":{}}})",
          total.segments_before, total.segments_after, total.rows_removed, total.bytes_before,
          total.bytes_after)};
}

}  // namespace kalamdb::service
