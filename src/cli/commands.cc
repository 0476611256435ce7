// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include <fmt/format.h>

#include "cli/display_text.h"

namespace kalamdb::cli {
namespace {

constexpr std::string_view kWatch = "\\watch";
// The namespaces that hold no tables of users.
constexpr std::string_view kSystemNamespaces = "'system', 'information_schema', 'pg_catalog'";

// Words separated by space; '...' and "..." hold a word together and are taken off. A semicolon at
// the end is habit.
std::vector<std::string> SplitWords(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  char quote = 0;
  bool has_word = false;
  for (const char c : line) {
    if (quote != 0 ? c == quote : (c == '\'' || c == '"')) {
      quote = quote == 0 ? c : '\0';
      has_word = true;
    } else if (quote == 0 && std::isspace(static_cast<unsigned char>(c)) != 0) {
      if (has_word) {
        words.push_back(std::exchange(word, {}));
      }
      has_word = false;
    } else {
      word += c;
      has_word = true;
    }
  }
  if (word.ends_with(';')) {
    word.pop_back();
    has_word = !word.empty();
  }
  if (has_word) {
    words.push_back(word);
  }
  return words;
}

// What follows the command in its line, without the semicolon that is habit.
std::string TextBehind(std::string_view line, std::string_view command) {
  line.remove_prefix(line.find(command) + command.size());
  const size_t begin = line.find_first_not_of(" \t");
  const size_t end = line.find_last_not_of(" \t\r;");
  return begin == std::string_view::npos || end == std::string_view::npos || end < begin
             ? std::string()
             : std::string(line.substr(begin, end + 1 - begin));
}

std::optional<bool> ParseSwitch(std::string_view word) {
  if (word == "on" || word == "true" || word == "1") {
    return true;
  }
  if (word == "off" || word == "false" || word == "0") {
    return false;
  }
  return std::nullopt;
}

}  // namespace

std::string QuotedName(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) {
    out += c;
    if (c == '"') {
      out += c;
    }
  }
  return out + "\"";
}

std::string QuotedText(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    out += c;
    if (c == '\'') {
      out += c;
    }
  }
  return out + "'";
}

struct Commands::Entry {
  std::string_view name;
  std::string_view arguments;
  std::string_view help;
  size_t words_max;  // Arguments that it takes.
  Outcome (Commands::*run)(const Words&);
};

const std::vector<Commands::Entry>& Commands::Table() {
  static const std::vector<Entry> kTable = {
      {"\\d", "[[NAMESPACE.]TABLE]", "list the tables and views, or describe one", 1,
       &Commands::Describe},
      {"\\dt", "[NAMESPACE]", "list the tables, of one namespace or all", 1, &Commands::ListTables},
      {"\\l", "", "list the namespaces", 0, &Commands::ListNamespaces},
      {"\\c", "NAMESPACE", "switch to a namespace; as USE NAMESPACE", 1, &Commands::UseNamespace},
      {"\\n", "NAMESPACE", "the same", 1, &Commands::UseNamespace},
      {"\\i", "FILE", "run the statements of a file", 1, &Commands::Include},
      {"\\watch", "SELECT ...", "show rows and then every change of them; Ctrl-C ends it", 1,
       &Commands::Watch},
      {"\\timing", "[on|off]", "show how long statements take", 1, &Commands::Timing},
      {"\\x", "[on|off|auto]", "show one value a line; auto: when a table is too wide", 1,
       &Commands::Expand},
      {"\\table", "", "show results as tables", 0, &Commands::FormatTable},
      {"\\csv", "", "show results as CSV", 0, &Commands::FormatCsv},
      {"\\json", "", "show results as JSON objects, one a line", 0, &Commands::FormatJson},
      {"\\h", "", "this help", 0, &Commands::Help},
      {"\\?", "", "this help", 0, &Commands::Help},
      {"\\q", "", "quit; so does Ctrl-D", 0, &Commands::Quit},
  };
  return kTable;
}

bool Commands::IsCommand(std::string_view line) {
  const size_t begin = line.find_first_not_of(" \t");
  return begin != std::string_view::npos && line[begin] == '\\';
}

std::vector<std::string> Commands::Names() {
  std::vector<std::string> names;
  for (const Entry& entry : Table()) {
    names.emplace_back(entry.name);
  }
  return names;
}

Outcome Commands::Run(std::string_view line) {
  Words words = SplitWords(line);
  const std::string name = words.empty() ? "\\" : words[0];
  const auto entry =
      std::find_if(Table().begin(), Table().end(), [&](const Entry& e) { return e.name == name; });
  if (entry == Table().end()) {
    return Refuse(fmt::format("there is no command {}; \\? lists them", name));
  }
  words.erase(words.begin());
  if (name == kWatch && !words.empty()) {
    // SQL: its quotes and spaces stay.
    words = {TextBehind(line, kWatch)};
  }
  if (words.size() > entry->words_max) {
    return Refuse(entry->arguments.empty() ? fmt::format("{} takes no argument", name)
                                           : fmt::format("usage: {} {}", name, entry->arguments));
  }
  return (this->*entry->run)(words);
}

