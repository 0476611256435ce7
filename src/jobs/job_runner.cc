// SPDX-License-Identifier: Apache-2.0
#include "jobs/job_runner.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/check.h"
#include "base/fault_point.h"
#include "base/log.h"

namespace kalamdb::jobs {

namespace {

constexpr std::chrono::minutes kBackoffMax{10};
constexpr std::chrono::hours kPurgeInterval{1};
// Retries are looked at so often, whatever the clock says of their due time: it may be one that is
// moved by hand.
constexpr std::chrono::milliseconds kRetryPoll{100};
// Finished jobs above the bound before they are purged: one write for many.
constexpr size_t kPurgeSlack = 256;
constexpr size_t kPurgeBatch = 1'000;

bool IsWorthRetrying(StatusCode code) {
  return code == StatusCode::kUnavailable || code == StatusCode::kIoError;
}

std::string Shortened(std::string text) {
  if (text.size() > limits::kJobTextBytesMax) {
    size_t end = limits::kJobTextBytesMax;
    // Not within a UTF-8 character.
    while (end > 0 && (static_cast<uint8_t>(text[end]) & 0xC0) == 0x80) {
      --end;
    }
    text.resize(end);
  }
  return text;
}

std::string TargetText(const Job& job) {
  return job.table_name.empty() ? job.namespace_id : job.namespace_id + "." + job.table_name;
}

}  // namespace

StatusOr<std::unique_ptr<JobRunner>> JobRunner::Open(store::KvStore& store, const Clock& clock,
                                                     Rng& rng, const JobRunnerOptions& options) {
  std::unique_ptr<JobRunner> runner(new JobRunner(store, clock, rng, options));
  KALAMDB_ASSIGN_OR_RETURN(std::vector<Job> jobs, runner->store_.Load());
  runner->Adopt(std::move(jobs));
  return runner;
}

JobRunner::JobRunner(store::KvStore& store, const Clock& clock, Rng& rng,
                     const JobRunnerOptions& options)
    : clock_(clock), rng_(rng), options_(options), store_(store) {}

JobRunner::~JobRunner() { Stop(); }

void JobRunner::Adopt(std::vector<Job> jobs) {
  const MutexLock lock(mu_);
  for (Job& job : jobs) {
    Entry entry;
    entry.is_recovered = job.state == JobState::kRunning;
    if (!IsFinished(job.state)) {
      ++active_count_;
      if (!job.idempotency_key.empty()) {
        active_keys_.emplace(job.idempotency_key, job.id);
      }
    }
    const JobId id = job.id;
    entry.job = std::move(job);
    entries_.emplace(id, std::move(entry));
  }
}

void JobRunner::Register(JobType type, JobHandler handler) {
  const MutexLock lock(mu_);
  KALAMDB_CHECK(!is_started_);
  KALAMDB_CHECK(handlers_.emplace(type, std::move(handler)).second);
}

Status JobRunner::Start() {
  const MutexLock write_lock(write_mu_);
  std::vector<Job> changed;
  {
    const MutexLock lock(mu_);
    KALAMDB_CHECK(!is_started_);
    is_started_ = true;
    const std::set<JobId> submitted(queue_.begin(), queue_.end());
    for (const auto& [id, entry] : entries_) {
      if (IsFinished(entry.job.state) || submitted.contains(id)) {
        continue;
      }
      Job job = entry.job;
      job.state = JobState::kQueued;
      job.updated_at = clock_.WallMicros();
      if (!handlers_.contains(job.type)) {
        job.message = "Server restarted";
        job.error_message = fmt::format(
            "the job was unfinished when the server ended, and this server has no handler for jobs "
            "of type {}",
            JobTypeName(job.type));
        job.trace.push_back(job.error_message);
        Finish(JobState::kFailed, &job);
      }
      changed.push_back(std::move(job));
    }
  }
  KALAMDB_RETURN_IF_ERROR(store_.Put(changed));
  std::ranges::sort(changed, {}, &Job::created_at);
  {
    const MutexLock lock(mu_);
    for (Job& job : changed) {
      if (!IsFinished(job.state)) {
        queue_.push_back(job.id);
      }
      Show(std::move(job));
    }
  }
  for (size_t i = 0; i < options_.concurrent_max; ++i) {
    threads_.emplace_back([this, i] { RunWorker(i); });
  }
  return {};
}

void JobRunner::Stop() {
  {
    const MutexLock lock(mu_);
    is_stopping_ = true;
    for (const auto& [id, entry] : entries_) {
      if (entry.running != nullptr) {
        entry.running->cancel()->Cancel();
      }
    }
    work_.NotifyAll();
  }
  for (std::thread& thread : threads_) {
    thread.join();
  }
  threads_.clear();
}

Job JobRunner::NewJob(JobSpec spec) {
  Job job;
  do {
    job.id = MakeJobId(spec.type, rng_);
  } while (entries_.contains(job.id));
  job.type = spec.type;
  job.namespace_id = std::move(spec.namespace_id);
  job.table_name = std::move(spec.table_name);
  job.parameters = std::move(spec.parameters);
  job.idempotency_key = std::move(spec.idempotency_key);
  job.max_retries = options_.retries_max;
  job.created_at = clock_.WallMicros();
  job.updated_at = job.created_at;
  job.node_id = options_.node_id;
  return job;
}

StatusOr<JobId> JobRunner::Submit(JobSpec spec) {
  if (spec.parameters.size() > limits::kJobTextBytesMax ||
      spec.idempotency_key.size() > limits::kJobTextBytesMax) {
    return Error(InvalidArgument("the parameters of a job are too long"));
  }
  const MutexLock write_lock(write_mu_);
  Job job;
  {
    const MutexLock lock(mu_);
    if (is_stopping_) {
      return Error(Unavailable("the server is stopping"));
    }
    if (active_count_ >= limits::kActiveJobsMax) {
      return Error(ResourceExhausted(
          fmt::format("{} jobs are waiting or running: wait for some to end", active_count_)));
    }
    const auto other = active_keys_.find(spec.idempotency_key);
    if (!spec.idempotency_key.empty() && other != active_keys_.end()) {
      return Error(AlreadyExists(fmt::format("job {} ({}) is already queued or running",
                                             other->second.value, spec.idempotency_key)));
    }
    job = NewJob(std::move(spec));
  }
  KALAMDB_RETURN_IF_ERROR(store_.Put(job));
  const JobId id = job.id;
  const MutexLock lock(mu_);
  ++active_count_;
  if (!job.idempotency_key.empty()) {
    active_keys_.emplace(job.idempotency_key, id);
  }
  entries_[id].job = std::move(job);
  queue_.push_back(id);
  work_.NotifyOne();
  return id;
}

std::optional<JobId> JobRunner::FindActive(const std::string& idempotency_key) const {
  const MutexLock lock(mu_);
  const auto found = active_keys_.find(idempotency_key);
  return found == active_keys_.end() ? std::nullopt : std::optional(found->second);
}

Status JobRunner::Cancel(const JobId& id) {
  const MutexLock write_lock(write_mu_);
  Job job;
  {
    const MutexLock lock(mu_);
    const auto found = entries_.find(id);
    if (found == entries_.end()) {
      return NotFound("Job '" + id.value + "' not found");
    }
    Entry& entry = found->second;
    if (IsFinished(entry.job.state)) {
      return InvalidOperation(
          fmt::format("Cannot cancel job in status {}", JobStateName(entry.job.state)));
    }
    if (entry.running != nullptr) {
      entry.is_killed = true;
      entry.running->cancel()->Cancel();
      return {};
    }
    job = entry.job;
  }
  job.message = "Cancelled by user";
  Finish(JobState::kCancelled, &job);
  return Store(std::move(job), /*is_forced=*/false);
}

Job JobRunner::View(const Entry& entry) {
  Job job = entry.job;
  if (entry.running != nullptr) {
    job.progress = entry.running->progress();
    job.memory_used = std::max(job.memory_used, entry.running->memory_bytes_max());
  }
  return job;
}

StatusOr<Job> JobRunner::Wait(const JobId& id, std::chrono::milliseconds timeout) const {
  const std::chrono::nanoseconds deadline = clock_.Monotonic() + timeout;
  const MutexLock lock(mu_);
  while (true) {
    const auto found = entries_.find(id);
    if (found == entries_.end()) {
      return Error(NotFound("Job '" + id.value + "' not found"));
    }
    const std::chrono::nanoseconds left = deadline - clock_.Monotonic();
    if (IsFinished(found->second.job.state) || left.count() <= 0) {
      return View(found->second);
    }
    if (!changed_.WaitFor(mu_, left)) {
      const auto still = entries_.find(id);
      return still == entries_.end() ? StatusOr<Job>(std::unexpect, NotFound("the job is gone"))
                                     : View(still->second);
    }
  }
}

std::optional<Job> JobRunner::Find(const JobId& id) const {
  const MutexLock lock(mu_);
  const auto found = entries_.find(id);
  return found == entries_.end() ? std::nullopt : std::optional(View(found->second));
}

std::vector<Job> JobRunner::List() const {
  std::vector<Job> jobs;
  {
    const MutexLock lock(mu_);
    jobs.reserve(entries_.size());
    for (const auto& [id, entry] : entries_) {
      jobs.push_back(View(entry));
    }
  }
  std::ranges::stable_sort(jobs, {}, &Job::created_at);
  return jobs;
}

// ---- Threads ----

void JobRunner::RunWorker(size_t index) {
  pthread_setname_np(pthread_self(), fmt::format("jobs-{}", index).c_str());
  // Statements come first. On Linux this is about the thread; those that it starts inherit it. Where
  // it is refused, jobs only compete.
  constexpr int kNice = 10;
  static_cast<void>(setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNice));
  while (true) {
    const Work work = NextWork();
    if (work.is_purge) {
      Purge();
    } else if (work.job.has_value()) {
      RunJob(*work.job);
    } else {
      return;
    }
  }
}

