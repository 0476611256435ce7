// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "server/http/response.h"

namespace kalamdb::server {

// Smaller bodies are sent as they are.
constexpr size_t kGzipBytesMin = 1024;

// Compresses a text that comes in parts into one gzip member. Thread-compatible.
class GzipEncoder {
 public:
  // Null when there is no memory for it.
  static std::unique_ptr<GzipEncoder> Create();
  ~GzipEncoder();
  GzipEncoder(const GzipEncoder&) = delete;
  GzipEncoder& operator=(const GzipEncoder&) = delete;

  // Appends what is ready; that may be nothing before the last part.
  void Append(std::string_view part, bool is_last, std::string* out);

 private:
  struct Stream;
  explicit GzipEncoder(std::unique_ptr<Stream> stream);
  std::unique_ptr<Stream> stream_;
};

// Compresses an answer, streamed or not, and marks it. Leaves it as it is when memory is short.
void GzipResponse(Response* response);

}  // namespace kalamdb::server
