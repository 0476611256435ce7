// SPDX-License-Identifier: Apache-2.0
#include "table/reader.h"

#include <algorithm>
#include <utility>

#include "types/key_codec.h"

namespace kalamdb::table {

namespace {

// Between reading a primary key entry and its row, an update may move the row. Each retry means that
// another commit came in between.
constexpr int kMovedRowRetriesMax = 100;

bool IsTombstone(std::string_view row_bytes) {
  return row_bytes.size() > 1 && (static_cast<uint8_t>(row_bytes[1]) & 1u) != 0;
}

// Bounds of a key range as byte strings, relative to the scope prefix.
struct ByteRange {
  std::string begin;
  std::string end;
};

std::string EncodeBound(const types::Schema& schema, const KeyBound& bound) {
  std::string key;
  for (size_t i = 0; i < bound.values.size() && i < schema.key.size(); ++i) {
    types::AppendKeyValue(bound.values[i], schema.columns[schema.key[i]].type.id, &key);
  }
  return key;
}

ByteRange KeyRange(const types::Schema& schema, std::string_view prefix, const ScanRange& range) {
  ByteRange bytes{std::string(prefix), types::PrefixEnd(prefix)};
  if (range.lower.has_value()) {
    const std::string bound = std::string(prefix) + EncodeBound(schema, *range.lower);
    bytes.begin = range.lower->is_inclusive ? bound : types::PrefixEnd(bound);
  }
  if (range.upper.has_value()) {
    const std::string bound = std::string(prefix) + EncodeBound(schema, *range.upper);
    bytes.end = range.upper->is_inclusive ? types::PrefixEnd(bound) : bound;
  }
  return bytes;
}

// Walks an iterator in one direction.
class Walk {
 public:
  Walk(std::unique_ptr<store::Iterator> iterator, bool is_descending)
      : iterator_(std::move(iterator)), is_descending_(is_descending) {}
  // False at the end; then status() tells why.
  bool Advance() {
    if (!is_started_) {
      is_started_ = true;
      is_descending_ ? iterator_->SeekToLast() : iterator_->SeekToFirst();
    } else {
      is_descending_ ? iterator_->Prev() : iterator_->Next();
    }
    return iterator_->Valid();
  }
  const store::Iterator& at() const { return *iterator_; }

 private:
  std::unique_ptr<store::Iterator> iterator_;
  bool is_descending_;
  bool is_started_ = false;
};

// Yields staged rows after the stored ones.
class StagedTail {
 public:
  StagedTail(const ScopeWrites* writes, std::string_view prefix, const ByteRange& range,
             bool is_including_deleted)
      : writes_(writes), is_including_deleted_(is_including_deleted) {
    if (writes_ != nullptr) {
      const auto relative = [&](const std::string& key) {
        return key.starts_with(prefix) ? key.substr(prefix.size()) : std::string();
      };
      next_ = writes_->rows.lower_bound(relative(range.begin));
      end_ = range.end.starts_with(prefix) ? writes_->rows.lower_bound(relative(range.end))
                                           : writes_->rows.end();
    }
  }
  bool Next(ScannedRow* row) {
    while (writes_ != nullptr && next_ != end_) {
      const StagedRow& staged = next_->second;
      ++next_;
      if (!staged.is_deleted || is_including_deleted_) {
        *row = {CommitSeq{INT64_MAX}, staged.bytes};
        return true;
      }
    }
    return false;
  }
  bool IsSuperseded(CommitSeq seq) const {
    return writes_ != nullptr && writes_->superseded.contains(seq.value);
  }

 private:
  const ScopeWrites* writes_;
  bool is_including_deleted_;
  std::map<std::string, StagedRow, std::less<>>::const_iterator next_;
  std::map<std::string, StagedRow, std::less<>>::const_iterator end_;
};

// Rows in `_seq` order.
class SeqScan final : public RowScan {
 public:
  SeqScan(Walk walk, StagedTail tail, bool is_including_deleted)
      : walk_(std::move(walk)), tail_(tail), is_including_deleted_(is_including_deleted) {}

