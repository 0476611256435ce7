// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kalamdb::app {

// "http://127.0.0.1:8080"; IPv6 addresses in brackets.
std::string ServerUrl(std::string_view host, uint16_t port);

// What an operator reads on standard output: where the server is and, while root has no password,
// how to set the first one.
std::string StartBanner(std::string_view host, uint16_t port, std::string_view data_path,
                        bool needs_setup);

}  // namespace kalamdb::app
