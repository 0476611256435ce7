// SPDX-License-Identifier: Apache-2.0
#include "app/start_banner.h"

#include <fmt/core.h>

#include "app/build_info.h"

namespace kalamdb::app {

namespace {

bool IsAnyAddress(std::string_view host) {
  return host == "0.0.0.0" || host == "::" || host == "[::]";
}

constexpr std::string_view kSetup = R"(
No password is set yet. Set the first ones from this machine, in a dialog:

  kalam -h {0} -u admin

or with a request:

  curl {0}/v1/api/auth/setup -H 'Content-Type: application/json' \
    -d '{{"user": "admin", "password": "PASSWORD", "root_password": "ROOT-PASSWORD"}}'

or start the server with KALAMDB_ROOT_PASSWORD set to the password of the user root.
)";

}  // namespace

std::string ServerUrl(std::string_view host, uint16_t port) {
  const bool is_bare_v6 = host.find(':') != host.npos && !host.starts_with('[');
  return is_bare_v6 ? fmt::format("http://[{}]:{}", host, port)
                    : fmt::format("http://{}:{}", host, port);
}

std::string StartBanner(std::string_view host, uint16_t port, std::string_view data_path,
                        bool needs_setup) {
  // Nobody can connect to "any address"; from this machine, loopback is one of them.
  const std::string url = ServerUrl(IsAnyAddress(host) ? "127.0.0.1" : host, port);
  std::string text =
      fmt::format("KalamDB {} is ready at {}\nData: {}\n", BuildVersion(), url, data_path);
  if (needs_setup) {
    text += fmt::format(kSetup, url);
  }
  return text;
}

}  // namespace kalamdb::app
