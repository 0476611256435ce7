// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace kalamdb {

// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`, ASCII case
// ignored (optimal string alignment).
size_t EditDistance(std::string_view a, std::string_view b);

// The candidate nearest to `name`, the first of equals; for "did you mean". A dotted candidate
// whose last part is near counts as near too: someone forgot or mistook the section. Empty when
// there are no candidates.
std::string_view NearestName(std::string_view name, std::span<const std::string_view> candidates);

}  // namespace kalamdb