  StatusOr<bool> Next(ScannedRow* row) override {
    while (!is_at_end_) {
      if (!walk_.Advance()) {
        is_at_end_ = true;
        KALAMDB_RETURN_IF_ERROR(walk_.at().status());
        break;
      }
      const std::string_view bytes = walk_.at().value();
      if (IsTombstone(bytes) && !is_including_deleted_) {
        continue;
      }
      const CommitSeq seq = SeqOfRowKey(walk_.at().key());
      if (tail_.IsSuperseded(seq)) {
        continue;
      }
      *row = {seq, bytes};
      return true;
    }
    return tail_.Next(row);
  }

 private:
  Walk walk_;
  StagedTail tail_;
  bool is_including_deleted_;
  bool is_at_end_ = false;
};

// Finds rows by position, fastest when they come in the order in which they were written.
class RowFinder {
 public:
  RowFinder(const store::KvStore& store, store::SnapshotPtr snapshot, std::string prefix)
      : prefix_(std::move(prefix)),
        iterator_(store.NewIterator(store::Family::kRows, prefix_, types::PrefixEnd(prefix_),
                                    std::move(snapshot))) {}

  // Nothing when there is no such row. Borrowed until the next call.
  StatusOr<std::optional<std::string_view>> Find(CommitSeq seq) {
    const std::string key = RowKey(prefix_, seq);
    if (iterator_->Valid() && iterator_->key() < key) {
      iterator_->Next();
    }
    if (!iterator_->Valid() || iterator_->key() != key) {
      iterator_->Seek(key);
    }
    if (iterator_->Valid() && iterator_->key() == key) {
      return iterator_->value();
    }
    KALAMDB_RETURN_IF_ERROR(iterator_->status());
    return std::nullopt;
  }

 private:
  std::string prefix_;
  std::unique_ptr<store::Iterator> iterator_;
};

// Rows in key order: a walk over the primary key index, and a look-up for each row.
class KeyScan final : public RowScan {
 public:
  KeyScan(const store::KvStore& store, store::SnapshotPtr snapshot, std::string prefix, Walk walk,
          StagedTail tail, ScanRange range)
      : rows_(store, std::move(snapshot), std::move(prefix)),
        walk_(std::move(walk)),
        tail_(tail),
        range_(std::move(range)) {}

  StatusOr<bool> Next(ScannedRow* row) override {
    while (!is_at_end_) {
      if (!walk_.Advance()) {
        is_at_end_ = true;
        KALAMDB_RETURN_IF_ERROR(walk_.at().status());
        break;
      }
      KALAMDB_ASSIGN_OR_RETURN(const PkEntry entry, DecodePkEntry(walk_.at().value()));
      if ((entry.is_tombstone && !range_.is_including_deleted) || entry.seq < range_.seq_begin ||
          entry.seq >= range_.seq_end || tail_.IsSuperseded(entry.seq)) {
        continue;
      }
      KALAMDB_ASSIGN_OR_RETURN(const auto bytes, rows_.Find(entry.seq));
      if (!bytes.has_value()) {
        return Error(Corruption("a primary key entry names a row that is not there"));
      }
      *row = {entry.seq, *bytes};
      return true;
    }
    return tail_.Next(row);
  }

 private:
  RowFinder rows_;
  Walk walk_;
  StagedTail tail_;
  ScanRange range_;
  bool is_at_end_ = false;
};

class TableRelation final : public Relation {
 public:
  TableRelation(const store::KvStore& store, catalog::TableDefPtr table, Scope scope,
                ReadView view)
      : store_(store),
        table_(std::move(table)),
        scope_(std::move(scope)),
        view_(std::move(view)),
        prefix_(ScopePrefix(table_->id, scope_)) {}

  const types::Schema& schema() const override { return table_->schema(); }
  const types::TableLayout& layout() const override { return *table_->layout; }
  bool has_system_columns() const override { return true; }

  uint64_t EstimateRows() const override {
    // Typical rows are near a hundred bytes; the planner only compares sizes.
    constexpr uint64_t kTypicalRowBytes = 100;
    const uint64_t bytes =
        store_.EstimateBytes(store::Family::kRows, prefix_, types::PrefixEnd(prefix_));
    const ScopeWrites* staged = StagedWrites();
    return bytes / kTypicalRowBytes + (staged == nullptr ? 0 : staged->rows.size()) + 1;
  }