Outcome Commands::Refuse(std::string_view why) {
  return session_.Report(InvalidArgument(std::string(why)));
}

Outcome Commands::RunSql(std::string sql, std::vector<std::string> columns) {
  return session_.Run({.sql = std::move(sql), .lines = {1}, .name_space = std::nullopt}, {},
                      std::move(columns));
}

Outcome Commands::Help(const Words&) {
  std::string text =
      "SQL statements end with a semicolon and may span lines. From BEGIN to COMMIT\n"
      "or ROLLBACK they are collected and sent together.\n\n";
  for (const Entry& entry : Table()) {
    const std::string usage = fmt::format("{} {}", entry.name, entry.arguments);
    text += fmt::format("  {:<26} {}\n", usage, entry.help);
  }
  text += "\nTab completes keywords and names, Ctrl-R searches the history, Ctrl-C cancels.\n";
  return session_.Print(text);
}

Outcome Commands::Quit(const Words&) { return Outcome::kQuit; }

Outcome Commands::Describe(const Words& words) {
  if (words.empty()) {
    return RunSql(
        fmt::format("SELECT table_schema AS namespace, table_name AS name, table_type AS type "
                    "FROM information_schema.tables WHERE table_schema NOT IN ({}) ORDER BY 1, 2",
                    kSystemNamespaces));
  }
  const size_t dot = words[0].find('.');
  const std::string& current = session_.name_space();
  std::string name_space = dot != std::string::npos ? words[0].substr(0, dot)
                           : current.empty()        ? "default"
                                                    : current;
  const std::string table = dot == std::string::npos ? words[0] : words[0].substr(dot + 1);
  return RunSql(fmt::format("DESCRIBE TABLE {}.{}", QuotedName(name_space), QuotedName(table)),
                {"column_name", "data_type", "is_nullable", "is_primary_key", "column_default"});
}

Outcome Commands::ListTables(const Words& words) {
  const std::string condition = words.empty()
                                    ? fmt::format("table_schema NOT IN ({})", kSystemNamespaces)
                                    : fmt::format("table_schema = {}", QuotedText(words[0]));
  return RunSql(
      fmt::format("SELECT table_schema AS namespace, table_name AS name "
                  "FROM information_schema.tables WHERE {} AND table_type <> 'VIEW' ORDER BY 1, 2",
                  condition));
}

Outcome Commands::ListNamespaces(const Words&) { return RunSql("SHOW NAMESPACES"); }

Outcome Commands::UseNamespace(const Words& words) {
  if (words.empty()) {
    const std::string& current = session_.name_space();
    return session_.Print(
        fmt::format("The namespace is {}.\n", current.empty() ? std::string("default") : current));
  }
  // The server says whether it exists.
  std::string sql = "USE NAMESPACE " + QuotedName(words[0]);
  std::optional<std::string> name_space = NamespaceUsed(sql);
  return session_.Run({.sql = std::move(sql), .lines = {1}, .name_space = std::move(name_space)},
                      {});
}

Outcome Commands::Include(const Words& words) {
  return words.empty() ? Refuse("usage: \\i FILE") : files_.RunFile(words[0]);
}

Outcome Commands::Watch(const Words& words) {
  return words.empty() || words[0].empty() ? Refuse("usage: \\watch SELECT ...")
                                           : session_.Watch(words[0], "{}");
}

Outcome Commands::Timing(const Words& words) {
  const std::optional<bool> wanted =
      words.empty() ? std::optional(!session_.shows_timing()) : ParseSwitch(words[0]);
  if (!wanted.has_value()) {
    return Refuse("usage: \\timing [on|off]");
  }
  session_.set_shows_timing(*wanted);
  return session_.Print(*wanted ? "Timing is on.\n" : "Timing is off.\n");
}

Outcome Commands::Expand(const Words& words) {
  Expanded& expanded = session_.print_options().expanded;
  if (words.empty()) {
    expanded = expanded == Expanded::kOff ? Expanded::kOn : Expanded::kOff;
  } else if (words[0] == "auto") {
    expanded = Expanded::kAsNeeded;
  } else if (const std::optional<bool> wanted = ParseSwitch(words[0]); wanted.has_value()) {
    expanded = *wanted ? Expanded::kOn : Expanded::kOff;
  } else {
    return Refuse("usage: \\x [on|off|auto]");
  }
  switch (expanded) {
    case Expanded::kOff:
      return session_.Print("Expanded output is off.\n");
    case Expanded::kOn:
      return session_.Print("Expanded output is on.\n");
    case Expanded::kAsNeeded:
      break;
  }
  return session_.Print("Expanded output is used for tables that are too wide.\n");
}

Outcome Commands::SetFormat(OutputFormat format, std::string_view name) {
  session_.print_options().format = format;
  return session_.Print(fmt::format("Results are shown as {}.\n", name));
}

Outcome Commands::FormatTable(const Words&) { return SetFormat(OutputFormat::kTable, "tables"); }
Outcome Commands::FormatCsv(const Words&) { return SetFormat(OutputFormat::kCsv, "CSV"); }
Outcome Commands::FormatJson(const Words&) { return SetFormat(OutputFormat::kJson, "JSON"); }

}  // namespace kalamdb::cli
