// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace kalamdb::live {

// A message in MessagePack, from JSON: maps with string keys in the same order, integers of up to
// 64 bits exact. Nothing when the text is no JSON or nested too deeply
// (limits::kMessagePackDepthMax).
std::optional<std::string> ToMessagePack(std::string_view json);

// The way back, for bytes of a client. InvalidArgument when they are not one whole value of what
// JSON can say: no binary or extension types, no NaN, keys and texts in UTF-8 without NUL. The text
// is at most about six times as long as the bytes.
StatusOr<std::string> FromMessagePack(std::string_view bytes);

}  // namespace kalamdb::live