JobRunner::Work JobRunner::NextWork() {
  const MutexLock lock(mu_);
  while (!is_stopping_) {
    const std::chrono::nanoseconds now = clock_.Monotonic();
    const size_t finished = entries_.size() - active_count_;
    const bool is_purge_due = now >= next_purge_ || finished >= options_.finished_max + kPurgeSlack;
    if (is_purge_due && !is_purging_) {
      is_purging_ = true;
      next_purge_ = now + kPurgeInterval;
      return {.job = std::nullopt, .is_purge = true};
    }
    QueueDueRetries();
    if (!queue_.empty()) {
      Work work{.job = std::move(queue_.front()), .is_purge = false};
      queue_.pop_front();
      // Someone else has to watch what is left while this thread is busy.
      if (!queue_.empty() || !retries_.empty()) {
        work_.NotifyOne();
      }
      return work;
    }
    work_.WaitFor(mu_, UntilNextWork());
  }
  return {};
}

void JobRunner::QueueDueRetries() {
  const std::chrono::nanoseconds now = clock_.Monotonic();
  while (!retries_.empty() && retries_.begin()->first <= now) {
    queue_.push_back(retries_.begin()->second);
    retries_.erase(retries_.begin());
  }
}

std::chrono::nanoseconds JobRunner::UntilNextWork() const {
  const std::chrono::nanoseconds now = clock_.Monotonic();
  std::chrono::nanoseconds wait = is_purging_ ? kPurgeInterval : next_purge_ - now;
  if (!retries_.empty()) {
    wait = std::min({wait, retries_.begin()->first - now, std::chrono::nanoseconds(kRetryPoll)});
  }
  return wait;
}

