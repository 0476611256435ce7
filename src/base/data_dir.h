// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/settings.h"
#include "base/status.h"

namespace kalamdb {

// The directory that holds everything a server stores:
//
//   LOCK         locked while a server runs; holds its process id
//   secrets/     generated keys, readable by the owner only
//   logs/        unless logging.logs_path says otherwise
//   ...          folders of the modules
//
// Owns the lock from Open() to destruction. Immutable after construction, thread-safe.
class DataDir {
 public:
  // Creates the directory (mode 0700) and its parents when missing, locks it, and checks that files
  // can be written. Errors are one line for the operator.
  static StatusOr<DataDir> Open(const std::string& path);

  DataDir(DataDir&& other) noexcept;
  DataDir& operator=(DataDir&&) = delete;
  ~DataDir();

  const std::string& path() const { return path_; }  // Absolute.

  // The absolute path of a folder in it, created with mode 0700 when missing.
  StatusOr<std::string> Folder(std::string_view name) const;
  // Bytes that an unprivileged process can still write.
  StatusOr<uint64_t> FreeBytes() const;
  // The secret kept under secrets/<name>: 64 hexadecimal digits, made at the first call and the
  // same for ever after.
  StatusOr<Secret> LoadOrCreateSecret(std::string_view name) const;

 private:
  DataDir(std::string path, int lock_fd) : path_(std::move(path)), lock_fd_(lock_fd) {}

  std::string path_;
  int lock_fd_ = -1;
};

// Creates `path` (mode 0700) and its parents; nothing when it is a directory already.
Status CreateDirectory(const std::string& path);

}  // namespace kalamdb
