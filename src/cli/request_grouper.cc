// SPDX-License-Identifier: Apache-2.0
#include "cli/request_grouper.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace kalamdb::cli {
namespace {

// Removes space and comments from the start of `text`.
void SkipSpace(std::string_view* text) {
  while (!text->empty()) {
    if (std::isspace(static_cast<unsigned char>(text->front())) != 0) {
      text->remove_prefix(1);
    } else if (text->starts_with("--")) {
      text->remove_prefix(std::min(text->find('\n'), text->size()));
    } else if (text->starts_with("/*")) {
      const size_t end = text->find("*/", 2);
      text->remove_prefix(end == std::string_view::npos ? text->size() : end + 2);
    } else {
      return;
    }
  }
}

// Takes the next word, number or quoted text off `text`; empty at anything else.
std::string_view TakeToken(std::string_view* text) {
  SkipSpace(text);
  if (text->empty()) {
    return {};
  }
  const char quote = text->front();
  size_t bytes = 0;
  if (quote == '"' || quote == '\'' || quote == '`') {
    const size_t end = text->find(quote, 1);
    bytes = end == std::string_view::npos ? text->size() : end + 1;
  } else {
    while (bytes < text->size() && (std::isalnum(static_cast<unsigned char>((*text)[bytes])) != 0 ||
                                    (*text)[bytes] == '_')) {
      ++bytes;
    }
  }
  const std::string_view token = text->substr(0, bytes);
  text->remove_prefix(bytes);
  return token;
}

std::string Lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

// The next word in lower case; empty when it is too long for a keyword.
std::string TakeKeyword(std::string_view* text) {
  constexpr size_t kKeywordBytesMax = 20;
  const std::string_view token = TakeToken(text);
  return token.size() > kKeywordBytesMax ? std::string() : Lower(token);
}

bool BeginsTransaction(std::string_view sql) {
  const std::string first = TakeKeyword(&sql);
  return first == "begin" || (first == "start" && TakeKeyword(&sql) == "transaction");
}

bool EndsTransaction(std::string_view sql) {
  const std::string first = TakeKeyword(&sql);
  return first == "commit" || first == "rollback" || first == "end" || first == "abort";
}

}  // namespace

StatusOr<std::optional<Request>> RequestGrouper::Add(Statement statement) {
  if (!open_.has_value()) {
    Request request{
        .sql = std::move(statement.text), .lines = {statement.line}, .name_space = std::nullopt};
    request.name_space = NamespaceUsed(request.sql);
    if (BeginsTransaction(request.sql)) {
      open_ = std::move(request);
      return std::nullopt;
    }
    return request;
  }
  if (open_->sql.size() + statement.text.size() > kRequestBytesMax) {
    open_.reset();
    return Error(ResourceExhausted("the transaction is longer than 64 MiB of SQL"));
  }
  // On a line of its own, because the statement before may end in a line comment.
  open_->sql += "\n;";
  open_->sql += statement.text;
  open_->lines.push_back(statement.line);
  if (std::optional<std::string> used = NamespaceUsed(statement.text); used.has_value()) {
    open_->name_space = std::move(used);
  }
  if (EndsTransaction(statement.text)) {
    return std::exchange(open_, std::nullopt);
  }
  return std::nullopt;
}

std::optional<Request> RequestGrouper::Finish() { return std::exchange(open_, std::nullopt); }

std::optional<std::string> NamespaceUsed(std::string_view sql) {
  const std::string verb = TakeKeyword(&sql);
  if (verb != "use" && verb != "set") {
    return std::nullopt;
  }
  std::string_view name = TakeToken(&sql);
  const bool names_object = Lower(name) == "namespace";
  if (verb == "set" && !names_object) {
    return std::nullopt;
  }
  if (names_object) {
    const std::string_view next = TakeToken(&sql);
    if (!next.empty() || verb == "set") {
      name = next;
    }
  }
  SkipSpace(&sql);
  if (name.empty() || !sql.empty()) {
    return std::nullopt;
  }
  if (std::isalnum(static_cast<unsigned char>(name.front())) != 0 || name.front() == '_') {
    return Lower(name);
  }
  if (name.size() < 3 || name.front() != name.back()) {
    return std::nullopt;
  }
  // Stored names are lower case, quoted or not.
  return Lower(name.substr(1, name.size() - 2));
}

}  // namespace kalamdb::cli