void JobRunner::RunJob(const JobId& id) {
  const std::shared_ptr<JobContext> context = BeginAttempt(id);
  if (context == nullptr) {
    return;
  }
  const JobType type = context->job().type;
  LogInfo("jobs", "{} {} of {}: started{}", JobTypeName(type), id.value, TargetText(context->job()),
          context->is_retry() ? " again" : "");
  const std::chrono::nanoseconds cpu_begin = ThreadCpuTime();
  const auto handler = handlers_.find(type);
  StatusOr<JobOutcome> outcome =
      handler == handlers_.end()
          ? StatusOr<JobOutcome>(
                std::unexpect,
                InvalidOperation(fmt::format("jobs of type {} are not available in this version",
                                             JobTypeName(type))))
          : handler->second(*context);
  KALAMDB_FAULT_POINT("jobs.handler_returned");
  EndAttempt(id, std::move(outcome), ThreadCpuTime() - cpu_begin);
}

std::shared_ptr<JobContext> JobRunner::BeginAttempt(const JobId& id) {
  const MutexLock write_lock(write_mu_);
  Job job;
  bool is_recovered = false;
  {
    const MutexLock lock(mu_);
    const auto found = entries_.find(id);
    if (is_stopping_ || found == entries_.end() || IsFinished(found->second.job.state)) {
      return nullptr;
    }
    job = found->second.job;
    is_recovered = found->second.is_recovered;
  }
  job.state = JobState::kRunning;
  job.updated_at = clock_.WallMicros();
  job.started_at = job.started_at.value_or(job.updated_at);
  if (const Status status = store_.Put(job); !status.ok()) {
    LogError("jobs", "{} cannot be started: {}", id.value, status.ToString());
    return nullptr;
  }
  KALAMDB_FAULT_POINT("jobs.started");
  auto context = std::make_shared<JobContext>(job, is_recovered, clock_);
  const MutexLock lock(mu_);
  if (is_stopping_) {
    context->cancel()->Cancel();
  }
  Entry& entry = entries_[id];
  entry.job = std::move(job);
  entry.running = context;
  entry.is_killed = false;
  return context;
}

