// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "catalog/table_def.h"
#include "live/frame.h"
#include "live/row_text.h"
#include "sql/exec/session.h"
#include "sql/parser/live_query.h"

namespace kalamdb::live {

class Outbox;

// How far a subscription is.
enum class Phase : uint8_t {
  kLoading,  // Its first rows, or what it missed, are being read; changes wait.
  kLive,     // Changes are queued as they come.
  kBehind,   // It missed changes; they are read from the table when its connection has room.
  kEnded,
};

// What its outbox knows about a subscription, under the outbox's lock.
struct Delivery {
  Phase phase = Phase::kLoading;
  // The client has been sent every change up to here. While loading: it will have been.
  CommitSeq position;
  bool has_boundary = false;  // kLoading: `position` is known.
  // Changes beyond `position` that came while loading.
  std::vector<std::pair<CommitSeq, FramePtr>> held;
  size_t held_bytes = 0;
  bool is_held_lost = false;  // There were too many of them.
  uint64_t changes = 0;       // Delivered.
  uint64_t bytes = 0;         // Of frames delivered.
  uint64_t resyncs = 0;
  int64_t updated_at = 0;  // Microseconds since 1970.
};

// One live query of one connection. Everything but `delivery` is immutable once the matcher has it;
// `query` and `text` are shared by those with the same ones.
struct Subscription {
  std::string id;       // The client's.
  std::string live_id;  // <user>-<connection>-<id>
  std::string connection_id;
  std::string sql;
  std::string options_json;  // Empty: none.
  int64_t created_at = 0;
  catalog::TableDefPtr table;
  table::Scope scope;
  std::shared_ptr<const sql::LiveQuery> query;
  sql::SessionPtr session;
  std::shared_ptr<const RowText> text;
  Encoding encoding;
  std::shared_ptr<Outbox> outbox;

  Delivery delivery = {};  // Guarded by the outbox.
};
using SubscriptionPtr = std::shared_ptr<Subscription>;

}  // namespace kalamdb::live
