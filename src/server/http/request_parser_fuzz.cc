// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <boost/beast/http/error.hpp>

#include "base/check.h"
#include "server/http/request_parser.h"
#include "server/http/text.h"

namespace kalamdb::server {
namespace {

// Parses `text` as it would arrive in pieces of `step` bytes: the outcome as one text.
std::string Outcome(std::string_view text, size_t step) {
  BodyBudget budget(100'000);
  Request request;
  RequestParser parser(request, 16'384, budget);
  parser.set_body_bytes_max(1'000'000);
  size_t begin = 0;
  for (size_t end = 0; end < text.size() && !parser.is_done();) {
    end = std::min(text.size(), end + step);
    while (begin < end && !parser.is_done()) {
      RequestParser::ErrorCode error;
      begin += parser.put(boost::asio::const_buffer(text.data() + begin, end - begin), error);
      if (error == boost::beast::http::error::need_more) {
        break;
      }
      if (error) {
        return "refused " + std::to_string(parser.WhyNot(error).status);
      }
    }
  }
  if (!parser.is_done()) {
    return "unfinished";
  }
  AcceptsGzip(request.Get(Header::kAcceptEncoding));
  CookieValue(request.Get(Header::kCookie), "kalamdb_auth").has_value();
  return "done " + std::string(request.path()) + " " + request.body();
}

}  // namespace
}  // namespace kalamdb::server

// How the bytes are cut must not matter: otherwise two servers in a row could see two requests.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string whole = kalamdb::server::Outcome(text, text.size() + 1);
  const std::string pieces = kalamdb::server::Outcome(text, 1u + data[0] % 64u);
  KALAMDB_CHECK(whole == pieces);
  return 0;
}