std::chrono::nanoseconds JobRunner::BackoffOf(const Job& job) const {
  std::chrono::nanoseconds pause = options_.retry_backoff;
  for (int32_t i = 1; i < job.retry_count && pause < kBackoffMax; ++i) {
    pause *= 2;
  }
  return std::min<std::chrono::nanoseconds>(pause, kBackoffMax);
}

void JobRunner::Finish(JobState state, Job* job) const {
  job->state = state;
  job->updated_at = clock_.WallMicros();
  job->finished_at = job->updated_at;
}

void JobRunner::FailAttempt(const Status& error, bool is_killed, bool is_stopping, Job* job) const {
  if (is_killed) {
    job->message = "Cancelled by user";
    return Finish(JobState::kCancelled, job);
  }
  if (is_stopping) {
    return;  // It stays a running job, which the next Start() recovers.
  }
  job->error_message = Shortened(error.message());
  job->trace.push_back(Shortened(error.ToString()));
  if (job->trace.size() > limits::kJobTraceMax) {
    job->trace.erase(job->trace.begin());
  }
  job->message = job->error_message;
  if (!IsWorthRetrying(error.code())) {
    return Finish(JobState::kFailed, job);
  }
  if (job->retry_count >= job->max_retries) {
    job->message = Shortened("Max retries exceeded: " + job->error_message);
    return Finish(JobState::kFailed, job);
  }
  ++job->retry_count;
  job->state = JobState::kRetrying;
  job->updated_at = clock_.WallMicros();
}

