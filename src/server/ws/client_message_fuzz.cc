// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "live/gzip.h"
#include "live/message_pack.h"
#include "server/ws/client_message.h"
#include "server/ws/message_reader.h"

// Everything that a client may send after the upgrade: frames, messages, MessagePack, gzip. The
// first byte says in pieces of what size the rest comes.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using kalamdb::server::Input;
  if (size == 0) {
    return 0;
  }
  const size_t step = data[0] + size_t{1};
  std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  constexpr size_t kBytesMax = 64u << 10;
  const auto parse = [](const std::string& payload) {
    if (const auto json = kalamdb::live::FromMessagePack(payload)) {
      (void)kalamdb::server::ParseClientMessage(*json);
      (void)kalamdb::live::ToMessagePack(*json);
    }
    (void)kalamdb::server::ParseClientMessage(payload);
    (void)kalamdb::live::Gunzip(payload, kBytesMax);
  };
  parse(bytes);

  kalamdb::server::BodyBudget budget(1u << 20);
  kalamdb::server::MessageReader reader(kBytesMax, budget);
  for (size_t at = 0; at < bytes.size(); at += std::min(step, bytes.size() - at)) {
    std::span<char> piece(bytes.data() + at, std::min(step, bytes.size() - at));
    while (auto input = reader.Next(&piece)) {
      if (input->kind == Input::Kind::kBroken) {
        return 0;
      }
      parse(input->payload);
    }
  }
  return 0;
}
