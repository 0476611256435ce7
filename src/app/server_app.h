// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "base/data_dir.h"
#include "base/settings.h"
#include "base/status.h"

namespace kalamdb::app {

// A running server: every object of it, built in the order of the module table and taken down in
// the reverse one. Confined to the main thread.
class ServerApp {
 public:
  // Opens what `data` holds, then listens. What is passed by reference outlives the server. Errors
  // are one line for the operator.
  static StatusOr<std::unique_ptr<ServerApp>> Start(const LoadedSettings& loaded,
                                                    const DataDir& data);
  ServerApp(const ServerApp&) = delete;
  ServerApp& operator=(const ServerApp&) = delete;
  // Stop()s.
  ~ServerApp();

  uint16_t port() const;     // The one listened on, also when the setting is 0.
  bool needs_setup() const;  // Root has no password yet.

  // Refuses new requests, lets running ones finish or cancels them, syncs and closes the store. The
  // error is of what could not be made durable. Idempotent.
  Status Stop();

 private:
  struct Parts;
  explicit ServerApp(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace kalamdb::app