void JobRunner::EndAttempt(const JobId& id, StatusOr<JobOutcome> outcome,
                           std::chrono::nanoseconds cpu) {
  const MutexLock write_lock(write_mu_);
  Job job;
  {
    const MutexLock lock(mu_);
    const Entry& entry = entries_[id];
    job = View(entry);
    job.cpu_used_micros = job.cpu_used_micros.value_or(0) +
                          std::chrono::duration_cast<std::chrono::microseconds>(cpu).count();
    if (!outcome.has_value()) {
      FailAttempt(outcome.error(), entry.is_killed, is_stopping_, &job);
    }
  }
  if (outcome.has_value()) {
    job.message = Shortened(std::move(outcome->message));
    job.error_message.clear();
    if (outcome->result.size() <= limits::kJobTextBytesMax) {
      job.result = std::move(outcome->result);
    }
    Finish(outcome->is_skipped ? JobState::kSkipped : JobState::kCompleted, &job);
  }
  const bool is_bad = job.state == JobState::kFailed || job.state == JobState::kRetrying;
  Log(is_bad ? LogLevel::kWarn : LogLevel::kInfo, "jobs", "{} {} of {}: {}{}{}",
      JobTypeName(job.type), id.value, TargetText(job), JobStateName(job.state),
      job.message.empty() ? "" : ": ", is_bad ? job.trace.back() : job.message);
  // What the handler did is done, even if that cannot be written down any more.
  const Status status = Store(std::move(job), /*is_forced=*/true);
  if (!status.ok()) {
    LogError("jobs", "the end of {} cannot be recorded: {}", id.value, status.ToString());
  }
}

// ---- State ----

Status JobRunner::Store(Job job, bool is_forced) {
  Status status = store_.Put(job);
  if (status.ok() || is_forced) {
    const MutexLock lock(mu_);
    Show(std::move(job));
  }
  return status;
}

void JobRunner::Show(Job job) {
  Entry& entry = entries_[job.id];
  entry.running = nullptr;
  entry.job = std::move(job);
  const Job& shown = entry.job;
  if (shown.state == JobState::kRetrying) {
    retries_.emplace(clock_.Monotonic() + BackoffOf(shown), shown.id);
    work_.NotifyOne();
  } else if (IsFinished(shown.state)) {
    --active_count_;
    const auto key = active_keys_.find(shown.idempotency_key);
    if (key != active_keys_.end() && key->second == shown.id) {
      active_keys_.erase(key);
    }
    changed_.NotifyAll();
  }
}

std::vector<JobId> JobRunner::PurgeableJobs() const {
  const int64_t oldest =
      clock_.WallMicros() -
      std::chrono::duration_cast<std::chrono::microseconds>(options_.retention).count();
  std::vector<std::pair<int64_t, JobId>> finished;
  for (const auto& [id, entry] : entries_) {
    if (IsFinished(entry.job.state)) {
      finished.emplace_back(entry.job.finished_at.value_or(entry.job.updated_at), id);
    }
  }
  std::ranges::sort(finished);
  const size_t excess = finished.size() - std::min(finished.size(), options_.finished_max);
  std::vector<JobId> purgeable;
  for (size_t i = 0; i < finished.size(); ++i) {
    if (i < excess || finished[i].first < oldest) {
      purgeable.push_back(std::move(finished[i].second));
    }
  }
  return purgeable;
}

void JobRunner::Purge() {
  std::vector<JobId> ids;
  {
    const MutexLock lock(mu_);
    ids = PurgeableJobs();
  }
  for (size_t begin = 0; begin < ids.size(); begin += kPurgeBatch) {
    const std::span<const JobId> some =
        std::span(ids).subspan(begin, std::min(kPurgeBatch, ids.size() - begin));
    // Finished jobs never change again: no one else writes them.
    if (const Status status = store_.Remove(some); !status.ok()) {
      // The store takes no writes until the next start: is_purging_ stays set.
      LogError("jobs", "finished jobs cannot be purged: {}", status.ToString());
      return;
    }
    const MutexLock lock(mu_);
    for (const JobId& id : some) {
      entries_.erase(id);
    }
  }
  {
    const MutexLock lock(mu_);
    is_purging_ = false;
  }
  if (!ids.empty()) {
    LogInfo("jobs", "{} finished jobs are out of date and were purged", ids.size());
  }
}

}  // namespace kalamdb::jobs
