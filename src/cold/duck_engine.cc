// SPDX-License-Identifier: Apache-2.0
#include "cold/duck_engine.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "duckdb/common/error_data.hpp"
#include "duckdb/main/config.hpp"

#include "cold/segment_reader.h"
#include "parquet_reader.hpp"
#include "types/byte_order.h"

namespace kalamdb::cold {

namespace {

duckdb::unique_ptr<duckdb::DuckDB> OpenDatabase(const EngineOptions& options) {
  duckdb::DBConfig config;
  config.options.maximum_threads = 1;
  config.options.maximum_memory = options.memory_bytes_max;
  config.options.use_temporary_directory = false;
  config.options.temporary_directory.clear();
  config.options.autoload_known_extensions = false;
  config.options.autoinstall_known_extensions = false;
  config.options.enable_external_file_cache = false;  // The operating system's is enough.
  config.options.disable_database_invalidation = true;
  return duckdb::make_uniq<duckdb::DuckDB>(nullptr, &config);
}

class File {
 public:
  explicit File(const std::string& path)
      : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) {}
  ~File() {
    if (fd_ >= 0) {
      close(fd_);
    }
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

Status Failed(std::string_view what, const std::string& path) {
  const std::string reason = std::strerror(errno);
  return IoError("segment " + path + ": " + std::string(what) + ": " + reason);
}

StatusOr<FileIdentity> Identify(const std::string& path) {
  struct stat info{};
  if (lstat(path.c_str(), &info) != 0) {
    return Error(Failed("cannot be found", path));
  }
  const auto nanos = [](const timespec& time) {
    return static_cast<int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
  };
  return FileIdentity{.device = info.st_dev,
                      .inode = info.st_ino,
                      .size = info.st_size,
                      .modified_nanos = nanos(info.st_mtim),
                      .changed_nanos = nanos(info.st_ctim)};
}

constexpr uint64_t kMultiplier = 0x9E3779B97F4A7C15u;

uint64_t Mix(uint64_t hash, uint64_t word) {
  hash = (hash ^ word) * kMultiplier;
  return hash ^ (hash >> 32);
}

Status Verify(const Segment& segment) {
  KALAMDB_ASSIGN_OR_RETURN(const uint64_t checksum, FileChecksum(segment.file));
  if (checksum != segment.meta.checksum) {
    return Corruption("segment " + segment.file +
                      " is not what was written: its bytes do not give its checksum");
  }
  return {};
}

}  // namespace

StatusOr<uint64_t> FileChecksum(const std::string& path) {
  const File file(path);
  if (file.get() < 0) {
    return Error(Failed("cannot be opened", path));
  }
  // Four lanes, so that the multiplications overlap. Each step is invertible: a changed word
  // changes its lane.
  std::array<uint64_t, 4> lanes = {1, 2, 3, 4};
  std::vector<char> buffer(1u << 20);
  uint64_t size = 0;
  while (true) {
    size_t filled = 0;
    while (filled < buffer.size()) {
      const ssize_t got = read(file.get(), buffer.data() + filled, buffer.size() - filled);
      if (got < 0 && errno == EINTR) {
        continue;
      }
      if (got < 0) {
        return Error(Failed("cannot be read", path));
      }
      if (got == 0) {
        break;
      }
      filled += static_cast<size_t>(got);
    }
    size += filled;
    const bool is_last = filled < buffer.size();
    std::fill(buffer.begin() + static_cast<ptrdiff_t>(filled), buffer.end(), '\0');
    for (size_t at = 0; at < filled; at += 32) {
      for (size_t lane = 0; lane < lanes.size(); ++lane) {
        lanes[lane] = Mix(lanes[lane], types::LoadLittle<uint64_t>(buffer.data() + at + lane * 8));
      }
    }
    if (is_last) {
      break;
    }
  }
  uint64_t hash = size;
  for (const uint64_t lane : lanes) {
    hash = Mix(hash, lane);
  }
  return hash;
}

Engine::Rep::Rep(const EngineOptions& options, const Activity& clients)
    : activity(clients),
      database(OpenDatabase(options)),
      footers(options.footer_cache_bytes),
      groups(options.group_cache_bytes) {}

Engine::Engine(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
Engine::~Engine() = default;

StatusOr<std::unique_ptr<Engine>> Engine::Open(const EngineOptions& options,
                                               const Activity& activity) {
  return CallEngine("the Parquet engine", [&]() -> StatusOr<std::unique_ptr<Engine>> {
    return std::unique_ptr<Engine>(new Engine(std::make_unique<Rep>(options, activity)));
  });
}

Status TranslateError(const std::exception& error, const std::string& file) {
  const duckdb::ErrorData data(error);
  const std::string message = "segment " + file + ": " + data.RawMessage();
  switch (data.Type()) {
    case duckdb::ExceptionType::OUT_OF_MEMORY:
      return ResourceExhausted(message);
    case duckdb::ExceptionType::IO:
      return IoError(message);
    default:
      return Corruption(message);
  }
}

StatusOr<FooterPtr> ReadFooter(Engine& engine, const Segment& segment) {
  KALAMDB_ASSIGN_OR_RETURN(const FileIdentity identity, Identify(segment.file));
  if (const auto cached = engine.rep().footers.Find(segment.file);
      cached.has_value() && cached->file == identity) {
    return cached->footer;
  }
  KALAMDB_RETURN_IF_ERROR(Verify(segment));
  return CallEngine(segment.file, [&]() -> StatusOr<FooterPtr> {
    duckdb::Connection connection(*engine.rep().database);
    duckdb::ParquetReader reader(*connection.context, duckdb::OpenFileInfo(segment.file),
                                 duckdb::ParquetOptions());
    // What it is in memory: about eight times its thrift form.
    constexpr uint64_t kGrowth = 8;
    engine.rep().footers.Put(segment.file, {.footer = reader.metadata, .file = identity},
                             reader.metadata->footer_size * kGrowth);
    return reader.metadata;
  });
}

std::vector<duckdb::idx_t> GroupsWith(const FooterPtr& footer, CommitSeq first, CommitSeq last) {
  std::vector<duckdb::idx_t> groups;
  const auto& row_groups = footer->metadata->row_groups;
  const size_t column = row_groups.empty() ? 0 : row_groups[0].columns.size() - 2;
  for (size_t i = 0; i < row_groups.size(); ++i) {
    const auto& stats = row_groups[i].columns[column].meta_data.statistics;
    if (stats.min_value.size() == sizeof(uint64_t) && stats.max_value.size() == sizeof(uint64_t)) {
      const auto low = types::LoadLittle<uint64_t>(stats.min_value.data());
      const auto high = types::LoadLittle<uint64_t>(stats.max_value.data());
      if (high < first.value || low > last.value) {
        continue;
      }
    }
    groups.push_back(i);
  }
  return groups;
}

}  // namespace kalamdb::cold
