// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/completion.h"
#include "cli/session.h"

namespace kalamdb::cli {

// Names for completion, asked from information_schema when first needed and kept until Forget().
// A server that does not answer within kAnswerMax, or refuses, offers no names until then. Confined
// to the main thread. Holds the columns of kTablesMax tables; at that bound it starts over.
class NameCache : public NameSource {
 public:
  static constexpr std::chrono::milliseconds kAnswerMax{2000};
  static constexpr size_t kTablesMax = 200;
  static constexpr size_t kNamesMax = 10'000;  // Of one kind; the rest is not offered.

  // `session` outlives this object.
  explicit NameCache(Session& session) : session_(session) {}

  const std::vector<std::string>& Namespaces() override;
  const std::vector<std::string>& TablesOf(const std::string& name_space) override;
  const std::vector<std::string>& ColumnsOf(const std::string& name_space,
                                            const std::string& table) override;
  std::string CurrentNamespace() override;
  // Something may have been created, renamed or dropped.
  void Forget();

 private:
  using Names = std::vector<std::string>;
  // The first column of what `sql` gives.
  Names Ask(const std::string& sql);

  Session& session_;
  std::optional<Names> namespaces_;
  std::map<std::string, Names> tables_;
  std::map<std::pair<std::string, std::string>, Names> columns_;
};

}  // namespace kalamdb::cli
