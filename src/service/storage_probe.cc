// SPDX-License-Identifier: Apache-2.0
#include "service/storage_probe.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

namespace kalamdb::service {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kProbeText = "kalamdb storage probe\n";

Status Failed(std::string_view step, int error) {
  return InvalidOperation(
      fmt::format("the storage cannot be {}: {}", step, std::generic_category().message(error)));
}

class File {
 public:
  // Never through a link, and never a file that is there already.
  explicit File(const std::string& path)
      : fd_(open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)) {}
  ~File() {
    if (fd_ >= 0) {
      close(fd_);
    }
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

Status WriteAndRead(const File& file) {
  if (write(file.fd(), kProbeText.data(), kProbeText.size()) !=
      static_cast<ssize_t>(kProbeText.size())) {
    return Failed("written", errno);
  }
  if (fsync(file.fd()) != 0) {
    return Failed("synced", errno);
  }
  std::string read(kProbeText.size(), '\0');
  if (pread(file.fd(), read.data(), read.size(), 0) != static_cast<ssize_t>(read.size()) ||
      read != kProbeText) {
    return Failed("read", errno);
  }
  return {};
}

Status List(const fs::path& directory, const std::string& name) {
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().filename() == name) {
      return {};
    }
  }
  return Failed("listed", error ? error.value() : ENOENT);
}

Status Probe(const fs::path& directory, Rng& rng) {
  const std::string name = fmt::format(".kalamdb-probe-{:016x}", rng.Next());
  const std::string path = (directory / name).string();
  Status status;
  {
    const File file(path);
    if (file.fd() < 0) {
      return Failed("written", errno);
    }
    status = WriteAndRead(file);
  }
  if (status.ok()) {
    status = List(directory, name);
  }
  if (unlink(path.c_str()) != 0 && status.ok()) {
    status = Failed("cleared", errno);
  }
  return status;
}

}  // namespace

Status ProbeDirectory(const std::string& directory, Rng& rng) {
  std::error_code error;
  const bool is_new = !fs::exists(directory, error) && fs::create_directories(directory, error);
  if (error || !fs::is_directory(directory, error)) {
    return Failed("created", error ? error.value() : ENOTDIR);
  }
  Status status = Probe(directory, rng);
  if (!status.ok() && is_new) {
    fs::remove(directory, error);
  }
  return status;
}

}  // namespace kalamdb::service
