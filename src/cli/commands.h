// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/session.h"

namespace kalamdb::cli {

// Runs a file of SQL; what \i needs from the layer above.
class FileRunner {
 public:
  virtual ~FileRunner() = default;
  virtual Outcome RunFile(const std::string& path) = 0;
};

// The backslash commands. Confined to the main thread.
class Commands {
 public:
  // Both outlive this object.
  Commands(Session& session, FileRunner& files) : session_(session), files_(files) {}

  // Whether a line that is not inside a statement is a command.
  static bool IsCommand(std::string_view line);
  // The names, for completion: "\c", "\d", ...
  static std::vector<std::string> Names();

  // Runs `line`, which IsCommand().
  Outcome Run(std::string_view line);

 private:
  using Words = std::vector<std::string>;
  struct Entry;
  static const std::vector<Entry>& Table();

  Outcome Help(const Words& words);
  Outcome Quit(const Words& words);
  Outcome Describe(const Words& words);
  Outcome ListTables(const Words& words);
  Outcome ListNamespaces(const Words& words);
  Outcome UseNamespace(const Words& words);
  Outcome Include(const Words& words);
  Outcome Watch(const Words& words);
  Outcome Timing(const Words& words);
  Outcome Expand(const Words& words);
  Outcome FormatTable(const Words& words);
  Outcome FormatCsv(const Words& words);
  Outcome FormatJson(const Words& words);

  // Shows `columns` only, or everything without.
  Outcome RunSql(std::string sql, std::vector<std::string> columns = {});
  Outcome SetFormat(OutputFormat format, std::string_view name);
  Outcome Refuse(std::string_view why);

  Session& session_;
  FileRunner& files_;
};

// `name` in double quotes, so that no name is taken for a keyword.
std::string QuotedName(std::string_view name);
// `text` as a SQL string literal.
std::string QuotedText(std::string_view text);

}  // namespace kalamdb::cli
