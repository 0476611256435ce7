// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "types/result.h"

// The messages that a server sends about a subscription, as JSON.
namespace kalamdb::live {

enum class BatchStatus : uint8_t {
  kLoading,       // The first batch; more follow.
  kLoadingBatch,  // A later one.
  kReady,         // The last; changes follow.
  // Rows that changed while the client could not be reached: more of them follow by themselves,
  // until a batch says ready.
  kResync,
};

struct BatchControl {
  uint32_t number = 0;
  bool has_more = false;  // The client asks for the next one.
  BatchStatus status = BatchStatus::kReady;
  std::optional<CommitSeq> last_seq;  // Of the batch.
};

std::string AckMessage(std::string_view id, const BatchControl& control,
                       const std::vector<types::ResultColumn>& columns);
// `rows`: objects, with commas between them.
std::string BatchMessage(std::string_view id, std::string_view rows, const BatchControl& control);
// `body`: the members of a change after its subscription, as the functions below make them.
std::string ChangeMessage(std::string_view id, std::string_view body);
std::string InsertBody(std::string_view row);
std::string UpdateBody(std::string_view row, std::string_view old_row);
std::string DeleteBody(std::string_view old_row);
std::string ErrorMessage(std::string_view id, std::string_view code, std::string_view message);

}  // namespace kalamdb::live
