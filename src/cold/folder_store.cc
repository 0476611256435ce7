// SPDX-License-Identifier: Apache-2.0
#include "cold/folder_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/fault_point.h"
#include "cold/paths.h"

namespace kalamdb::cold {

namespace {

Status Failed(std::string_view what, const std::string& path) {
  return IoError(std::string(what) + " " + path + ": " + std::strerror(errno));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) {
      close(fd_);
    }
  }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

 private:
  int fd_;
};

// The folder of `name` below `base`, opened part by part without following links; `name` becomes
// its last part. Creates folders when `creates`. Not open when a folder is missing, but `base` must
// be there: without it the storage is not, as when it is not mounted.
StatusOr<Descriptor> OpenFolder(const std::string& base, std::string_view* name, bool creates) {
  std::string path = base;
  Descriptor folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open()) {
    return Error(Failed("open the storage", path));
  }
  for (size_t slash = name->find('/'); slash != std::string_view::npos; slash = name->find('/')) {
    const std::string part(name->substr(0, slash));
    name->remove_prefix(slash + 1);
    path += "/" + part;
    if (creates) {
      if (mkdirat(folder.get(), part.c_str(), 0700) == 0) {
        if (fsync(folder.get()) != 0) {
          return Error(Failed("sync the folder of", path));
        }
      } else if (errno != EEXIST) {
        return Error(Failed("create the folder", path));
      }
    }
    Descriptor next(
        openat(folder.get(), part.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!next.is_open()) {
      if (errno == ENOENT && !creates) {
        return next;
      }
      return Error(Failed("open the folder", path));
    }
    folder = std::move(next);
  }
  return folder;
}

}  // namespace

std::string FolderStore::Path(std::string_view name) const {
  return base_ + "/" + std::string(name);
}

StatusOr<std::string> FolderStore::Prepare(std::string_view name) {
  std::string path = Path(name) + std::string(kTemporarySuffix);
  KALAMDB_ASSIGN_OR_RETURN(const Descriptor folder, OpenFolder(base_, &name, true));
  const std::string temporary = std::string(name) + std::string(kTemporarySuffix);
  if (unlinkat(folder.get(), temporary.c_str(), 0) != 0 && errno != ENOENT) {
    return Error(Failed("remove", path));
  }
  return path;
}

StatusOr<uint64_t> FolderStore::Publish(std::string_view name) {
  const std::string path = Path(name);
  KALAMDB_ASSIGN_OR_RETURN(const Descriptor folder, OpenFolder(base_, &name, false));
  if (!folder.is_open()) {
    return Error(IoError("the folder of " + path + " is gone"));
  }
  const std::string final_name(name);
  const std::string temporary = final_name + std::string(kTemporarySuffix);
  const Descriptor file(
      openat(folder.get(), temporary.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  struct stat info {};
  if (!file.is_open() || fstat(file.get(), &info) != 0) {
    return Error(Failed("open", path));
  }
  // Rows of users: nobody else's to read.
  if (fchmod(file.get(), 0600) != 0 || fsync(file.get()) != 0) {
    return Error(Failed("sync", path));
  }
  KALAMDB_FAULT_POINT("segment.synced");
  if (renameat(folder.get(), temporary.c_str(), folder.get(), final_name.c_str()) != 0) {
    return Error(Failed("rename", path));
  }
  KALAMDB_FAULT_POINT("segment.renamed");
  if (fsync(folder.get()) != 0) {
    return Error(Failed("sync the folder of", path));
  }
  return static_cast<uint64_t>(info.st_size);
}

Status FolderStore::Write(std::string_view name, std::string_view bytes) {
  const std::string path = Path(name);
  KALAMDB_ASSIGN_OR_RETURN(const Descriptor folder, OpenFolder(base_, &name, true));
  const std::string final_name(name);
  const std::string temporary = final_name + std::string(kTemporarySuffix);
  const Descriptor file(openat(folder.get(), temporary.c_str(),
                               O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.is_open()) {
    return Failed("create", path);
  }
  while (!bytes.empty()) {
    const ssize_t written = write(file.get(), bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) {
        continue;
      }
      const Status failed = Failed("write", path);
      unlinkat(folder.get(), temporary.c_str(), 0);
      return failed;
    }
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  KALAMDB_FAULT_POINT("manifest.written");
  if (renameat(folder.get(), temporary.c_str(), folder.get(), final_name.c_str()) != 0) {
    return Failed("rename", path);
  }
  KALAMDB_FAULT_POINT("manifest.renamed");
  return {};
}

StatusOr<std::optional<uint64_t>> FolderStore::Size(std::string_view name) const {
  const std::string path = Path(name);
  KALAMDB_ASSIGN_OR_RETURN(const Descriptor folder, OpenFolder(base_, &name, false));
  struct stat info {};
  if (!folder.is_open()) {
    return std::nullopt;
  }
  if (fstatat(folder.get(), std::string(name).c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) {
      return std::nullopt;
    }
    return Error(Failed("look at", path));
  }
  if (!S_ISREG(info.st_mode)) {
    return Error(IoError(path + " is not a file"));
  }
  return static_cast<uint64_t>(info.st_size);
}

StatusOr<uint64_t> FolderStore::Remove(std::string_view name) {
  const std::string_view whole = name;
  KALAMDB_ASSIGN_OR_RETURN(const Descriptor folder, OpenFolder(base_, &name, false));
  if (!folder.is_open()) {
    return 0;
  }
  uint64_t freed = 0;
  for (const std::string& file :
       {std::string(name), std::string(name) + std::string(kTemporarySuffix)}) {
    struct stat info {};
    if (fstatat(folder.get(), file.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
      continue;
    }
    if (unlinkat(folder.get(), file.c_str(), 0) != 0) {
      if (errno != ENOENT) {
        return Error(Failed("remove", Path(whole)));
      }
      continue;
    }
    freed += S_ISREG(info.st_mode) ? static_cast<uint64_t>(info.st_size) : 0;
  }
  // Folders above, the innermost first, as long as they are empty.
  for (size_t slash = whole.rfind('/'); slash != std::string_view::npos && slash > 0;
       slash = whole.rfind('/', slash - 1)) {
    std::string_view parent = whole.substr(0, slash);
    KALAMDB_ASSIGN_OR_RETURN(const Descriptor above, OpenFolder(base_, &parent, false));
    if (!above.is_open() ||
        unlinkat(above.get(), std::string(parent).c_str(), AT_REMOVEDIR) != 0) {
      break;
    }
  }
  return freed;
}

}  // namespace kalamdb::cold
