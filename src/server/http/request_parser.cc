// SPDX-License-Identifier: Apache-2.0
#include "server/http/request_parser.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <boost/beast/http/error.hpp>

#include "types/schema.h"

namespace kalamdb::server {

namespace http = boost::beast::http;
using types::EqualsIgnoreCase;

namespace {

struct NamedHeader {
  std::string_view name;
  Header header;
};
constexpr std::array kHeaders = {
    NamedHeader{"Host", Header::kHost},
    NamedHeader{"Authorization", Header::kAuthorization},
    NamedHeader{"Content-Type", Header::kContentType},
    NamedHeader{"Content-Encoding", Header::kContentEncoding},
    NamedHeader{"Expect", Header::kExpect},
    NamedHeader{"Origin", Header::kOrigin},
    NamedHeader{"Access-Control-Request-Method", Header::kAccessControlRequestMethod},
    NamedHeader{"Access-Control-Request-Headers", Header::kAccessControlRequestHeaders},
    NamedHeader{"Access-Control-Request-Private-Network",
                Header::kAccessControlRequestPrivateNetwork},
    NamedHeader{"X-Request-ID", Header::kXRequestId},
    NamedHeader{"X-Real-IP", Header::kXRealIp},
    NamedHeader{"X-Forwarded-Proto", Header::kXForwardedProto},
    NamedHeader{"Upgrade", Header::kUpgrade},
    NamedHeader{"Sec-WebSocket-Key", Header::kSecWebSocketKey},
    NamedHeader{"Sec-WebSocket-Version", Header::kSecWebSocketVersion},
    NamedHeader{"Connection", Header::kConnection},
    NamedHeader{"Accept-Encoding", Header::kAcceptEncoding},
    NamedHeader{"Cookie", Header::kCookie},
    NamedHeader{"X-Forwarded-For", Header::kXForwardedFor},
};

std::optional<Header> FindHeader(std::string_view name) {
  for (const NamedHeader& row : kHeaders) {
    if (row.name.size() == name.size() && EqualsIgnoreCase(row.name, name)) {
      return row.header;
    }
  }
  return std::nullopt;
}

std::string_view View(boost::beast::string_view text) { return {text.data(), text.size()}; }

Method ToMethod(http::verb verb) {
  switch (verb) {
    case http::verb::get:
      return Method::kGet;
    case http::verb::head:
      return Method::kHead;
    case http::verb::post:
      return Method::kPost;
    case http::verb::put:
      return Method::kPut;
    case http::verb::delete_:
      return Method::kDelete;
    case http::verb::patch:
      return Method::kPatch;
    case http::verb::options:
      return Method::kOptions;
    default:
      return Method::kOther;
  }
}

// Memory for a body is taken as it arrives, not as it is announced.
constexpr uint64_t kBodyReserveBytes = 64u << 10;
// A body up to here is within what every connection may cost.
constexpr size_t kUnbudgetedBytes = 64u << 10;

}  // namespace

RequestParser::RequestParser(Request& request, uint32_t header_bytes_max, BodyBudget& budget)
    : request_(request), budget_(budget) {
  header_limit(header_bytes_max);
  body_limit(boost::none);
}

void RequestParser::on_request_impl(http::verb method, StringView, StringView target, int version,
                                    ErrorCode&) {
  request_.set_line(ToMethod(method), View(target), version);
}

void RequestParser::on_field_impl(http::field field, StringView name, StringView value,
                                  ErrorCode& error) {
  if (is_header_read_) {
    return;  // A trailer of a chunked body.
  }
  if (field == http::field::transfer_encoding &&
      (!EqualsIgnoreCase(View(value), "chunked") || request_.version() < 11)) {
    Reject({.status = 501,
            .code = "UNSUPPORTED_TRANSFER_ENCODING",
            .message = "Transfer-Encoding can only be chunked, in HTTP/1.1"},
           error);
    return;
  }
  const auto header = FindHeader(View(name));
  if (header.has_value() && !request_.AddHeader(*header, View(value))) {
    Reject({.status = 400,
            .code = "BAD_REQUEST",
            .message = "header field " + std::string(View(name)) + " is repeated"},
           error);
  }
}

void RequestParser::on_header_impl(ErrorCode& error) {
  is_header_read_ = true;
  request_.set_keep_alive(keep_alive());
  if (request_.version() >= 11 && request_.Get(Header::kHost).empty()) {
    Reject({.status = 400, .code = "BAD_REQUEST", .message = "header field Host is missing"},
           error);
    return;
  }
  const std::string_view expect = request_.Get(Header::kExpect);
  wants_continue_ = request_.version() >= 11 && EqualsIgnoreCase(expect, "100-continue");
  wants_unknown_expectation_ = !expect.empty() && !EqualsIgnoreCase(expect, "100-continue");
}

void RequestParser::on_body_init_impl(const boost::optional<uint64_t>& length, ErrorCode&) {
  if (length.has_value()) {
    request_.mutable_body().reserve(std::min(*length, kBodyReserveBytes));
  }
}

size_t RequestParser::on_body_impl(StringView part, ErrorCode& error) {
  if (part.size() > body_bytes_max_ - std::min<uint64_t>(body_bytes_max_, request_.body().size())) {
    error = http::error::body_limit;
    return 0;
  }
  if (request_.body().size() + part.size() > kUnbudgetedBytes) {
    if (!budget_.Take(part.size())) {
      Reject({.status = 503,
              .code = "UNAVAILABLE",
              .message = "The server holds as many request bodies as it takes. Please retry."},
             error);
      return 0;
    }
    budgeted_bytes_ += part.size();
  }
  request_.mutable_body().append(part.data(), part.size());
  return part.size();
}

size_t RequestParser::on_chunk_body_impl(uint64_t, StringView part, ErrorCode& error) {
  return on_body_impl(part, error);
}

void RequestParser::Reject(Rejection why, ErrorCode& error) {
  rejection_ = std::move(why);
  error = http::error::bad_field;
}

Rejection RequestParser::WhyNot(const ErrorCode& error) const {
  if (!rejection_.code.empty()) {
    return rejection_;
  }
  if (error == http::error::header_limit) {
    return {.status = 431,
            .code = "HEADERS_TOO_LARGE",
            .message = "request line and header fields are larger than the server takes"};
  }
  if (error == http::error::body_limit) {
    return {.status = 413,
            .code = "BODY_TOO_LARGE",
            .message = {},
            .size_bytes = body_bytes_max_ + 1,
            .bytes_max = body_bytes_max_};
  }
  if (error == http::error::bad_version) {
    return {.status = 505,
            .code = "VERSION_NOT_SUPPORTED",
            .message = "the server speaks HTTP/1.1 and HTTP/1.0"};
  }
  return {.status = 400, .code = "BAD_REQUEST", .message = "malformed request: " + error.message()};
}

}  // namespace kalamdb::server
