// SPDX-License-Identifier: Apache-2.0
#include "server/sql/result_stream.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "types/json_codec.h"

namespace kalamdb::server {

ResultStream::ResultStream(service::StatementResult result, Options options, const Clock& clock)
    : result_(std::move(result)),
      options_(std::move(options)),
      clock_(clock),
      encoder_(result_.columns, options_.is_admin) {}

BodyStream::State ResultStream::Next(std::string* out) {
  const size_t begin = out->size();
  if (!has_begun_) {
    has_begun_ = true;
    *out += R"({"status":"success","results":[{"schema":)";
    AppendSchema(result_.columns, out);
    *out += R"(,"rows":[)";
  }
  while (out->size() - begin < part_bytes_) {
    if (next_row_ == rows_.size()) {
      next_row_ = 0;
      status_ = result_.rows->Next(&rows_);
      if (!status_.ok()) {
        if (is_started_) {
          // Nobody else can be told: the client has the status 200 already.
          LogWarn("server", "request {}: the result broke off after {} rows: {}",
                  options_.request_id, row_count_, status_.ToString());
        }
        return State::kBroken;
      }
      if (rows_.empty()) {
        AppendEnd(out);
        return State::kEnd;
      }
    }
    if (row_count_++ > 0) {
      *out += ',';
    }
    encoder_.Append(rows_[next_row_++], out);
  }
  part_bytes_ = std::min(2 * part_bytes_, kPartBytesMax);
  return State::kMore;
}

void ResultStream::AppendEnd(std::string* out) {
  *out += R"(],"row_count":)";
  *out += std::to_string(row_count_);
  *out += R"(,"as_user":)";
  types::AppendJsonString(result_.as_user.value, out);
  *out += R"(}],"took":)";
  AppendTook(ToMillis(clock_.Monotonic() - options_.started_at), out);
  *out += R"(,"error":null})";
}

}  // namespace kalamdb::server
