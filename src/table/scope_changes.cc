// SPDX-License-Identifier: Apache-2.0
#include "table/scope_changes.h"

#include <utility>

#include "base/fault_point.h"
#include "cold/paths.h"
#include "cold/segment_reader.h"
#include "table/manifest_text.h"

namespace kalamdb::table {

ScopeLocks::Hold::Hold(ScopeLocks& locks, std::string scope_prefix)
    : locks_(locks), prefix_(std::move(scope_prefix)) {
  const MutexLock lock(locks_.mu_);
  while (!locks_.held_.insert(prefix_).second) {
    locks_.freed_.Wait(locks_.mu_);
  }
}

ScopeLocks::Hold::~Hold() {
  const MutexLock lock(locks_.mu_);
  locks_.held_.erase(prefix_);
  locks_.freed_.NotifyAll();
}

NewSegments::NewSegments(const MaintenanceParts& parts, catalog::TableDefPtr table, Scope scope,
                         uint64_t first_number)
    : parts_(parts),
      table_(std::move(table)),
      scope_(std::move(scope)),
      next_number_(first_number) {}

NewSegments::~NewSegments() {
  if (is_kept_) {
    return;
  }
  writer_.reset();
  for (const std::string& path : begun_) {
    parts_.trash.RemoveNow(FileOf(path)).Ignore("it stays in the trash and is tried again");
  }
}

Status NewSegments::Begin() {
  if (storage_ == nullptr) {
    KALAMDB_ASSIGN_OR_RETURN(storage_, parts_.tiers.OpenStorage(*table_));
  }
  KALAMDB_ASSIGN_OR_RETURN(const std::string folder, parts_.tiers.ScopeFolder(*table_, scope_));
  // A table of the same name may have left files that wait to be removed: their names are taken.
  for (bool is_taken = true; is_taken; ++next_number_) {
    writing_ = folder + "/" + cold::SegmentFileName(next_number_);
    KALAMDB_ASSIGN_OR_RETURN(is_taken, parts_.trash.Holds(FileOf(writing_)));
  }
  store::WriteBatch batch(parts_.store);
  Trash::Put(FileOf(writing_), &batch);
  KALAMDB_RETURN_IF_ERROR(parts_.store.Write(batch, true));
  begun_.push_back(writing_);
  KALAMDB_FAULT_POINT("segment.begun");
  KALAMDB_ASSIGN_OR_RETURN(writing_file_, storage_->Prepare(writing_));
  KALAMDB_ASSIGN_OR_RETURN(
      writer_, cold::SegmentWriter::Create(parts_.tiers.engine(), writing_file_, table_->schema(),
                                           *table_->layout));
  rows_in_file_ = 0;
  return {};
}

Status NewSegments::Add(CommitSeq seq, std::string_view row) {
  if (writer_ != nullptr && rows_in_file_ >= kSegmentRowsMax) {
    KALAMDB_RETURN_IF_ERROR(Complete());
  }
  if (writer_ == nullptr) {
    KALAMDB_RETURN_IF_ERROR(Begin());
  }
  ++rows_in_file_;
  return writer_->Add(seq, row);
}

Status NewSegments::Complete() {
  KALAMDB_ASSIGN_OR_RETURN(cold::SegmentMeta meta, writer_->Finish());
  writer_.reset();
  KALAMDB_FAULT_POINT("segment.written");
  KALAMDB_ASSIGN_OR_RETURN(meta.checksum, cold::FileChecksum(writing_file_));
  KALAMDB_ASSIGN_OR_RETURN(meta.bytes, storage_->Publish(writing_));
  KALAMDB_FAULT_POINT("segment.published");
  meta.number = next_number_ - 1;
  meta.path = writing_;
  meta.created_at = parts_.clock.WallMicros();
  segments_.push_back(std::move(meta));
  return {};
}

Status NewSegments::Finish() { return writer_ == nullptr ? Status() : Complete(); }

Status NewSegments::Commit(std::string_view scope_prefix, const cold::Manifest& manifest,
                           store::WriteBatch* batch) {
  if (table_->is_dropped->load(std::memory_order_acquire)) {
    return TableNotFound(table_->QualifiedName());
  }
  batch->Put(store::Family::kCold, ManifestKey(scope_prefix), cold::EncodeManifest(manifest));
  for (const std::string& path : begun_) {
    Trash::Delete(FileOf(path), batch);
  }
  // Also when it fails: it may have reached the disk, and the next start knows.
  is_kept_ = true;
  KALAMDB_RETURN_IF_ERROR(parts_.store.Write(*batch, true));
  parts_.tiers.NoteChange(table_->id);
  return {};
}

Status PublishManifest(const MaintenanceParts& parts, const catalog::TableDef& table,
                       const Scope& scope, const cold::Manifest& manifest) {
  KALAMDB_ASSIGN_OR_RETURN(const auto storage, parts.tiers.OpenStorage(table));
  KALAMDB_ASSIGN_OR_RETURN(const std::string folder, parts.tiers.ScopeFolder(table, scope));
  const std::string path = folder + "/" + std::string(cold::kManifestFile);
  const TrashFile file{.storage_id = table.options.storage_id, .path = path};
  KALAMDB_ASSIGN_OR_RETURN(const bool is_in_trash, parts.trash.Holds(file));
  if (table.is_dropped->load(std::memory_order_acquire)) {
    return {};
  }
  if (is_in_trash) {  // Of an older table of the same name.
    KALAMDB_RETURN_IF_ERROR(parts.trash.Rescue(file));
  }
  KALAMDB_RETURN_IF_ERROR(storage->Write(path, ManifestText(table, scope, manifest)));
  if (table.is_dropped->load(std::memory_order_acquire)) {
    return parts.trash.RemoveNow(file);  // The table's other files may have gone before.
  }
  return {};
}

}  // namespace kalamdb::table
