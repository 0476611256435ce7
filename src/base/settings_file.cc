// SPDX-License-Identifier: Apache-2.0
#include "base/settings_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include <fmt/core.h>
#include <toml++/toml.h>

namespace kalamdb {

namespace {

std::string_view KindOf(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::date:
      return "a date";
    case toml::node_type::time:
      return "a time";
    case toml::node_type::date_time:
      return "a date with a time";
    default:
      return "a value of another kind";
  }
}

FileValue ListValue(const toml::array& array) {
  std::vector<std::string> items;
  for (const toml::node& item : array) {
    if (!item.is_string()) {
      return OtherValue{"a list that holds other things than texts"};
    }
    items.push_back(item.as_string()->get());
  }
  return items;
}

FileValue TableValue(const toml::table& table) {
  std::map<std::string, std::string> items;
  for (const auto& [key, item] : table) {
    if (!item.is_string()) {
      return OtherValue{"a table that holds other things than texts"};
    }
    items.emplace(key.str(), item.as_string()->get());
  }
  return items;
}

FileValue Convert(const toml::node& node) {
  if (const auto* value = node.as_boolean()) {
    return value->get();
  }
  if (const auto* value = node.as_integer()) {
    return value->get();
  }
  if (const auto* value = node.as_floating_point()) {
    return value->get();
  }
  if (const auto* value = node.as_string()) {
    return value->get();
  }
  if (const auto* value = node.as_array()) {
    return ListValue(*value);
  }
  if (const auto* value = node.as_table()) {
    return TableValue(*value);
  }
  return OtherValue{std::string(KindOf(node))};
}

// A table under this name is a value, not a section.
bool IsValue(std::string_view name) {
  return std::ranges::any_of(AllSettings(),
                             [name](const Setting& setting) { return setting.name == name; });
}

void Flatten(const toml::table& table, const std::string& prefix, std::vector<FileEntry>& entries) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix + std::string(key.str());
    const toml::table* section = node.as_table();
    if (section != nullptr && !IsValue(name)) {
      Flatten(*section, name + ".", entries);
    } else {
      entries.push_back({name, Convert(node), key.source().begin.line});
    }
  }
}

// The library's messages may hold line breaks when the file does.
std::string OneLine(std::string_view text) {
  std::string line(text);
  std::ranges::replace_if(
      line, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return line;
}

}  // namespace

StatusOr<std::vector<FileEntry>> ParseSettingsText(std::string_view text, const std::string& path) {
  std::vector<FileEntry> entries;
  try {
    Flatten(toml::parse(text, path), "", entries);
  } catch (const toml::parse_error& error) {
    return Error(InvalidArgument(
        fmt::format("{}:{}: {}", path, error.source().begin.line, OneLine(error.description()))));
  } catch (const std::exception& error) {
    return Error(InvalidArgument(fmt::format("{}: {}", path, OneLine(error.what()))));
  }
  std::ranges::stable_sort(entries, {}, &FileEntry::line);
  return entries;
}

StatusOr<std::vector<FileEntry>> ReadSettingsFile(const std::string& path) {
  const auto failed = [&path](int error) {
    return Error(InvalidArgument(
        fmt::format("cannot read the configuration file {}: {}", path, std::strerror(error))));
  };
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "rbe"), &std::fclose);
  if (file == nullptr) {
    return failed(errno);
  }
  std::string text;
  std::array<char, 4'096> buffer{};
  while (const size_t size = std::fread(buffer.data(), 1, buffer.size(), file.get())) {
    text.append(buffer.data(), size);
  }
  if (std::ferror(file.get()) != 0) {
    return failed(errno);
  }
  return ParseSettingsText(text, path);
}

}  // namespace kalamdb
