// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/statement_splitter.h"

namespace kalamdb::cli {

// What goes to the server at once: one statement, or a transaction.
struct Request {
  std::string sql;
  std::vector<size_t> lines;  // Where each of its statements begins.
  // The namespace that later requests are to use, when a statement switches to one.
  std::optional<std::string> name_space;
};

// A transaction lives inside one HTTP request, so the statements from BEGIN (or START TRANSACTION)
// to COMMIT or ROLLBACK are collected and sent together. Everything else is sent one by one.
// Thread-compatible. Bounded by kRequestBytesMax: beyond it the statement is refused and the
// transaction forgotten.
class RequestGrouper {
 public:
  static constexpr size_t kRequestBytesMax = 64u << 20;

  // The request that `statement` completes; nothing while a transaction is being collected.
  StatusOr<std::optional<Request>> Add(Statement statement);
  // An unfinished transaction; the server rolls it back and says so.
  std::optional<Request> Finish();
  bool in_transaction() const { return open_.has_value(); }
  void Clear() { open_.reset(); }

 private:
  std::optional<Request> open_;
};

// The namespace that `sql` switches to when it is USE name, USE NAMESPACE name or SET NAMESPACE
// name. Folded to lower case, as the server does.
std::optional<std::string> NamespaceUsed(std::string_view sql);

}  // namespace kalamdb::cli
