// SPDX-License-Identifier: Apache-2.0
#include "sql/exec/duck_collector.h"

#include "duckdb/common/exception.hpp"
#include "duckdb/execution/operator/helper/physical_result_collector.hpp"
#include "duckdb/execution/physical_plan_generator.hpp"
#include "duckdb/main/client_context.hpp"
#include "duckdb/main/prepared_statement_data.hpp"

#include "sql/exec/duck_rows.h"

namespace kalamdb::sql {

namespace {

using duckdb::idx_t;

// Where a chunk that did not fit at once goes on.
struct ChunkPosition final : public duckdb::LocalSinkState {
  idx_t next_row = 0;
};

class RowCollector final : public duckdb::PhysicalResultCollector {
 public:
  RowCollector(duckdb::PhysicalPlan& physical_plan, duckdb::PreparedStatementData& data,
               RowBuffer& buffer)
      : PhysicalResultCollector(physical_plan, data), buffer_(buffer) {
    for (const duckdb::LogicalType& column : data.types) {
      result_types_.push_back(vectors::ToResultType(column));
    }
  }

  duckdb::SinkResultType Sink(duckdb::ExecutionContext& context, duckdb::DataChunk& chunk,
                              duckdb::OperatorSinkInput& input) const override {
    auto& position = input.local_state.Cast<ChunkPosition>();
    while (position.next_row < chunk.size()) {
      if (!buffer_.HasRoom(input.interrupt_state)) {
        return duckdb::SinkResultType::BLOCKED;
      }
      std::vector<types::Row> rows;
      const RowSlice slice = SliceThatFits(chunk, position.next_row, RowBuffer::kBytesMax);
      ReadChunk(context.client, chunk, slice.begin, slice.end, result_types_, &rows);
      position.next_row = slice.end;
      buffer_.Put(std::move(rows), slice.bytes);
    }
    position.next_row = 0;
    return duckdb::SinkResultType::NEED_MORE_INPUT;
  }
  duckdb::unique_ptr<duckdb::LocalSinkState> GetLocalSinkState(
      duckdb::ExecutionContext&) const override {
    return duckdb::make_uniq<ChunkPosition>();
  }

  // One task at a time, in the order of the rows.
  bool ParallelSink() const override { return false; }
  bool SinkOrderDependent() const override { return true; }

  duckdb::unique_ptr<duckdb::QueryResult> GetResult(duckdb::GlobalSinkState&) override {
    throw duckdb::InternalException("rows are read from the buffer");
  }

 private:
  RowBuffer& buffer_;
  std::vector<vectors::ResultType> result_types_;
};

}  // namespace

bool RowBuffer::HasRoom(const duckdb::InterruptState& blocked) {
  const MutexLock lock(mu_);
  if (bytes_ < kBytesMax && rows_ < kRowsMax) {
    return true;
  }
  blocked_ = blocked;
  return false;
}

void RowBuffer::Put(std::vector<types::Row> rows, size_t bytes) {
  const MutexLock lock(mu_);
  rows_ += rows.size();
  bytes_ += bytes;
  batches_.push_back({.rows = std::move(rows), .bytes = bytes});
}

bool RowBuffer::Take(std::vector<types::Row>* rows) {
  const MutexLock lock(mu_);
  if (batches_.empty()) {
    return false;
  }
  *rows = std::move(batches_.front().rows);
  rows_ -= rows->size();
  bytes_ -= batches_.front().bytes;
  batches_.pop_front();
  return true;
}

bool RowBuffer::Resume() {
  std::optional<duckdb::InterruptState> blocked;
  {
    const MutexLock lock(mu_);
    blocked.swap(blocked_);
  }
  if (blocked.has_value()) {
    blocked->Callback();  // Takes locks of the engine.
  }
  return blocked.has_value();
}

duckdb::get_result_collector_t CollectInto(RowBuffer& buffer) {
  return [&buffer](duckdb::ClientContext&,
                   duckdb::PreparedStatementData& data) -> duckdb::PhysicalOperator& {
    return data.physical_plan->Make<RowCollector>(data, buffer);
  };
}

}  // namespace kalamdb::sql
