// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include <boost/beast/http/basic_parser.hpp>

#include "server/http/body_budget.h"
#include "server/http/request.h"

namespace kalamdb::server {

// Why a request is answered without its handler.
struct Rejection {
  int status = 400;
  std::string_view code;  // Of a literal.
  std::string message;
  uint64_t size_bytes = 0;           // 413: what the client wanted to send, when it said so.
  uint64_t bytes_max = 0;            // 413.
  uint64_t retry_after_seconds = 0;  // 429.
};

// Beast's HTTP/1 grammar, filling a Request without an object per header field. One per request.
// Confined to the connection's io thread.
class RequestParser final : public boost::beast::http::basic_parser<true> {
 public:
  using ErrorCode = boost::beast::error_code;
  using StringView = boost::beast::string_view;

  RequestParser(Request& request, uint32_t header_bytes_max, BodyBudget& budget);
  ~RequestParser() override { budget_.Release(budgeted_bytes_); }

  // Between the header and the body.
  void set_body_bytes_max(uint64_t bytes) { body_bytes_max_ = bytes; }
  bool wants_continue() const { return wants_continue_; }
  bool wants_unknown_expectation() const { return wants_unknown_expectation_; }
  // What to answer after put() failed with `error`.
  Rejection WhyNot(const ErrorCode& error) const;

 private:
  void on_request_impl(boost::beast::http::verb method, StringView method_text, StringView target,
                       int version, ErrorCode& error) override;
  void on_response_impl(int, StringView, int, ErrorCode&) override {}
  void on_field_impl(boost::beast::http::field field, StringView name, StringView value,
                     ErrorCode& error) override;
  void on_header_impl(ErrorCode& error) override;
  void on_body_init_impl(const boost::optional<uint64_t>& length, ErrorCode& error) override;
  size_t on_body_impl(StringView part, ErrorCode& error) override;
  void on_chunk_header_impl(uint64_t, StringView, ErrorCode&) override {}
  size_t on_chunk_body_impl(uint64_t remaining, StringView part, ErrorCode& error) override;
  void on_finish_impl(ErrorCode&) override {}

  // Fails the parse with an answer of its own.
  void Reject(Rejection why, ErrorCode& error);

  Request& request_;
  BodyBudget& budget_;
  size_t budgeted_bytes_ = 0;  // Given back when the parser makes room for the next request.
  Rejection rejection_;
  uint64_t body_bytes_max_ = std::numeric_limits<uint64_t>::max();
  bool is_header_read_ = false;
  bool wants_continue_ = false;
  bool wants_unknown_expectation_ = false;
};

}  // namespace kalamdb::server
