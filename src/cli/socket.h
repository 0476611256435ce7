// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>

#include "base/status.h"
#include "cli/signals.h"

namespace kalamdb::cli {

// A TCP connection whose every wait ends at Ctrl-C or after a time without progress. Is a
// SyncReadStream and SyncWriteStream of Asio, so that Beast reads and writes HTTP on it. Confined
// to the main thread.
class Socket {
 public:
  // `idle_max`: the longest wait for the other side to take or send a byte; zero means forever.
  // Tries every address of the name.
  static StatusOr<Socket> Connect(const std::string& host, const std::string& port,
                                  std::chrono::milliseconds connect_max, Signals& signals);
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&& other) noexcept;
  ~Socket();

  void set_idle_max(std::chrono::milliseconds idle_max) { idle_max_ = idle_max; }
  // Whether the other side closed, or sent what nobody asked for, while no request was under way.
  bool IsStale() const;
  // Bytes that the operating system took from us since the last reset.
  size_t bytes_written() const { return bytes_written_; }
  void reset_bytes_written() { bytes_written_ = 0; }

  using ErrorCode = boost::system::error_code;

  template <class MutableBufferSequence>
  size_t read_some(const MutableBufferSequence& buffers, ErrorCode& error) {
    const boost::asio::mutable_buffer first = FirstOf<boost::asio::mutable_buffer>(buffers);
    return Read(first.data(), first.size(), &error);
  }
  template <class ConstBufferSequence>
  size_t write_some(const ConstBufferSequence& buffers, ErrorCode& error) {
    const boost::asio::const_buffer first = FirstOf<boost::asio::const_buffer>(buffers);
    return Write(first.data(), first.size(), &error);
  }
  // Asio's stream concepts look for the forms that throw; nobody calls them, and they are nowhere
  // defined.
  template <class MutableBufferSequence>
  size_t read_some(const MutableBufferSequence& buffers);
  template <class ConstBufferSequence>
  size_t write_some(const ConstBufferSequence& buffers);

 private:
  Socket(int fd, Signals& signals) : fd_(fd), signals_(&signals) {}

  template <class Buffer, class Sequence>
  static Buffer FirstOf(const Sequence& buffers) {
    for (auto it = boost::asio::buffer_sequence_begin(buffers);
         it != boost::asio::buffer_sequence_end(buffers); ++it) {
      const Buffer buffer(*it);
      if (buffer.size() != 0) {
        return buffer;
      }
    }
    return {};
  }

  size_t Read(void* data, size_t size, ErrorCode* error);
  size_t Write(const void* data, size_t size, ErrorCode* error);
  // Waits for `events`; false with `error` set when that is not going to be.
  bool Await(short events, ErrorCode* error);

  int fd_;
  Signals* signals_;
  std::chrono::milliseconds idle_max_{0};
  size_t bytes_written_ = 0;
};

}  // namespace kalamdb::cli
