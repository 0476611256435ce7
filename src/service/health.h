// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace kalamdb::service {

// Whether the server can do its work. Thread-safe.
class Health {
 public:
  virtual ~Health() = default;
  // False after a write or sync failed: its outcome is unknown, so no further write is accepted.
  virtual bool IsHealthy() const = 0;
};

}  // namespace kalamdb::service
