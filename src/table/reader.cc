// SPDX-License-Identifier: Apache-2.0
#include "table/reader.h"

#include <algorithm>
#include <utility>

#include "cold/segment_reader.h"
#include "table/cold_scan.h"
#include "table/event_log.h"
#include "table/kinds.h"
#include "table/row_finder.h"
#include "types/key_codec.h"

namespace kalamdb::table {

namespace {

// Between reading a primary key entry and its row, an update may move the row. Each retry means
// that another commit came in between.
constexpr int kMovedRowRetriesMax = 100;

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
      if (types::IsTombstone(bytes) && !is_including_deleted_) {
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

// Rows in key order: a walk over the primary key index, and a look-up for each row. Where there are
// segments the walk goes ahead, so that rows of one segment are read together.
class KeyScan final : public RowScan {
 public:
  KeyScan(RowFinder rows, Walk walk, StagedTail tail, ScanRange range)
      : rows_(std::move(rows)), walk_(std::move(walk)), tail_(tail), range_(std::move(range)) {}

  StatusOr<bool> Next(ScannedRow* row) override {
    while (true) {
      if (next_ == ahead_.size()) {
        KALAMDB_RETURN_IF_ERROR(WalkAhead());
        if (ahead_.empty()) {
          return tail_.Next(row);
        }
      }
      const CommitSeq seq = ahead_[next_++];
      KALAMDB_ASSIGN_OR_RETURN(const auto bytes, rows_.Find(seq));
      if (!bytes.has_value()) {
        return Error(Corruption("a primary key entry names a row that is not there"));
      }
      *row = {seq, *bytes};
      return true;
    }
  }

 private:
  static constexpr size_t kFirstAhead = 16;
  static constexpr size_t kAheadMax = 4096;

  Status WalkAhead() {
    ahead_.clear();
    next_ = 0;
    const size_t wanted = rows_.has_segments() ? ahead_size_ : 1;
    ahead_size_ = std::min(ahead_size_ * 4, kAheadMax);
    while (!is_at_end_ && ahead_.size() < wanted) {
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
      ahead_.push_back(entry.seq);
    }
    return rows_.Prefetch(ahead_);
  }

  RowFinder rows_;
  Walk walk_;
  StagedTail tail_;
  ScanRange range_;
  std::vector<CommitSeq> ahead_;
  size_t next_ = 0;
  size_t ahead_size_ = kFirstAhead;
  bool is_at_end_ = false;
};

// One scan after the other.
class ScanChain final : public RowScan {
 public:
  ScanChain(std::unique_ptr<RowScan> first, std::unique_ptr<RowScan> second)
      : first_(std::move(first)), second_(std::move(second)) {}

  StatusOr<bool> Next(ScannedRow* row) override {
    if (first_ != nullptr) {
      KALAMDB_ASSIGN_OR_RETURN(const bool has_row, first_->Next(row));
      if (has_row) {
        return true;
      }
      first_.reset();
    }
    return second_->Next(row);
  }

 private:
  std::unique_ptr<RowScan> first_;
  std::unique_ptr<RowScan> second_;
};

class TableRelation final : public Relation {
 public:
  TableRelation(const store::KvStore& store, const Tiers* tiers, catalog::TableDefPtr table,
                Scope scope, ReadView view, CommitSeq living_from)
      : store_(store),
        tiers_(tiers),
        table_(std::move(table)),
        scope_(std::move(scope)),
        view_(std::move(view)),
        living_from_(living_from),
        family_(RowsFamily(*table_)),
        prefix_(ScopePrefix(table_->id, scope_)) {}

  const types::Schema& schema() const override { return table_->schema(); }
  const types::TableLayout& layout() const override { return *table_->layout; }
  bool has_system_columns() const override { return true; }

  uint64_t EstimateRows() const override {
    // Typical rows are near a hundred bytes; the planner only compares sizes.
    constexpr uint64_t kTypicalRowBytes = 100;
    const uint64_t bytes =
        store_.EstimateBytes(family_, RowKey(prefix_, living_from_), types::PrefixEnd(prefix_));
    const ScopeWrites* staged = StagedWrites();
    uint64_t rows = bytes / kTypicalRowBytes + (staged == nullptr ? 0 : staged->rows.size()) + 1;
    if (const auto cold = FindCold(); cold.has_value() && *cold != nullptr) {
      for (const cold::SegmentMeta& segment : (*cold)->manifest.segments) {
        rows += segment.row_count;
      }
    }
    return rows;
  }

  StatusOr<std::unique_ptr<RowScan>> Scan(const ScanRange& range) const override {
    if (range.lower.has_value() || range.upper.has_value()) {
      return ScanKeys(range);
    }
    KALAMDB_ASSIGN_OR_RETURN(std::vector<ColdPart> parts, ColdParts(range));
    KALAMDB_ASSIGN_OR_RETURN(std::unique_ptr<RowScan> hot, ScanHot(range));
    if (parts.empty()) {
      return hot;
    }
    auto cold = std::make_unique<ColdScan>(tiers_->engine(), std::move(parts), range);
    return range.is_descending ? std::make_unique<ScanChain>(std::move(hot), std::move(cold))
                               : std::make_unique<ScanChain>(std::move(cold), std::move(hot));
  }

  StatusOr<std::vector<ColdPart>> ColdParts(const ScanRange& range) const override {
    std::vector<ColdPart> parts;
    KALAMDB_ASSIGN_OR_RETURN(const ColdScopePtr cold, FindCold());
    if (cold == nullptr) {
      return parts;
    }
    const ScopeWrites* staged = StagedWrites();
    for (const cold::SegmentPtr& segment : cold->segments) {
      if (segment->meta.max_seq < range.seq_begin || segment->meta.min_seq >= range.seq_end) {
        continue;
      }
      KALAMDB_ASSIGN_OR_RETURN(
          DeadRows dead,
          tiers_->ReadDead(prefix_, segment->meta.min_seq, segment->meta.max_seq, view_.snapshot));
      if (staged != nullptr && !staged->superseded.empty()) {
        auto more = std::make_shared<std::vector<uint64_t>>(*dead);
        more->insert(more->end(), staged->superseded.begin(), staged->superseded.end());
        std::sort(more->begin(), more->end());
        dead = std::move(more);
      }
      parts.push_back({.segment = segment, .dead = std::move(dead)});
    }
    return parts;
  }

  StatusOr<size_t> CountSegments() const override {
    KALAMDB_ASSIGN_OR_RETURN(const ColdScopePtr cold, FindCold());
    return cold == nullptr ? 0 : cold->segments.size();
  }

  cold::Engine* cold_engine() const override {
    return tiers_ == nullptr ? nullptr : &tiers_->engine();
  }

  StatusOr<std::unique_ptr<RowScan>> ScanHot(const ScanRange& range) const override {
    KALAMDB_ASSIGN_OR_RETURN(std::string begin, HotBegin(range));
    std::string end = range.seq_end.value == UINT64_MAX ? types::PrefixEnd(prefix_)
                                                        : RowKey(prefix_, range.seq_end);
    StagedTail tail(StagedWrites(), prefix_, {prefix_, types::PrefixEnd(prefix_)},
                    range.is_including_deleted);
    Walk walk(store_.NewIterator(family_, std::move(begin), std::move(end), view_.snapshot),
              range.is_descending);
    return std::make_unique<SeqScan>(std::move(walk), tail, range.is_including_deleted);
  }

  StatusOr<bool> IsNarrow(const ScanRange& range) const override {
    if (!range.lower.has_value() && !range.upper.has_value()) {
      return false;
    }
    KALAMDB_ASSIGN_OR_RETURN(const ColdScopePtr cold, FindCold());
    if (cold == nullptr) {
      return true;
    }
    constexpr size_t kNarrowRows = 1'000;
    const ByteRange keys = KeyRange(schema(), prefix_, range);
    const auto entries =
        store_.NewIterator(store::Family::kPk, keys.begin, keys.end, view_.snapshot);
    size_t count = 0;
    for (entries->SeekToFirst(); entries->Valid() && count <= kNarrowRows; entries->Next()) {
      ++count;
    }
    KALAMDB_RETURN_IF_ERROR(entries->status());
    return count <= kNarrowRows;
  }

  // By `_seq`, which is mostly time: parts of a table that grew evenly are of the same size.
  StatusOr<std::vector<ScanRange>> SplitHot(const ScanRange& range) const override {
    constexpr uint64_t kParts = 8;
    constexpr uint64_t kBytesWorthIt = 256u << 10;
    std::vector<ScanRange> parts = {range};
    if (StagedWrites() != nullptr ||
        store_.EstimateBytes(family_, prefix_, types::PrefixEnd(prefix_)) < kBytesWorthIt) {
      return parts;
    }
    KALAMDB_ASSIGN_OR_RETURN(std::string begin, HotBegin(range));
    const auto rows =
        store_.NewIterator(family_, std::move(begin), types::PrefixEnd(prefix_), view_.snapshot);
    rows->SeekToFirst();
    if (!rows->Valid()) {
      KALAMDB_RETURN_IF_ERROR(rows->status());
      return parts;
    }
    const uint64_t first = SeqOfRowKey(rows->key()).value;
    rows->SeekToLast();
    const uint64_t last = rows->Valid() ? SeqOfRowKey(rows->key()).value : first;
    const uint64_t step = (last - first) / kParts;
    for (uint64_t i = 1; i < kParts && step > 0; ++i) {
      const CommitSeq border{first + i * step};
      if (border <= range.seq_begin || border >= range.seq_end) {
        continue;
      }
      ScanRange part = range;
      part.seq_begin = border;
      parts.back().seq_end = border;
      parts.push_back(std::move(part));
    }
    return parts;
  }

 private:
  // Where hot rows begin: the store would step over each of those that were flushed before.
  StatusOr<std::string> HotBegin(const ScanRange& range) const {
    KALAMDB_ASSIGN_OR_RETURN(const ColdScopePtr cold, FindCold());
    const CommitSeq hot{cold == nullptr ? 0 : cold->manifest.flushed_seq.value + 1};
    return RowKey(prefix_, std::max({range.seq_begin, hot, living_from_}));
  }
  StatusOr<std::unique_ptr<RowScan>> ScanKeys(const ScanRange& range) const {
    const ByteRange keys = KeyRange(schema(), prefix_, range);
    StagedTail tail(StagedWrites(), prefix_, keys, range.is_including_deleted);
    Walk walk(store_.NewIterator(store::Family::kPk, keys.begin, keys.end, view_.snapshot),
              range.is_descending);
    KALAMDB_ASSIGN_OR_RETURN(ColdScopePtr cold, FindCold());
    RowFinder rows(store_, family_, tiers_, view_.snapshot, prefix_, std::move(cold));
    ScanRange living = range;
    living.seq_begin = std::max(range.seq_begin, living_from_);
    return std::make_unique<KeyScan>(std::move(rows), std::move(walk), tail, std::move(living));
  }
  // Always the same under one snapshot: read once.
  StatusOr<ColdScopePtr> FindCold() const {
    if (tiers_ == nullptr) {
      return nullptr;
    }
    {
      const MutexLock lock(mu_);
      if (cold_.has_value()) {
        return *cold_;
      }
    }
    KALAMDB_ASSIGN_OR_RETURN(ColdScopePtr cold, tiers_->Find(*table_, prefix_, *view_.snapshot));
    const MutexLock lock(mu_);
    cold_ = cold;
    return cold;
  }
  const ScopeWrites* StagedWrites() const {
    return view_.staged == nullptr ? nullptr : view_.staged->Find(table_->id, scope_);
  }

  const store::KvStore& store_;
  const Tiers* tiers_;
  catalog::TableDefPtr table_;
  Scope scope_;
  ReadView view_;
  const CommitSeq living_from_;  // Older rows do not exist.
  const store::Family family_;
  std::string prefix_;
  mutable Mutex mu_;
  mutable std::optional<ColdScopePtr> cold_ KALAMDB_GUARDED_BY(mu_);
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
  const CommitSeq living_from = LivingFromIn(table, view);
  const std::string prefix = ScopePrefix(table.id, scope);
  std::string pk_key = prefix;
  pk_key += encoded_key;
  std::string bytes;
  for (int attempt = 0; attempt < kMovedRowRetriesMax; ++attempt) {
    KALAMDB_ASSIGN_OR_RETURN(const bool has_entry,
                             store_.Get(store::Family::kPk, pk_key, view.snapshot.get(), &bytes));
    if (!has_entry) {
      return std::nullopt;
    }
    KALAMDB_ASSIGN_OR_RETURN(const PkEntry entry, DecodePkEntry(bytes));
    if (entry.seq < living_from) {
      return std::nullopt;
    }
    KALAMDB_ASSIGN_OR_RETURN(
        const bool has_row,
        store_.Get(RowsFamily(table), RowKey(prefix, entry.seq), view.snapshot.get(), &bytes));
    if (has_row) {
      return StoredRow{entry.seq, entry.is_tombstone, std::move(bytes), false};
    }
    if (view.snapshot != nullptr) {
      return FindInSegment(table, prefix, entry, *view.snapshot);
    }
    if (tiers_ != nullptr && table.has_segments->load(std::memory_order_acquire)) {
      // In a segment, whose file only a snapshot keeps in its place.
      return FindByKey(table, scope, encoded_key,
                       ReadView{.snapshot = TakeSnapshot(), .staged = nullptr});
    }
  }
  return LostRow(table);
}

StatusOr<std::optional<StoredRow>> TableReader::FindInSegment(
    const catalog::TableDef& table, const std::string& prefix, const PkEntry& entry,
    const store::Snapshot& snapshot) const {
  if (tiers_ != nullptr) {
    KALAMDB_ASSIGN_OR_RETURN(const ColdScopePtr cold, tiers_->Find(table, prefix, snapshot));
    const cold::SegmentPtr segment = cold == nullptr ? nullptr : cold->Find(entry.seq);
    if (segment != nullptr) {
      KALAMDB_ASSIGN_OR_RETURN(std::string bytes,
                               cold::ReadRow(tiers_->engine(), *segment, entry.seq));
      return StoredRow{entry.seq, entry.is_tombstone, std::move(bytes), false};
    }
  }
  return LostRow(table);
}

StatusOr<std::optional<StoredRow>> TableReader::LostRow(const catalog::TableDef& table) {
  if (table.is_dropped->load(std::memory_order_acquire)) {
    return std::nullopt;
  }
  return Error(Corruption("a primary key entry of table " + table.QualifiedName() +
                          " names a row that is not there"));
}

std::shared_ptr<const Relation> TableReader::Open(catalog::TableDefPtr table, Scope scope,
                                                  ReadView view) const {
  CommitSeq living_from = LivingFromIn(*table, view);
  if (table->options.stream.max_buffer.has_value() && events_ != nullptr) {
    living_from = std::max(living_from, events_->FirstAt(*table, scope, *view.snapshot));
  }
  const Tiers* const tiers = table->is_stream() ? nullptr : tiers_;
  return std::make_shared<TableRelation>(store_, tiers, std::move(table), std::move(scope),
                                         std::move(view), living_from);
}

CommitSeq TableReader::LivingFromIn(const catalog::TableDef& table, const ReadView& view) const {
  if (!table.is_stream()) {
    return CommitSeq{0};
  }
  return LivingFrom(table, view.now_micros != 0 ? view.now_micros : clock_.WallMicros());
}

StatusOr<CommitSeq> TableReader::ForgottenUpTo(const catalog::TableDef& table, const Scope& scope,
                                               const store::Snapshot& snapshot) const {
  std::string bytes;
  KALAMDB_ASSIGN_OR_RETURN(
      const bool is_found,
      store_.Get(store::Family::kCold, ForgottenKey(ScopePrefix(table.id, scope)), &snapshot,
                 &bytes));
  if (!is_found) {
    return CommitSeq{0};
  }
  KALAMDB_ASSIGN_OR_RETURN(const uint64_t seq, types::KeyReader(bytes).ReadU64());
  return CommitSeq{seq};
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
