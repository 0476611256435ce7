// SPDX-License-Identifier: Apache-2.0
#include "server/http/response.h"

#include "types/json_codec.h"

namespace kalamdb::server {

namespace {

// A body buffer above this is given back after the answer, so that idle connections stay small.
constexpr size_t kKeptBodyBytes = 64u << 10;

}  // namespace

void Response::Clear() {
  status = 200;
  content_type = "application/json";
  fields.clear();
  body.clear();
  if (body.capacity() > kKeptBodyBytes) {
    body.shrink_to_fit();
  }
  stream.reset();
  is_gzip = false;
  upgrade = nullptr;
}

void Response::Set(int new_status, std::string_view new_body) {
  Clear();
  status = new_status;
  body = new_body;
}

std::string_view ReasonPhrase(int status) {
  switch (status) {
    case 101:
      return "Switching Protocols";
    case 200:
      return "OK";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 426:
      return "Upgrade Required";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Unknown";
  }
}

std::string PlainErrorBody(std::string_view code, std::string_view message) {
  std::string body = R"({"error":)";
  types::AppendJsonString(code, &body);
  body += R"(,"message":)";
  types::AppendJsonString(message, &body);
  body += '}';
  return body;
}

}  // namespace kalamdb::server
