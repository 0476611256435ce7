// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

// Asio with the executor of an io_context in its types instead of a type-erased one: a call less
// per operation.
namespace kalamdb::server {

namespace asio = boost::asio;

using ErrorCode = boost::system::error_code;
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
template <class T>
using Awaitable = asio::awaitable<T, Executor>;

// Completion token: the awaited operation gives its error as a value.
inline constexpr asio::as_tuple_t<asio::use_awaitable_t<Executor>> kAsTuple{};

}  // namespace kalamdb::server
