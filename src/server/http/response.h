// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace kalamdb::server {

struct Upgraded;

// A body that is made while it is sent, so that it needs little memory whatever its size.
// Confined to one thread at a time.
class BodyStream {
 public:
  enum class State {
    kMore,
    kEnd,
    kBroken,  // The rest cannot be made: the connection is reset, so that nobody takes it for
              // whole.
  };

  virtual ~BodyStream() = default;
  // Appends the next part. Runs on a worker and may block.
  virtual State Next(std::string* out) = 0;
};

// One answer. Kept by an Exchange between requests for its memory.
struct Response {
  int status = 200;
  std::string_view content_type = "application/json";  // Of a literal: not owned. Empty: no field.
  std::string fields;                  // More header fields: whole "Name: value\r\n" lines.
  std::string body;                    // All of it, or its first part.
  std::unique_ptr<BodyStream> stream;  // The rest; null when `body` is all.
  bool is_gzip = false;                // `body` and what `stream` gives are compressed already.
  // With status 101: gets the connection once the answer is written.
  std::function<void(Upgraded&)> upgrade;

  void Clear();
  // Makes this the answer `body` with `status`, dropping what was there.
  void Set(int new_status, std::string_view new_body);
};

// "OK", "Not Found", ...
std::string_view ReasonPhrase(int status);

// {"error":"CODE","message":"..."}: the shape of errors outside /v1/api/sql.
std::string PlainErrorBody(std::string_view code, std::string_view message);

}  // namespace kalamdb::server
