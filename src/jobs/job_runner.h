// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/limits.h"
#include "base/mutex.h"
#include "base/rng.h"
#include "base/status.h"
#include "jobs/job.h"
#include "jobs/job_context.h"
#include "jobs/job_store.h"

namespace kalamdb::jobs {

struct JobSpec {
  JobType type = JobType::kFlush;
  std::string namespace_id;  // What it works on; may be empty.
  std::string table_name;
  std::string parameters;       // A JSON object; may be empty.
  std::string idempotency_key;  // At most one unfinished job has it; empty: any number.
};

// What a handler has achieved. An error instead of it is a failed attempt.
struct JobOutcome {
  bool is_skipped = false;  // There was nothing to do.
  std::string message;
  std::string result;  // A JSON document; may be empty.
};

// Does the work of a job on a thread of the runner; may block on the disk. Idempotent: after a
// crash, an end of the server or a failed attempt it runs again. Polls context.cancel(); when that
// is cancelled it returns an error soon, and the state it leaves behind is one to start over from.
using JobHandler = std::function<StatusOr<JobOutcome>(JobContext& context)>;

struct JobRunnerOptions {
  int64_t node_id = 1;
  size_t concurrent_max = 4;
  int32_t retries_max = 3;
  std::chrono::milliseconds retry_backoff{100};  // Before the second attempt; then doubled.
  std::chrono::hours retention{24 * 30};         // Of finished jobs.
  size_t finished_max = limits::kFinishedJobsMax;
};

// The durable queue of background jobs and the threads that run them. Thread-safe.
//
// A job is on disk before Submit() returns, and so is each change of its state. Unavailable and
// IoError are tried again with a growing pause, other errors fail the job at once. Jobs that a
// Stop() or a crash interrupts are queued again at the next Start(). Bounds and what happens at
// them: limits::kActiveJobsMax, JobRunnerOptions.
class JobRunner {
 public:
  // Reads the jobs there are. What is passed by reference outlives the runner.
  static StatusOr<std::unique_ptr<JobRunner>> Open(store::KvStore& store, const Clock& clock,
                                                   Rng& rng, const JobRunnerOptions& options);
  JobRunner(const JobRunner&) = delete;
  JobRunner& operator=(const JobRunner&) = delete;
  ~JobRunner();  // Stop()s.

  // Before Start(). One handler a type; jobs of a type without one fail.
  void Register(JobType type, JobHandler handler);
  // Queues what an earlier process left unfinished and starts the threads. Once.
  Status Start();
  // Refuses new jobs, cancels running ones and waits for their handlers. Idempotent.
  void Stop();

  // Also before Start(). AlreadyExists, with the id of the other job, when an unfinished job has
  // the same idempotency key; InvalidArgument for texts that are too long.
  StatusOr<JobId> Submit(JobSpec spec);
  // The unfinished job with the key.
  std::optional<JobId> FindActive(const std::string& idempotency_key) const;
  // A job that waits is cancelled at once. A running one is asked to stop and is cancelled when
  // its handler returns with an error; one that still comes to its end is completed. NotFound;
  // InvalidOperation when it is finished.
  Status Cancel(const JobId& id);
  // The job once it is finished, or as it is after `timeout`. NotFound.
  StatusOr<Job> Wait(const JobId& id, std::chrono::milliseconds timeout) const;
  std::optional<Job> Find(const JobId& id) const;
  // All jobs, oldest first.
  std::vector<Job> List() const;

 private:
  struct Entry {
    Job job;
    bool is_recovered = false;
    bool is_killed = false;               // KILL JOB while it runs.
    std::shared_ptr<JobContext> running;  // Shared with the thread that runs it; else null.
  };
  using Entries = std::map<JobId, Entry>;
  using Due = std::pair<std::chrono::nanoseconds, JobId>;

  JobRunner(store::KvStore& store, const Clock& clock, Rng& rng, const JobRunnerOptions& options);
  void Adopt(std::vector<Job> jobs);
  Job NewJob(JobSpec spec) KALAMDB_REQUIRES(mu_);
  static Job View(const Entry& entry);

  void RunWorker(size_t index);
  // The next job to run, waiting for one; or a purge that is due. Neither: the runner stops.
  struct Work {
    std::optional<JobId> job;
    bool is_purge = false;
  };
  Work NextWork();
  void QueueDueRetries() KALAMDB_REQUIRES(mu_);
  std::chrono::nanoseconds UntilNextWork() const KALAMDB_REQUIRES(mu_);
  void RunJob(const JobId& id);
  // Marks the job as running. Null when it was cancelled meanwhile or the store takes no writes.
  std::shared_ptr<JobContext> BeginAttempt(const JobId& id);
  void EndAttempt(const JobId& id, StatusOr<JobOutcome> outcome, std::chrono::nanoseconds cpu);
  // What becomes of the job after an attempt that failed.
  void FailAttempt(const Status& error, bool is_killed, bool is_stopping, Job* job) const;
  void Finish(JobState state, Job* job) const;
  std::chrono::nanoseconds BackoffOf(const Job& job) const;

  // Writes the job, then shows it. `is_forced`: also when the write failed.
  Status Store(Job job, bool is_forced) KALAMDB_REQUIRES(write_mu_);
  void Show(Job job) KALAMDB_REQUIRES(mu_);
  void Purge();
  std::vector<JobId> PurgeableJobs() const KALAMDB_REQUIRES(mu_);

  const Clock& clock_;
  Rng& rng_;
  const JobRunnerOptions options_;
  JobStore store_;
  std::map<JobType, JobHandler> handlers_;  // Immutable after Start().
  std::vector<std::thread> threads_;        // Of Start() and Stop(), which one thread calls.

  // One change of a state at a time, each with its write; so memory and disk agree on the order.
  // Readers take mu_ alone and never wait for the disk.
  Mutex write_mu_;

  mutable Mutex mu_;
  mutable CondVar changed_;  // A job was finished.
  CondVar work_;
  Entries entries_ KALAMDB_GUARDED_BY(mu_);
  std::map<std::string, JobId> active_keys_ KALAMDB_GUARDED_BY(mu_);
  std::deque<JobId> queue_ KALAMDB_GUARDED_BY(mu_);  // Cancelled jobs may still be in it.
  std::set<Due> retries_ KALAMDB_GUARDED_BY(mu_);    // By the clock's Monotonic(); the same.
  size_t active_count_ KALAMDB_GUARDED_BY(mu_) = 0;
  std::chrono::nanoseconds next_purge_ KALAMDB_GUARDED_BY(mu_){};
  bool is_purging_ KALAMDB_GUARDED_BY(mu_) = false;  // One thread at a time.
  bool is_started_ KALAMDB_GUARDED_BY(mu_) = false;
  bool is_stopping_ KALAMDB_GUARDED_BY(mu_) = false;
};

}  // namespace kalamdb::jobs
