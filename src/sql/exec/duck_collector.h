// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "duckdb/main/client_config.hpp"
#include "duckdb/parallel/interrupt.hpp"

#include "base/mutex.h"
#include "types/value.h"

namespace kalamdb::sql {

// Rows of a running query between the task that makes them and the reader. Thread-safe. Bounded:
// the task stops when kBytesMax or kRowsMax are waiting, and goes on when the reader asks for more.
class RowBuffer {
 public:
  static constexpr size_t kBytesMax = 1u << 20;
  static constexpr size_t kRowsMax = 16'384;

  // False when the buffer is full: `blocked` is called back when there is room.
  bool HasRoom(const duckdb::InterruptState& blocked);
  void Put(std::vector<types::Row> rows, size_t bytes);

  // Replaces `*rows` by the oldest batch; false when there is none.
  bool Take(std::vector<types::Row>* rows);
  // Lets a task that waits for room go on. True when there was one.
  bool Resume();

 private:
  struct Batch {
    std::vector<types::Row> rows;
    size_t bytes = 0;
  };

  Mutex mu_;
  std::deque<Batch> batches_ KALAMDB_GUARDED_BY(mu_);
  size_t rows_ KALAMDB_GUARDED_BY(mu_) = 0;
  size_t bytes_ KALAMDB_GUARDED_BY(mu_) = 0;
  std::optional<duckdb::InterruptState> blocked_ KALAMDB_GUARDED_BY(mu_);
};

// What the engine calls to make the last operator of a plan: one that turns the rows of the result
// into ours and puts them into `buffer`, in their order. The engine's own would copy each chunk
// first, without a bound on its bytes. `buffer` outlives the query.
duckdb::get_result_collector_t CollectInto(RowBuffer& buffer);

}  // namespace kalamdb::sql
