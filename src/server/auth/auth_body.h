// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "server/http/request.h"

namespace kalamdb::server {

// A string field of a JSON body.
struct BodyField {
  std::string_view name;
  std::string_view alias;  // Another name for the same field; empty: none.
  size_t bytes_max = 0;
  bool is_required = true;
};

// Reads a JSON object that has only these fields, in their order. InvalidArgument names what is
// missing, unknown, given twice, too long or no string; optional fields may be null.
StatusOr<std::vector<std::optional<std::string>>> ReadStringFields(
    const Request& request, std::span<const BodyField> fields);

}  // namespace kalamdb::server
