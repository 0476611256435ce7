// SPDX-License-Identifier: Apache-2.0
#include "server/http/route_table.h"

namespace kalamdb::server {

const Route* RouteTable::Find(Method method, std::string_view path) const {
  const Method wanted = method == Method::kHead ? Method::kGet : method;
  for (const Route& route : routes_) {
    if (route.method == wanted && route.path == path) {
      return &route;
    }
  }
  return nullptr;
}

std::string RouteTable::AllowedMethods(std::string_view path) const {
  std::string methods;
  for (const Route& route : routes_) {
    if (route.path == path) {
      methods += methods.empty() ? "" : ", ";
      methods += route.method == Method::kGet ? "GET, HEAD" : MethodName(route.method);
    }
  }
  return methods.empty() ? methods : methods + ", OPTIONS";
}

std::string PlainError(std::string_view code, std::string_view message, double) {
  return PlainErrorBody(code, message);
}

}  // namespace kalamdb::server
