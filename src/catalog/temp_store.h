// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "base/check.h"
#include "store/kv_store.h"

// For tests.
namespace kalamdb::catalog {

// A folder of its own, removed at the end.
class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "kalamdb_test_XXXXXX").string();
    KALAMDB_CHECK(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// A store in such a folder.
class TempStore {
 public:
  TempStore() { Open(); }
  // As after a restart. Nothing may refer to the old store any more.
  void Reopen() {
    store_.reset();
    Open();
  }
  store::KvStore& operator*() { return *store_; }

 private:
  void Open() {
    auto opened = store::KvStore::Open((folder_.path() / "db").string(), store::StoreOptions{});
    KALAMDB_CHECK(opened.has_value());
    store_ = std::move(opened).value();
  }

  TempFolder folder_;
  std::unique_ptr<store::KvStore> store_;
};

}  // namespace kalamdb::catalog
