// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <mutex>
#include <shared_mutex>

// Clang's thread-safety annotations; nothing under other compilers.
#ifdef __clang__
#define KALAMDB_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define KALAMDB_THREAD_ANNOTATION(x)
#endif

#define KALAMDB_CAPABILITY(x) KALAMDB_THREAD_ANNOTATION(capability(x))
#define KALAMDB_SCOPED_CAPABILITY KALAMDB_THREAD_ANNOTATION(scoped_lockable)
#define KALAMDB_GUARDED_BY(x) KALAMDB_THREAD_ANNOTATION(guarded_by(x))
#define KALAMDB_REQUIRES(...) KALAMDB_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
#define KALAMDB_REQUIRES_SHARED(...) \
  KALAMDB_THREAD_ANNOTATION(requires_shared_capability(__VA_ARGS__))
#define KALAMDB_ACQUIRE(...) KALAMDB_THREAD_ANNOTATION(acquire_capability(__VA_ARGS__))
#define KALAMDB_ACQUIRE_SHARED(...) KALAMDB_THREAD_ANNOTATION(acquire_shared_capability(__VA_ARGS__))
#define KALAMDB_RELEASE(...) KALAMDB_THREAD_ANNOTATION(release_capability(__VA_ARGS__))
#define KALAMDB_RELEASE_SHARED(...) KALAMDB_THREAD_ANNOTATION(release_shared_capability(__VA_ARGS__))
#define KALAMDB_RELEASE_GENERIC(...) \
  KALAMDB_THREAD_ANNOTATION(release_generic_capability(__VA_ARGS__))

// Lock order, outermost first. A thread that holds a lock takes only locks further down.
//   service::Ddl::mu_            one data definition at a time
//   catalog::Catalog::mu_        names, tables, users, storages
//   table::CommitQueue::mu_      commits waiting for the commit thread
//   jobs::JobRunner::write_mu_   one change of a job's state at a time, with its write
//   jobs::JobRunner::mu_         jobs and their queue
//   jobs::JobContext::mu_        progress of one job
//   everything else              leaves: held for a few instructions, never across a call out
namespace kalamdb {

class KALAMDB_CAPABILITY("mutex") Mutex {
 public:
  void lock() KALAMDB_ACQUIRE() { mu_.lock(); }
  void unlock() KALAMDB_RELEASE() { mu_.unlock(); }
  // For condition variables only.
  std::mutex& native() { return mu_; }

 private:
  std::mutex mu_;
};

class KALAMDB_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mu) KALAMDB_ACQUIRE(mu) : mu_(mu) { mu_.lock(); }
  ~MutexLock() KALAMDB_RELEASE() { mu_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mu_;
};

class KALAMDB_CAPABILITY("shared_mutex") SharedMutex {
 public:
  void lock() KALAMDB_ACQUIRE() { mu_.lock(); }
  void unlock() KALAMDB_RELEASE() { mu_.unlock(); }
  void lock_shared() KALAMDB_ACQUIRE_SHARED() { mu_.lock_shared(); }
  void unlock_shared() KALAMDB_RELEASE_SHARED() { mu_.unlock_shared(); }

 private:
  std::shared_mutex mu_;
};

class KALAMDB_SCOPED_CAPABILITY WriterLock {
 public:
  explicit WriterLock(SharedMutex& mu) KALAMDB_ACQUIRE(mu) : mu_(mu) { mu_.lock(); }
  ~WriterLock() KALAMDB_RELEASE() { mu_.unlock(); }
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;

 private:
  SharedMutex& mu_;
};

class KALAMDB_SCOPED_CAPABILITY ReaderLock {
 public:
  explicit ReaderLock(SharedMutex& mu) KALAMDB_ACQUIRE_SHARED(mu) : mu_(mu) { mu_.lock_shared(); }
  ~ReaderLock() KALAMDB_RELEASE_GENERIC() { mu_.unlock_shared(); }
  ReaderLock(const ReaderLock&) = delete;
  ReaderLock& operator=(const ReaderLock&) = delete;

 private:
  SharedMutex& mu_;
};

// Waits on a Mutex. The caller holds the lock around every call.
class CondVar {
 public:
  void Wait(Mutex& mu) KALAMDB_REQUIRES(mu) {
    std::unique_lock<std::mutex> lock(mu.native(), std::adopt_lock);
    cv_.wait(lock);
    lock.release();
  }
  // False when `timeout` passed first.
  template <class Duration>
  bool WaitFor(Mutex& mu, Duration timeout) KALAMDB_REQUIRES(mu) {
    std::unique_lock<std::mutex> lock(mu.native(), std::adopt_lock);
    const bool woken = cv_.wait_for(lock, timeout) == std::cv_status::no_timeout;
    lock.release();
    return woken;
  }
  void NotifyOne() { cv_.notify_one(); }
  void NotifyAll() { cv_.notify_all(); }

 private:
  std::condition_variable cv_;
};

}  // namespace kalamdb
