// SPDX-License-Identifier: Apache-2.0
#include "service/table_remover.h"

#include <map>
#include <set>
#include <string>
#include <utility>

#include "cold/paths.h"
#include "table/keys.h"

namespace kalamdb::service {

void TableRemover::AddTable(TableId table, const std::vector<table::TrashFile>& files,
                            store::WriteBatch* batch) {
  const std::string begin = table::TableBegin(table);
  const std::string end = table::TableEnd(table);
  batch->DeleteRange(store::Family::kRows, begin, end);
  batch->DeleteRange(store::Family::kPk, begin, end);
  batch->DeleteRange(store::Family::kCold, begin, end);
  batch->DeleteRange(store::Family::kEvents, begin, end);
  batch->Delete(store::Family::kMeta, table::Committer::SerialKey(table));
  for (const table::TrashFile& file : files) {
    table::Trash::Put(file, batch);
  }
}

void TableRemover::FreeSpace(TableId table) {
  for (const store::Family family :
       {store::Family::kRows, store::Family::kPk, store::Family::kEvents}) {
    trash_.DiscardRange(family, table::TableBegin(table), table::TableEnd(table));
  }
}

Status TableRemover::Drop(const catalog::TableDefPtr& table) {
  std::vector<table::TrashFile> files;
  KALAMDB_RETURN_IF_ERROR(committer_.RunExclusive([&]() -> Status {
    KALAMDB_ASSIGN_OR_RETURN(files, FilesOf(*table));
    store::WriteBatch batch(store_);
    AddTable(table->id, files, &batch);
    return catalog_.DropTable(table, std::move(batch));
  }));
  trash_.Discard(std::move(files));
  FreeSpace(table->id);
  return {};
}

Status TableRemover::DropNamespace(const std::string& name) {
  std::map<TableId, std::vector<table::TrashFile>> dropped;
  KALAMDB_RETURN_IF_ERROR(committer_.RunExclusive([&]() -> Status {
    // A table that is created while this runs has no files yet.
    for (const catalog::TableDefPtr& table : catalog_.ListTables(name)) {
      KALAMDB_ASSIGN_OR_RETURN(dropped[table->id], FilesOf(*table));
    }
    return catalog_.DropNamespaceAndTables(
        name, [&](const catalog::TableDef& table, store::WriteBatch* batch) {
          AddTable(table.id, dropped[table.id], batch);
        });
  }));
  for (auto& [table, files] : dropped) {
    trash_.Discard(std::move(files));
    FreeSpace(table);
  }
  return {};
}

StatusOr<std::vector<table::TrashFile>> TableRemover::FilesOf(const catalog::TableDef& table) const {
  std::vector<table::TrashFile> files;
  KALAMDB_RETURN_IF_ERROR(tiers_.ForEachScope(
      table, store_.TakeSnapshot(),
      [&](const table::Scope& scope, const cold::Manifest& manifest) -> Status {
        KALAMDB_ASSIGN_OR_RETURN(const std::string current, tiers_.ScopeFolder(table, scope));
        std::set<std::string> folders = {current};  // Others: from before a change of templates.
        for (const cold::SegmentMeta& segment : manifest.segments) {
          files.push_back({.storage_id = table.options.storage_id, .path = segment.path});
          folders.insert(segment.path.substr(0, segment.path.rfind('/')));
        }
        for (const std::string& folder : folders) {
          files.push_back({.storage_id = table.options.storage_id,
                           .path = folder + "/" + std::string(cold::kManifestFile)});
        }
        return {};
      }));
  return files;
}

}  // namespace kalamdb::service
