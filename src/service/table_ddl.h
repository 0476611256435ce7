// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "catalog/catalog.h"
#include "service/sql_service.h"
#include "service/table_dropper.h"
#include "sql/parser/statement.h"

namespace kalamdb::service {

// CREATE TABLE and DROP TABLE. The caller has been authorised. Each returns the message for the
// client. Thread-safe.
class TableDdl {
 public:
  TableDdl(catalog::Catalog& catalog, TableDropper& dropper)
      : catalog_(catalog), dropper_(dropper) {}

  StatusOr<std::string> Create(const sql::CreateTable& statement,
                               std::string_view default_namespace, const Caller& caller);
  StatusOr<std::string> Drop(const sql::DropTable& statement, std::string_view default_namespace);

 private:
  catalog::Catalog& catalog_;
  TableDropper& dropper_;
};

}  // namespace kalamdb::service
