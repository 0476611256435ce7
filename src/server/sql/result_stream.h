// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "server/http/response.h"
#include "server/sql/envelope.h"
#include "service/sql_service.h"

namespace kalamdb::server {

// The success envelope of one statement with rows, made while its cursor is read: memory for one
// part and one batch of the cursor, whatever the number of rows. Confined to one thread at a time.
class ResultStream final : public BodyStream {
 public:
  // Bytes of the first part, which decides whether a result is streamed at all. Each further part is
  // twice as large, up to kPartBytesMax: a part costs two changes of thread, which on a busy machine
  // take longer than making it. A single larger row makes a larger part.
  static constexpr size_t kFirstPartBytes = 64u << 10;
  static constexpr size_t kPartBytesMax = 512u << 10;

  struct Options {
    bool is_admin = false;
    std::chrono::nanoseconds started_at{};
    std::string request_id;  // For the log.
  };
  // Precondition: result.rows is not null. `clock` outlives the stream.
  ResultStream(service::StatementResult result, Options options, const Clock& clock);

  // kBroken when the cursor fails; status() tells why.
  State Next(std::string* out) override;
  const Status& status() const { return status_; }
  // True once Next() gave a part: a failure can no longer become an error envelope.
  void set_started() { is_started_ = true; }

 private:
  void AppendEnd(std::string* out);

  service::StatementResult result_;
  const Options options_;
  const Clock& clock_;
  const RowEncoder encoder_;
  std::vector<types::Row> rows_;  // What the cursor gave last,
  size_t next_row_ = 0;           // and how far it is encoded.
  uint64_t row_count_ = 0;
  size_t part_bytes_ = kFirstPartBytes;
  bool has_begun_ = false;
  bool is_started_ = false;
  Status status_;
};

}  // namespace kalamdb::server
