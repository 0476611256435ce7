// SPDX-License-Identifier: Apache-2.0
#include "cli/private_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace kalamdb::cli {
namespace {

constexpr size_t kFileBytesMax = 1u << 20;

Status FileError(std::string_view action, const std::string& path) {
  return IoError(fmt::format("cannot {} {}: {}", action, path, std::strerror(errno)));
}

// A descriptor that is closed at the end of its scope.
class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd_ >= 0) {
      close(fd_);
    }
  }
  int fd() const { return fd_; }
  // Closes now and reports whether that worked.
  bool Close() { return close(std::exchange(fd_, -1)) == 0; }

 private:
  int fd_;
};

Status CheckPrivate(int fd, const std::string& path) {
  struct stat info{};
  if (fstat(fd, &info) != 0) {
    return FileError("examine", path);
  }
  if (!S_ISREG(info.st_mode)) {
    return PermissionDenied(path + " is not a regular file");
  }
  if (info.st_uid != geteuid()) {
    return PermissionDenied(path + " belongs to another user; it is not used");
  }
  if ((info.st_mode & 077) != 0) {
    return PermissionDenied(fmt::format(
        "{} can be read or changed by other users (mode {:04o}); it is not used. Run: chmod 600 {}",
        path, info.st_mode & 07777, path));
  }
  return {};
}

Status WriteAll(int fd, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t bytes = write(fd, content.data(), content.size());
    if (bytes < 0 && errno != EINTR) {
      return FileError("write", path);
    }
    content.remove_prefix(bytes > 0 ? static_cast<size_t>(bytes) : 0);
  }
  return {};
}

Status WriteAndSync(const std::string& path, std::string_view content) {
  File file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file.fd() < 0) {
    return FileError("create", path);
  }
  KALAMDB_RETURN_IF_ERROR(WriteAll(file.fd(), content, path));
  if (fsync(file.fd()) != 0 || !file.Close()) {
    return FileError("write", path);
  }
  return {};
}

}  // namespace

StatusOr<std::optional<std::string>> ReadPrivateFile(const std::string& path) {
  const File file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.fd() < 0) {
    if (errno == ENOENT || errno == ENOTDIR) {
      return std::nullopt;
    }
    return Error(FileError("open", path));
  }
  KALAMDB_RETURN_IF_ERROR(CheckPrivate(file.fd(), path));
  std::string content;
  char piece[4096];
  while (true) {
    const ssize_t bytes = read(file.fd(), piece, sizeof piece);
    if (bytes == 0) {
      return content;
    }
    if (bytes < 0 && errno != EINTR) {
      return Error(FileError("read", path));
    }
    content.append(piece, bytes > 0 ? static_cast<size_t>(bytes) : 0);
    if (content.size() > kFileBytesMax) {
      return Error(Corruption(path + " is longer than 1 MiB"));
    }
  }
}

Status WritePrivateFile(const std::string& path, std::string_view content) {
  // A fixed name would let a leftover of a crash block every later write.
  const std::string temporary = fmt::format("{}.{}.tmp", path, getpid());
  unlink(temporary.c_str());
  Status status = WriteAndSync(temporary, content);
  if (status.ok() && rename(temporary.c_str(), path.c_str()) != 0) {
    status = FileError("replace", path);
  }
  if (!status.ok()) {
    unlink(temporary.c_str());
  }
  return status;
}

Status MakePrivateFolder(const std::string& path) {
  for (size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string part = path.substr(0, end);
    if (mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) {
      return FileError("make the folder", part);
    }
    if (end == std::string::npos) {
      break;
    }
  }
  struct stat info{};
  if (stat(path.c_str(), &info) != 0) {
    return FileError("examine", path);
  }
  if ((info.st_mode & 077) != 0 && chmod(path.c_str(), 0700) != 0) {
    return FileError("make private", path);
  }
  return {};
}

StatusOr<FolderLock> FolderLock::Take(const std::string& folder) {
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) {
    return Error(FileError("open", folder));
  }
  FolderLock lock(fd);
  while (flock(fd, LOCK_EX) != 0) {
    if (errno != EINTR) {
      return Error(FileError("lock", folder));
    }
  }
  return lock;
}

FolderLock::FolderLock(FolderLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FolderLock::~FolderLock() {
  if (fd_ >= 0) {
    close(fd_);
  }
}

}  // namespace kalamdb::cli
