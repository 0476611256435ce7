// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace kalamdb::cli {

// Files that hold secrets: owned by the caller and readable by nobody else.

// The content of `path`, nothing when there is no such file. PermissionDenied when the file belongs
// to someone else or its mode lets group or others read or write it. At most 1 MiB.
StatusOr<std::optional<std::string>> ReadPrivateFile(const std::string& path);

// Replaces `path` by a file of mode 0600 with `content`, whole or not at all.
Status WritePrivateFile(const std::string& path, std::string_view content);

// Makes `path` and the folders above it where missing, with mode 0700; `path` itself gets that mode
// in any case.
Status MakePrivateFolder(const std::string& path);

// Holds a lock on a folder; others that want it wait. Released on destruction.
class FolderLock {
 public:
  static StatusOr<FolderLock> Take(const std::string& folder);
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock();

 private:
  explicit FolderLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace kalamdb::cli
