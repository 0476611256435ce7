// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace kalamdb::cold {

// The files of one storage. Names are paths below its base directory. Thread-safe. Every file is
// either there whole or not at all; symbolic links below the base directory are not followed.
class SegmentStore {
 public:
  virtual ~SegmentStore() = default;

  // A path that a new segment can be written to; nobody looks at it before Publish(). The folder
  // exists on return, and an older try is gone.
  virtual StatusOr<std::string> Prepare(std::string_view name) = 0;
  // Makes what was written durable under its name. Returns its size, bytes.
  virtual StatusOr<uint64_t> Publish(std::string_view name) = 0;
  // Writes a small file as a whole.
  virtual Status Write(std::string_view name, std::string_view bytes) = 0;
  // Removes a file and what was prepared for it, and folders left empty above it. OK when there is
  // none. Returns the bytes that were freed.
  virtual StatusOr<uint64_t> Remove(std::string_view name) = 0;
  // Bytes of a published file; nothing when there is none.
  virtual StatusOr<std::optional<uint64_t>> Size(std::string_view name) const = 0;
  // Where readers find a published file.
  virtual std::string Path(std::string_view name) const = 0;
};

}  // namespace kalamdb::cold
