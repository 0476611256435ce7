// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/status.h"

// Where a storage may lie and how its folders may be called. InvalidArgument with the rule that was
// broken.
namespace kalamdb::service {

// The absolute form of `directory`, which need not exist yet. Refused: `..`, NUL and control
// characters, system directories and `refused`, also when a symbolic link on the way leads there.
StatusOr<std::string> CheckedStorageDirectory(std::string_view directory,
                                              std::span<const std::string> refused);

// Templates in today's spelling: {namespace}, {tableName}, {shard}, {userId}. Older spellings such
// as {table_name} and ${user_id} are accepted. Each table and each user has to get a folder of
// their own, so the placeholders are needed, in that order ({shard} is optional).
StatusOr<std::string> CheckedSharedTemplate(std::string_view text);
StatusOr<std::string> CheckedUserTemplate(std::string_view text);

}  // namespace kalamdb::service
