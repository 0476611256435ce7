// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace kalamdb::server {

// One part of a multipart/form-data body. Views into the body.
struct FormPart {
  std::string name;
  bool is_file = false;  // It has a file name.
  std::string_view content;
};

// Splits a body as RFC 7578 describes. InvalidArgument when it is not such a body, or has more than
// kFormPartsMax parts.
constexpr size_t kFormPartsMax = 64;
StatusOr<std::vector<FormPart>> ParseMultipart(std::string_view content_type,
                                               std::string_view body);

}  // namespace kalamdb::server
