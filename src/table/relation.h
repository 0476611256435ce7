// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "cold/segment.h"
#include "types/row_codec.h"

namespace kalamdb::cold {
class Engine;
}

namespace kalamdb::table {

// One row as a scan yields it. Borrowed: valid until the next call on the scan.
struct ScannedRow {
  CommitSeq seq;
  std::string_view bytes;  // Stored form, types/row_codec.h.
};

// Rows of a relation, one after the other. Confined to one thread at a time.
class RowScan {
 public:
  virtual ~RowScan() = default;
  // False at the end.
  virtual StatusOr<bool> Next(ScannedRow* row) = 0;
};

// A bound on one side of a key range.
struct KeyBound {
  std::vector<types::Value> values;  // For the first columns of the primary key, of their types.
  bool is_inclusive = true;
};

// What a scan may leave out. A scan may still yield rows outside: the reader filters again.
struct ScanRange {
  // All keys that start with these values are meant when `lower` and `upper` hold the same ones.
  std::optional<KeyBound> lower;
  std::optional<KeyBound> upper;
  // Rows with begin <= _seq < end.
  CommitSeq seq_begin{0};
  CommitSeq seq_end{UINT64_MAX};
  bool is_including_deleted = false;  // Tombstones too.
  bool is_descending = false;         // By key when a key bound is given, else by _seq.
};

// A segment of a relation, and the positions of its rows that are dead: ascending.
struct ColdPart {
  cold::SegmentPtr segment;
  std::shared_ptr<const std::vector<uint64_t>> dead;
};

// A set of rows with a schema, as of one moment: a table under a snapshot, or rows in memory.
// Thread-safe: several scans may be open at once.
class Relation {
 public:
  virtual ~Relation() = default;
  virtual const types::Schema& schema() const = 0;
  virtual const types::TableLayout& layout() const = 0;
  // Tables have _seq, _deleted and _updated besides the columns of the schema.
  virtual bool has_system_columns() const = 0;
  // For the planner; may be off by any factor.
  virtual uint64_t EstimateRows() const = 0;
  virtual StatusOr<std::unique_ptr<RowScan>> Scan(const ScanRange& range) const = 0;

  // For readers of columns: the segments with rows in the `_seq` range, in the order of `_seq`, and
  // the engine that reads them; then what Scan() yields besides them. Key bounds are not looked at.
  virtual StatusOr<std::vector<ColdPart>> ColdParts(const ScanRange& range) const;
  virtual StatusOr<size_t> CountSegments() const { return size_t{0}; }
  virtual cold::Engine* cold_engine() const { return nullptr; }
  virtual StatusOr<std::unique_ptr<RowScan>> ScanHot(const ScanRange& range) const {
    return Scan(range);
  }
  // True when the key bounds of `range` leave so few rows that Scan(), which looks them up, is better
  // than reading columns.
  virtual StatusOr<bool> IsNarrow(const ScanRange& range) const;
  // Parts of `range` that together yield what ScanHot(range) does, in its order: for several threads.
  virtual StatusOr<std::vector<ScanRange>> SplitHot(const ScanRange& range) const;
};

// Rows in memory as a relation: system tables, rows of a RETURNING clause, values to insert.
class RowsRelation final : public Relation {
 public:
  // Every row has one value a column, of the column's type.
  RowsRelation(types::Schema schema, const std::vector<types::Row>& rows);

  const types::Schema& schema() const override { return schema_; }
  const types::TableLayout& layout() const override { return layout_; }
  bool has_system_columns() const override { return false; }
  uint64_t EstimateRows() const override { return encoded_.size(); }
  StatusOr<std::unique_ptr<RowScan>> Scan(const ScanRange& range) const override;

 private:
  types::Schema schema_;
  types::TableLayout layout_;
  std::vector<std::string> encoded_;
};

}  // namespace kalamdb::table
