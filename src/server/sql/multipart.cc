// SPDX-License-Identifier: Apache-2.0
#include "server/sql/multipart.h"

#include <optional>

#include "server/http/text.h"
#include "types/schema.h"

namespace kalamdb::server {

namespace {

constexpr size_t kBoundaryBytesMax = 70;  // RFC 2046.

Status Malformed(const std::string& why) {
  return InvalidArgument("Invalid multipart payload: " + why);
}

// Reads the header lines of a part off `*rest`.
StatusOr<FormPart> ReadPartHeader(std::string_view* rest) {
  FormPart part;
  bool is_form_data = false;
  for (;;) {
    const size_t end = rest->find("\r\n");
    if (end == std::string_view::npos) {
      return Error(Malformed("a part has no end of its header"));
    }
    const std::string_view line = rest->substr(0, end);
    rest->remove_prefix(end + 2);
    if (line.empty()) {
      break;
    }
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos ||
        !types::EqualsIgnoreCase(Trim(line.substr(0, colon)), "Content-Disposition")) {
      continue;
    }
    const std::string_view value = line.substr(colon + 1);
    auto name = HeaderParameter(value, "name");
    if (types::EqualsIgnoreCase(MediaType(value), "form-data") && name.has_value()) {
      is_form_data = true;
      part.name = std::move(*name);
      part.is_file = HeaderParameter(value, "filename").has_value() ||
                     HeaderParameter(value, "filename*").has_value();
    }
  }
  if (!is_form_data) {
    return Error(Malformed("a part has no Content-Disposition: form-data with a name"));
  }
  return part;
}

}  // namespace

StatusOr<std::vector<FormPart>> ParseMultipart(std::string_view content_type,
                                               std::string_view body) {
  const auto boundary = HeaderParameter(content_type, "boundary");
  if (!boundary.has_value() || boundary->empty() || boundary->size() > kBoundaryBytesMax) {
    return Error(Malformed("Content-Type has no usable boundary"));
  }
  const std::string delimiter = "\r\n--" + *boundary;
  // The first delimiter has no line end in front when there is no preamble.
  size_t at = 0;
  if (!body.starts_with(std::string_view(delimiter).substr(2))) {
    at = body.find(delimiter);
    if (at == std::string_view::npos) {
      return Error(Malformed("the boundary does not occur"));
    }
    at += 2;
  }
  std::string_view rest = body.substr(at + delimiter.size() - 2);
  std::vector<FormPart> parts;
  for (;;) {
    if (rest.starts_with("--")) {
      return parts;
    }
    const size_t line_end = rest.find("\r\n");
    if (line_end == std::string_view::npos || !Trim(rest.substr(0, line_end)).empty()) {
      return Error(Malformed("a boundary is not at the end of a line"));
    }
    rest.remove_prefix(line_end + 2);
    KALAMDB_ASSIGN_OR_RETURN(FormPart part, ReadPartHeader(&rest));
    const size_t end = rest.find(delimiter);
    if (end == std::string_view::npos) {
      return Error(Malformed("the last boundary is missing"));
    }
    part.content = rest.substr(0, end);
    rest.remove_prefix(end + delimiter.size());
    if (parts.size() == kFormPartsMax) {
      return Error(Malformed("there are more than " + std::to_string(kFormPartsMax) + " parts"));
    }
    parts.push_back(std::move(part));
  }
}

}  // namespace kalamdb::server
