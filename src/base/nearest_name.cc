// SPDX-License-Identifier: Apache-2.0
#include "base/nearest_name.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

namespace kalamdb {

namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view LastPart(std::string_view name) { return name.substr(name.rfind('.') + 1); }

size_t NameDistance(std::string_view name, std::string_view candidate) {
  const size_t whole = EditDistance(name, candidate);
  if (name.find('.') == name.npos && candidate.find('.') == candidate.npos) {
    return whole;
  }
  // The section is wrong as a whole: a fixed price, so that an exact last part beats a typo or two.
  return std::min(whole, 2 + EditDistance(LastPart(name), LastPart(candidate)));
}

}  // namespace

size_t EditDistance(std::string_view a, std::string_view b) {
  std::array<std::vector<size_t>, 3> rows;  // Before last, last, this one.
  rows.fill(std::vector<size_t>(b.size() + 1));
  std::iota(rows[1].begin(), rows[1].end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    auto& [before, last, current] = rows;
    current[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const bool is_same = Lower(a[i - 1]) == Lower(b[j - 1]);
      current[j] = std::min({last[j] + 1, current[j - 1] + 1, last[j - 1] + (is_same ? 0u : 1u)});
      if (i > 1 && j > 1 && Lower(a[i - 1]) == Lower(b[j - 2]) &&
          Lower(a[i - 2]) == Lower(b[j - 1])) {
        current[j] = std::min(current[j], before[j - 2] + 1);
      }
    }
    std::rotate(rows.begin(), rows.begin() + 1, rows.end());
  }
  return rows[1][b.size()];
}

std::string_view NearestName(std::string_view name, std::span<const std::string_view> candidates) {
  std::string_view nearest;
  size_t nearest_distance = std::numeric_limits<size_t>::max();
  for (const std::string_view candidate : candidates) {
    const size_t distance = NameDistance(name, candidate);
    if (distance < nearest_distance) {
      nearest = candidate;
      nearest_distance = distance;
    }
  }
  return nearest;
}

}  // namespace kalamdb
