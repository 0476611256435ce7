// SPDX-License-Identifier: Apache-2.0
#include "app/data_tier.h"

#include <utility>

#include "app/server_options.h"

namespace kalamdb::app {

StatusOr<std::unique_ptr<DataTier>> DataTier::Open(const Settings& settings, const DataDir& data,
                                                   const Clock& clock) {
  KALAMDB_ASSIGN_OR_RETURN(const std::string folder, data.Folder("rocksdb"));
  KALAMDB_ASSIGN_OR_RETURN(std::unique_ptr<store::KvStore> store,
                           store::KvStore::Open(folder, MakeStoreOptions(settings)));
  KALAMDB_ASSIGN_OR_RETURN(std::unique_ptr<catalog::Catalog> catalog,
                           catalog::Catalog::Open(*store, clock));
  KALAMDB_ASSIGN_OR_RETURN(const CommitSeq last_seq, table::Committer::ReadLastSeq(*store));
  return std::unique_ptr<DataTier>(
      new DataTier(settings, clock, std::move(store), std::move(catalog), last_seq));
}

DataTier::DataTier(const Settings& settings, const Clock& clock,
                   std::unique_ptr<store::KvStore> store, std::unique_ptr<catalog::Catalog> catalog,
                   CommitSeq last_seq)
    : store_(std::move(store)),
      catalog_(std::move(catalog)),
      sequence_(clock, static_cast<uint64_t>(settings.cluster.node_id), last_seq),
      serials_(*store_),
      reader_(*store_),
      committer_(*store_, sequence_, MakeCommitOptions(settings)) {}

Status DataTier::Stop() {
  committer_.Stop();
  if (!store_->IsHealthy()) {
    return IoError(
        "a write failed while the server ran; what was acknowledged is recovered at the "
        "next start");
  }
  return store_->Sync();
}

}  // namespace kalamdb::app
