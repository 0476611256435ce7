// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "server/http/address.h"
#include "server/http/address_guard.h"
#include "server/http/asio.h"
#include "server/http/http_metrics.h"
#include "server/http/io_thread.h"

namespace kalamdb::server {

// What an open connection counts as, from its accept on, whatever protocol it speaks meanwhile.
// Takes over what the listener has counted and gives it back at its end. Thread-compatible.
class ConnectionSlot {
 public:
  // `guard` is null for a connection that was refused and so not counted by address.
  ConnectionSlot(HttpMetrics& metrics, AddressGuard* guard, const IpAddress& peer)
      : metrics_(&metrics), guard_(guard), peer_(peer) {}
  ConnectionSlot(ConnectionSlot&& other) noexcept
      : metrics_(std::exchange(other.metrics_, nullptr)),
        guard_(other.guard_),
        peer_(other.peer_) {}
  ConnectionSlot& operator=(ConnectionSlot&&) = delete;
  ~ConnectionSlot() {
    if (metrics_ == nullptr) {
      return;
    }
    metrics_->connections_open.fetch_sub(1, std::memory_order_relaxed);
    if (guard_ != nullptr) {
      guard_->RemoveConnection(peer_);
    }
  }

  const IpAddress& peer() const { return peer_; }

 private:
  HttpMetrics* metrics_;
  AddressGuard* guard_;
  IpAddress peer_;
};

// A connection that leaves HTTP after an answer with status 101.
struct Upgraded {
  Socket socket;  // Non-blocking.
  ConnectionSlot slot;
  IpAddress client;      // Past trusted proxies.
  IoThread& io;          // Whose event loop the socket belongs to; the call comes on its thread.
  std::string received;  // What the client has sent behind its request.
};

}  // namespace kalamdb::server
