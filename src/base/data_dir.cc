// SPDX-License-Identifier: Apache-2.0
#include "base/data_dir.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <span>
#include <utility>

#include <fmt/core.h>

#include "base/rng.h"

namespace kalamdb {

namespace {

constexpr size_t kSecretBytes = 32;

// Closes a descriptor at the end of a scope.
class FdCloser {
 public:
  explicit FdCloser(int fd) : fd_(fd) {}
  FdCloser(const FdCloser&) = delete;
  FdCloser& operator=(const FdCloser&) = delete;
  ~FdCloser() {
    if (fd_ >= 0) {
      close(fd_);
    }
  }
  int get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

std::string ErrnoText() { return std::strerror(errno); }

Status WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written < 0) {
      return IoError(ErrnoText());
    }
    text.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

// Nothing when there is no such file. Reads at most 4 KiB: what is read here is short.
StatusOr<std::optional<std::string>> ReadSmallFile(const std::string& path) {
  const FdCloser fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) {
    if (errno == ENOENT) {
      return std::nullopt;
    }
    return Error(IoError(fmt::format("cannot read {}: {}", path, ErrnoText())));
  }
  std::array<char, 4'096> buffer{};
  ssize_t size = -1;
  do {
    size = read(fd.get(), buffer.data(), buffer.size());
  } while (size < 0 && errno == EINTR);
  if (size < 0) {
    return Error(IoError(fmt::format("cannot read {}: {}", path, ErrnoText())));
  }
  return std::string(buffer.data(), static_cast<size_t>(size));
}

Status SyncFolder(const std::string& path) {
  const FdCloser fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0 || fsync(fd.get()) != 0) {
    return IoError(fmt::format("cannot sync the directory {}: {}", path, ErrnoText()));
  }
  return {};
}

// Appears under its name whole or not at all, also after a power failure.
Status WritePrivateFile(const std::string& path, std::string_view text) {
  const std::string temporary = path + ".new";
  const FdCloser fd(open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
                         S_IRUSR | S_IWUSR));
  if (fd.get() < 0) {
    return IoError(fmt::format("cannot write {}: {}", temporary, ErrnoText()));
  }
  if (Status status = WriteAll(fd.get(), text); !status.ok()) {
    return IoError(fmt::format("cannot write {}: {}", temporary, status.message()));
  }
  if (fsync(fd.get()) != 0 || rename(temporary.c_str(), path.c_str()) != 0) {
    return IoError(fmt::format("cannot write {}: {}", path, ErrnoText()));
  }
  return SyncFolder(std::filesystem::path(path).parent_path().string());
}

std::string Trimmed(std::string text) {
  text.erase(text.find_last_not_of(" \t\r\n") + 1);
  return text;
}

std::string HexDigits(std::span<const uint8_t> bytes) {
  std::string text;
  for (const uint8_t byte : bytes) {
    text += fmt::format("{:02x}", byte);
  }
  return text;
}

StatusOr<int> Lock(const std::string& directory) {
  const std::string path = directory + "/LOCK";
  FdCloser fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (fd.get() < 0) {
    return Error(
        IoError(fmt::format("cannot write to data directory {}: {}", directory, ErrnoText())));
  }
  if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) {
      return Error(
          IoError(fmt::format("cannot lock data directory {}: {}", directory, ErrnoText())));
    }
    KALAMDB_ASSIGN_OR_RETURN(const std::optional<std::string> owner, ReadSmallFile(path));
    const std::string pid = Trimmed(owner.value_or(""));
    return Error(Unavailable(fmt::format("data directory {} is in use by {}", directory,
                                         pid.empty() ? "another process" : "process " + pid)));
  }
  // Writing the process id also shows that the disk takes bytes.
  Status written = ftruncate(fd.get(), 0) == 0 ? Status() : IoError(ErrnoText());
  if (written.ok()) {
    written = WriteAll(fd.get(), fmt::format("{}\n", getpid()));
  }
  if (!written.ok()) {
    return Error(IoError(
        fmt::format("cannot write to data directory {}: {}", directory, written.message())));
  }
  return fd.Release();
}

}  // namespace

Status CreateDirectory(const std::string& path) {
  std::filesystem::path current;
  for (const std::filesystem::path& part : std::filesystem::path(path)) {
    current /= part;
    if (!current.empty() && mkdir(current.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
      const std::string reason = ErrnoText();
      // A parent on a read-only or foreign file system is no obstacle as long as it exists.
      std::error_code ignored;
      if (!std::filesystem::is_directory(current, ignored)) {
        return IoError(reason);
      }
    }
  }
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored) ? Status() : IoError("not a directory");
}

StatusOr<DataDir> DataDir::Open(const std::string& path) {
  if (Status status = CreateDirectory(path); !status.ok()) {
    return Error(
        IoError(fmt::format("cannot create data directory {}: {}", path, status.message())));
  }
  std::error_code error;
  const std::string absolute = std::filesystem::canonical(path, error).string();
  if (error) {
    return Error(IoError(fmt::format("cannot open data directory {}: {}", path, error.message())));
  }
  KALAMDB_ASSIGN_OR_RETURN(const int lock_fd, Lock(absolute));
  DataDir directory(absolute, lock_fd);
  if (access(absolute.c_str(), R_OK | W_OK | X_OK) != 0) {
    return Error(
        IoError(fmt::format("cannot write to data directory {}: {}", absolute, ErrnoText())));
  }
  return directory;
}

DataDir::DataDir(DataDir&& other) noexcept
    : path_(std::move(other.path_)), lock_fd_(std::exchange(other.lock_fd_, -1)) {}

DataDir::~DataDir() {
  if (lock_fd_ >= 0) {
    close(lock_fd_);  // Also unlocks. The file stays: deleting it would race with the next server.
  }
}

StatusOr<std::string> DataDir::Folder(std::string_view name) const {
  const std::string folder = path_ + "/" + std::string(name);
  if (Status status = CreateDirectory(folder); !status.ok()) {
    return Error(IoError(fmt::format("cannot create {}: {}", folder, status.message())));
  }
  return folder;
}

StatusOr<uint64_t> DataDir::FreeBytes() const {
  struct statvfs info {};
  if (statvfs(path_.c_str(), &info) != 0) {
    return Error(IoError(fmt::format("cannot query free space of {}: {}", path_, ErrnoText())));
  }
  return static_cast<uint64_t>(info.f_bavail) * info.f_frsize;
}

StatusOr<Secret> DataDir::LoadOrCreateSecret(std::string_view name) const {
  KALAMDB_ASSIGN_OR_RETURN(const std::string folder, Folder("secrets"));
  const std::string path = folder + "/" + std::string(name);
  KALAMDB_ASSIGN_OR_RETURN(const std::optional<std::string> kept, ReadSmallFile(path));
  if (kept.has_value()) {
    std::string secret = Trimmed(*kept);
    if (secret.size() < kSecretBytes) {
      return Error(
          Corruption(fmt::format("{} holds no secret: restore it, or delete it to have a "
                                 "new one made",
                                 path)));
    }
    if (chmod(path.c_str(), S_IRUSR | S_IWUSR) != 0) {
      return Error(IoError(fmt::format("cannot restrict access to {}: {}", path, ErrnoText())));
    }
    return Secret(std::move(secret));
  }
  std::array<uint8_t, kSecretBytes> bytes{};
  FillSecure(bytes);
  std::string secret = HexDigits(bytes);
  KALAMDB_RETURN_IF_ERROR(WritePrivateFile(path, secret + "\n"));
  return Secret(std::move(secret));
}

}  // namespace kalamdb
