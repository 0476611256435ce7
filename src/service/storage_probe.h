// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/rng.h"
#include "base/status.h"

namespace kalamdb::service {

// Makes sure that a storage can be used: creates `directory` when it is missing, then writes,
// reads, lists and deletes a small file in it. InvalidOperation says which step failed; a directory
// that was created for nothing is removed again.
Status ProbeDirectory(const std::string& directory, Rng& rng);

}  // namespace kalamdb::service
