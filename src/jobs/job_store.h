// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "jobs/job.h"
#include "store/kv_store.h"

namespace kalamdb::jobs {

// Keys in the store's meta family: `jobs/<id>`. The value is a record of catalog/record_codec.h.
inline constexpr std::string_view kJobPrefix = "jobs/";

std::string JobKey(const JobId& id);
std::string EncodeJob(const Job& job);  // Without the progress.
// Corruption when `bytes` is not what the encoder wrote. Fields of a later version are skipped.
StatusOr<Job> DecodeJob(std::string_view bytes);

// The durable rows of jobs. Thread-safe; blocks on the disk.
class JobStore {
 public:
  explicit JobStore(store::KvStore& store) : store_(store) {}

  // Every job there is, by id.
  StatusOr<std::vector<Job>> Load() const;
  // Adds or replaces; on disk on return.
  Status Put(const Job& job);
  Status Put(std::span<const Job> jobs);
  // A job that comes back after a crash is removed again: not synced.
  Status Remove(std::span<const JobId> ids);

 private:
  store::KvStore& store_;
};

}  // namespace kalamdb::jobs