  StatusOr<std::unique_ptr<RowScan>> Scan(const ScanRange& range) const override {
    if (range.lower.has_value() || range.upper.has_value()) {
      const ByteRange keys = KeyRange(schema(), prefix_, range);
      StagedTail tail(StagedWrites(), prefix_, keys, range.is_including_deleted);
      Walk walk(store_.NewIterator(store::Family::kPk, keys.begin, keys.end, view_.snapshot),
                range.is_descending);
      return std::make_unique<KeyScan>(store_, view_.snapshot, prefix_, std::move(walk), tail,
                                       range);
    }
    std::string begin = RowKey(prefix_, range.seq_begin);
    std::string end = range.seq_end.value == UINT64_MAX ? types::PrefixEnd(prefix_)
                                                        : RowKey(prefix_, range.seq_end);
    StagedTail tail(StagedWrites(), prefix_, {prefix_, types::PrefixEnd(prefix_)},
                    range.is_including_deleted);
    Walk walk(store_.NewIterator(store::Family::kRows, std::move(begin), std::move(end),
                                 view_.snapshot),
              range.is_descending);
    return std::make_unique<SeqScan>(std::move(walk), tail, range.is_including_deleted);
  }

 private:
  const ScopeWrites* StagedWrites() const {
    return view_.staged == nullptr ? nullptr : view_.staged->Find(table_->id, scope_);
  }

  const store::KvStore& store_;
  catalog::TableDefPtr table_;
  Scope scope_;
  ReadView view_;
  std::string prefix_;
};

}  // namespace

StatusOr<std::optional<StoredRow>> TableReader::FindByKey(const catalog::TableDef& table,
                                                          const Scope& scope,
                                                          std::string_view encoded_key,
                                                          const ReadView& view) const {
  if (view.staged != nullptr) {
    if (const ScopeWrites* writes = view.staged->Find(table.id, scope); writes != nullptr) {
      if (const auto found = writes->rows.find(encoded_key); found != writes->rows.end()) {
        const StagedRow& staged = found->second;
        return StoredRow{staged.base.has_value() ? staged.base->seq : CommitSeq{0},
                         staged.is_deleted, staged.bytes, true};
      }
    }
  }
  const std::string prefix = ScopePrefix(table.id, scope);
  std::string pk_key = prefix;
  pk_key += encoded_key;
  std::string bytes;
  for (int attempt = 0; attempt < kMovedRowRetriesMax; ++attempt) {
    KALAMDB_ASSIGN_OR_RETURN(
        const bool has_entry,
        store_.Get(store::Family::kPk, pk_key, view.snapshot.get(), &bytes));
    if (!has_entry) {
      return std::nullopt;
    }
    KALAMDB_ASSIGN_OR_RETURN(const PkEntry entry, DecodePkEntry(bytes));
    KALAMDB_ASSIGN_OR_RETURN(const bool has_row,
                             store_.Get(store::Family::kRows, RowKey(prefix, entry.seq),
                                        view.snapshot.get(), &bytes));
    if (has_row) {
      return StoredRow{entry.seq, entry.is_tombstone, std::move(bytes), false};
    }
    if (view.snapshot != nullptr) {
      break;
    }
  }
  if (table.is_dropped->load(std::memory_order_acquire)) {
    return std::nullopt;
  }
  return Error(Corruption("a primary key entry of table " + table.QualifiedName() +
                          " names a row that is not there"));
}

std::shared_ptr<const Relation> TableReader::Open(catalog::TableDefPtr table, Scope scope,
                                                  ReadView view) const {
  return std::make_shared<TableRelation>(store_, std::move(table), std::move(scope),
                                         std::move(view));
}

StatusOr<std::string> KeyOfRow(const catalog::TableDef& table, std::string_view row_bytes) {
  KALAMDB_ASSIGN_OR_RETURN(const types::RowView row,
                           types::RowView::Open(*table.layout, row_bytes));
  std::string key;
  for (const uint32_t position : table.schema().key) {
    types::AppendKeyValue(row.ToValue(position), table.schema().columns[position].type.id, &key);
  }
  return key;
}

}  // namespace kalamdb::table
