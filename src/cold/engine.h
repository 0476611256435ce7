// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "base/activity.h"
#include "base/status.h"

namespace kalamdb::cold {

struct EngineOptions {
  // Of buffers while files are written and read, bytes; a file that needs more fails.
  uint64_t memory_bytes_max = 256u << 20;
  // Footers of segments that are kept, bytes as they are in the files.
  uint64_t footer_cache_bytes = 16u << 20;
  // Row groups in which rows were looked up, decoded, bytes.
  uint64_t group_cache_bytes = 64u << 20;
};

// Reads and writes Parquet. A private instance of the SQL engine that never runs a statement: it is
// allowed to open files, which the instance that runs SQL is not. Thread-safe.
class Engine {
 public:
  // Files are written with several processors while `activity`, which outlives the engine, is low.
  static StatusOr<std::unique_ptr<Engine>> Open(const EngineOptions& options,
                                                const Activity& activity);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  struct Rep;
  Rep& rep() { return *rep_; }  // duck_engine_rep.h

 private:
  explicit Engine(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

}  // namespace kalamdb::cold
