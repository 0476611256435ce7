// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/status.h"

namespace kalamdb::live {

// Whether bytes begin as a gzip member does; neither JSON nor a map in MessagePack does.
bool IsGzip(std::string_view bytes);

// One gzip member of `text`. False when that would not be smaller, or there is no memory for it;
// `*out` is undefined then. The compressor is kept by each thread that uses it: 256 KiB.
bool Gzip(std::string_view text, std::string* out);

// The text of one whole gzip member. InvalidArgument when it is not one or the text is longer than
// `bytes_max`, which bounds the memory as well.
StatusOr<std::string> Gunzip(std::string_view bytes, size_t bytes_max);

}  // namespace kalamdb::live
