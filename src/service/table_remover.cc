// SPDX-License-Identifier: Apache-2.0
#include "service/table_remover.h"

#include <utility>

#include "cold/paths.h"
#include "table/keys.h"

namespace kalamdb::service {

Status TableRemover::Drop(const catalog::TableDefPtr& table) {
  std::vector<table::TrashFile> files;
  const std::string begin = table::TableBegin(table->id);
  const std::string end = table::TableEnd(table->id);
  KALAMDB_RETURN_IF_ERROR(committer_.RunExclusive([&]() -> Status {
    store::WriteBatch batch(store_);
    batch.DeleteRange(store::Family::kRows, begin, end);
    batch.DeleteRange(store::Family::kPk, begin, end);
    batch.DeleteRange(store::Family::kCold, begin, end);
    KALAMDB_ASSIGN_OR_RETURN(files, FilesOf(*table));
    for (const table::TrashFile& file : files) {
      table::Trash::Put(file, &batch);
    }
    batch.Delete(store::Family::kMeta, table::Committer::SerialKey(table->id));
    return catalog_.DropTable(table, std::move(batch));
  }));
  trash_.Discard(std::move(files));
  // The rows are gone; this only gives their disk space back sooner than compaction would.
  for (const store::Family family : {store::Family::kRows, store::Family::kPk}) {
    store_.DeleteFilesInRange(family, begin, end).Ignore("compaction frees the space later");
  }
  return {};
}

StatusOr<std::vector<table::TrashFile>> TableRemover::FilesOf(const catalog::TableDef& table) const {
  std::vector<table::TrashFile> files;
  KALAMDB_RETURN_IF_ERROR(tiers_.ForEachScope(
      table, store_.TakeSnapshot(),
      [&](const table::Scope& scope, const cold::Manifest& manifest) -> Status {
        for (const cold::SegmentMeta& segment : manifest.segments) {
          files.push_back({.storage_id = table.options.storage_id, .path = segment.path});
        }
        KALAMDB_ASSIGN_OR_RETURN(const std::string folder, tiers_.ScopeFolder(table, scope));
        files.push_back({.storage_id = table.options.storage_id,
                         .path = folder + "/" + std::string(cold::kManifestFile)});
        return {};
      }));
  return files;
}

}  // namespace kalamdb::service
