// SPDX-License-Identifier: Apache-2.0
#include "app/data_tier.h"

#include <utility>

#include "app/server_options.h"
#include "base/log.h"

namespace kalamdb::app {

StatusOr<std::unique_ptr<DataTier>> DataTier::Open(const Settings& settings, const DataDir& data,
                                                   const Clock& clock) {
  KALAMDB_ASSIGN_OR_RETURN(const std::string folder, data.Folder("rocksdb"));
  KALAMDB_ASSIGN_OR_RETURN(std::unique_ptr<store::KvStore> store,
                           store::KvStore::Open(folder, MakeStoreOptions(settings)));
  KALAMDB_ASSIGN_OR_RETURN(std::unique_ptr<catalog::Catalog> catalog,
                           catalog::Catalog::Open(*store, clock));
  KALAMDB_ASSIGN_OR_RETURN(const CommitSeq last_seq, table::Committer::ReadLastSeq(*store));
  auto activity = std::make_unique<Activity>(clock);
  KALAMDB_ASSIGN_OR_RETURN(std::unique_ptr<cold::Engine> parquet,
                           cold::Engine::Open({}, *activity));
  std::unique_ptr<DataTier> tier(new DataTier(settings, clock, std::move(activity),
                                              std::move(store), std::move(catalog),
                                              std::move(parquet), last_seq));
  KALAMDB_RETURN_IF_ERROR(tier->tiers_.Load(tier->catalog_->ListTables()));
  KALAMDB_RETURN_IF_ERROR(tier->events_.Load(tier->catalog_->ListTables()));
  KALAMDB_ASSIGN_OR_RETURN(const table::TrashStats removed, tier->trash_.RemoveLeftovers());
  if (removed.files > 0) {
    LogInfo("app", "removed {} files ({} bytes) that were left over", removed.files, removed.bytes);
  }
  tier->events_.Start(tier->committer_);
  return tier;
}

DataTier::DataTier(const Settings& settings, const Clock& clock, std::unique_ptr<Activity> activity,
                   std::unique_ptr<store::KvStore> store, std::unique_ptr<catalog::Catalog> catalog,
                   std::unique_ptr<cold::Engine> parquet, CommitSeq last_seq)
    : activity_(std::move(activity)),
      store_(std::move(store)),
      catalog_(std::move(catalog)),
      parquet_(std::move(parquet)),
      sequence_(clock, static_cast<uint64_t>(settings.cluster.node_id), last_seq),
      serials_(*store_),
      tiers_(*store_, *parquet_, [this](std::string_view id) { return catalog_->FindStorage(id); }),
      cold_totals_(*store_, tiers_),
      trash_(*store_, [this](std::string_view id) { return catalog_->FindStorage(id); }),
      changes_(settings.live.change_queue_bytes),
      events_(*store_, clock, &changes_),
      reader_(*store_, &tiers_, &events_, clock),
      committer_(*store_, sequence_, &tiers_, &events_, MakeCommitOptions(settings), &changes_),
      flusher_({*store_, committer_, tiers_, trash_, clock}, scope_locks_, maintenance_stats_),
      compactor_({*store_, committer_, tiers_, trash_, clock}, scope_locks_, maintenance_stats_) {}

Status DataTier::Stop() {
  events_.Stop();
  committer_.Stop();
  if (!store_->IsHealthy()) {
    return IoError(
        "a write failed while the server ran; what was acknowledged is recovered at the "
        "next start");
  }
  return store_->Sync();
}

}  // namespace kalamdb::app
