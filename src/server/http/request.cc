// SPDX-License-Identifier: Apache-2.0
#include "server/http/request.h"

#include <algorithm>

namespace kalamdb::server {

namespace {

// Buffers above this are given back after the request, so that idle connections stay small.
constexpr size_t kKeptBytes = 16u << 10;
// Joining repeated fields copies them: a client that repeats without end is refused.
constexpr size_t kHeaderTextBytesMax = 64u << 10;

void ClearAndTrim(std::string* buffer) {
  buffer->clear();
  if (buffer->capacity() > kKeptBytes) {
    buffer->shrink_to_fit();
  }
}

}  // namespace

std::string_view MethodName(Method method) {
  switch (method) {
    case Method::kGet:
      return "GET";
    case Method::kHead:
      return "HEAD";
    case Method::kPost:
      return "POST";
    case Method::kPut:
      return "PUT";
    case Method::kDelete:
      return "DELETE";
    case Method::kPatch:
      return "PATCH";
    case Method::kOptions:
      return "OPTIONS";
    case Method::kOther:
      break;
  }
  return "OTHER";
}

void Request::Clear() {
  method_ = Method::kOther;
  version_ = 11;
  keep_alive_ = true;
  path_bytes_ = 0;
  ClearAndTrim(&target_);
  ClearAndTrim(&header_text_);
  headers_.fill({});
  ClearAndTrim(&body_);
}

std::string_view Request::query() const {
  const std::string_view target = target_;
  return target.substr(std::min(path_bytes_ + 1, target.size()));
}

std::string_view Request::Get(Header header) const {
  const Slice& slice = headers_[static_cast<size_t>(header)];
  return std::string_view(header_text_).substr(slice.begin, slice.size);
}

void Request::set_line(Method method, std::string_view target, int version) {
  method_ = method;
  target_ = target;
  path_bytes_ = std::min(target_.find('?'), target_.size());
  version_ = version;
}

void Request::set_client(const IpAddress& client, bool is_https) {
  client_ = client;
  is_https_ = is_https;
}

bool Request::AddHeader(Header header, std::string_view value) {
  Slice& slice = headers_[static_cast<size_t>(header)];
  const auto begin = static_cast<uint32_t>(header_text_.size());
  if (!slice.is_present) {
    header_text_ += value;
  } else if (header >= Header::kAcceptEncoding && header_text_.size() < kHeaderTextBytesMax) {
    const std::string earlier(Get(header));
    header_text_ += earlier;
    header_text_ += header == Header::kCookie ? "; " : ", ";
    header_text_ += value;
  } else {
    return false;
  }
  slice = {begin, static_cast<uint32_t>(header_text_.size()) - begin, true};
  return true;
}

}  // namespace kalamdb::server
