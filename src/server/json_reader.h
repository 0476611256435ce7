// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include <simdjson.h>

#include "base/status.h"

namespace kalamdb::server {

// Calls `read` with the root object of a JSON text. InvalidArgument("Invalid JSON payload: ...")
// when the text is not one whole JSON object; otherwise what `read` returns. A parser is kept per
// thread for its memory; large texts get one of their own.
//
// simdjson's on-demand parser checks UTF-8 and brackets up front and everything else when it is
// read, so `read` has to visit every field; JsonCheck() does that for fields of no interest.
using JsonObjectReader = std::function<Status(simdjson::ondemand::object object)>;
Status ReadJsonObject(const std::string& text, const JsonObjectReader& read);

// Visits a value of any type so that all of its syntax is checked. DEPTH_ERROR when it is nested
// deeper than kJsonDepthMax: simdjson itself checks that only in debug builds.
constexpr int kJsonDepthMax = 128;
simdjson::error_code JsonCheck(simdjson::ondemand::value value, int depth = 0);

// "Invalid JSON payload: <why>".
Status InvalidJson(simdjson::error_code error);
Status InvalidJson(const std::string& why);

}  // namespace kalamdb::server
