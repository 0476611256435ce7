// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "cold/segment_store.h"

namespace kalamdb::cold {

// A storage of type "filesystem". Holds no state besides its path.
class FolderStore final : public SegmentStore {
 public:
  // `base_directory` is absolute and exists; while it does not, every call fails.
  explicit FolderStore(std::string base_directory) : base_(std::move(base_directory)) {}

  StatusOr<std::string> Prepare(std::string_view name) override;
  StatusOr<uint64_t> Publish(std::string_view name) override;
  Status Write(std::string_view name, std::string_view bytes) override;
  StatusOr<uint64_t> Remove(std::string_view name) override;
  StatusOr<std::optional<uint64_t>> Size(std::string_view name) const override;
  std::string Path(std::string_view name) const override;

 private:
  std::string base_;
};

}  // namespace kalamdb::cold
