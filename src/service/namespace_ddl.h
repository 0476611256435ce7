// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "catalog/catalog.h"
#include "service/table_dropper.h"
#include "sql/parser/statement.h"

namespace kalamdb::service {

// CREATE NAMESPACE, DROP NAMESPACE and USE. The caller has been authorised. Each returns the
// message for the client. Thread-safe.
class NamespaceDdl {
 public:
  NamespaceDdl(catalog::Catalog& catalog, TableDropper& dropper)
      : catalog_(catalog), dropper_(dropper) {}

  StatusOr<std::string> Create(const sql::CreateNamespace& statement);
  // With CASCADE, the namespace goes with all its tables, or nothing does.
  StatusOr<std::string> Drop(const sql::DropNamespace& statement);
  // Checks that the namespace exists. The switch itself is the request's business.
  StatusOr<std::string> Use(const sql::UseNamespace& statement) const;

 private:
  Status RefuseWhileInUse(const std::string& name) const;

  catalog::Catalog& catalog_;
  TableDropper& dropper_;
};

}  // namespace kalamdb::service
