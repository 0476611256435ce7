// SPDX-License-Identifier: Apache-2.0
#include "cli/completion.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "cli/commands.h"
#include "cli/statement_splitter.h"

namespace kalamdb::cli {
namespace {

constexpr std::array kKeywords = {
    "ADD",      "ALL",       "ALTER",     "AND",       "AS",        "ASC",        "BEGIN",
    "BETWEEN",  "BIGINT",    "BOOLEAN",   "BY",        "BYTES",     "CASCADE",    "CASE",
    "CAST",     "COLUMN",    "COMMIT",    "COUNT",     "CREATE",    "CROSS",      "DATE",
    "DECIMAL",  "DEFAULT",   "DELETE",    "DESC",      "DESCRIBE",  "DISTINCT",   "DO",
    "DOUBLE",   "DROP",      "ELSE",      "EMBEDDING", "END",       "EXCEPT",     "EXECUTE",
    "EXISTS",   "EXPLAIN",   "FALSE",     "FILE",      "FLOAT",     "FLUSH",      "FROM",
    "FULL",     "GROUP",     "HAVING",    "ILIKE",     "IN",        "INNER",      "INSERT",
    "INT",      "INTERSECT", "INTO",      "IS",        "JOIN",      "JSON",       "KEY",
    "KILL",     "LEFT",      "LIKE",      "LIMIT",     "NAMESPACE", "NAMESPACES", "NOT",
    "NOTHING",  "NULL",      "OFFSET",    "ON",        "OPTIONS",   "OR",         "ORDER",
    "OUTER",    "OVER",      "PARTITION", "PASSWORD",  "PRIMARY",   "RENAME",     "RETURNING",
    "RIGHT",    "ROLE",      "ROLLBACK",  "SELECT",    "SET",       "SHARED",     "SHOW",
    "SMALLINT", "STORAGE",   "STORAGES",  "STREAM",    "SUBSCRIBE", "SUM",        "TABLE",
    "TABLES",   "TEXT",      "THEN",      "TIME",      "TIMESTAMP", "TO",         "TRANSACTION",
    "TRUE",     "UNION",     "UPDATE",    "USE",       "USER",      "USING",      "UUID",
    "VALUES",   "WHEN",      "WHERE",     "WITH"};

bool IsNameCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

std::string LowerWord(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

// The words of a statement, lower case; "a.b" is one word. Everything between words is a separator
// and appears as one word of its first character that is no space, so that "a, b" is three words.
std::vector<std::string> WordsOf(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    size_t bytes = 0;
    while (bytes < text.size() && (IsNameCharacter(text[bytes]) || text[bytes] == '.')) {
      ++bytes;
    }
    if (bytes != 0) {
      words.push_back(LowerWord(text.substr(0, bytes)));
    } else {
      bytes = 1;
      if (std::isspace(static_cast<unsigned char>(text[0])) == 0) {
        words.emplace_back(1, text[0]);
      }
    }
    text.remove_prefix(bytes);
  }
  return words;
}

bool IsKeyword(std::string_view lower_word) {
  return std::any_of(kKeywords.begin(), kKeywords.end(),
                     [&](std::string_view keyword) { return LowerWord(keyword) == lower_word; });
}

// Words after which a table stands.
bool ExpectsTable(std::string_view word) {
  static constexpr std::array kWords = {"from",  "join",     "into", "update",
                                        "table", "describe", "to"};
  return std::find(kWords.begin(), kWords.end(), word) != kWords.end();
}

bool IsName(std::string_view word) {
  return !word.empty() && word.back() != '.' && IsNameCharacter(word[0]);
}

struct TableReference {
  std::string name_space;
  std::string table;
  std::string alias;  // The table's own name when there is none.
};

TableReference ReferenceOf(std::string_view word, std::string_view alias, NameSource& names) {
  const size_t dot = word.find('.');
  TableReference reference;
  reference.name_space =
      dot == std::string_view::npos ? names.CurrentNamespace() : std::string(word.substr(0, dot));
  reference.table = word.substr(dot == std::string_view::npos ? 0 : dot + 1);
  reference.alias = alias.empty() ? reference.table : std::string(alias);
  return reference;
}

// The tables that a statement names after FROM, JOIN, INTO, UPDATE, and after commas behind those.
std::vector<TableReference> ReferencesIn(const std::vector<std::string>& words, NameSource& names) {
  constexpr size_t kReferencesMax = 20;
  std::vector<TableReference> references;
  for (size_t i = 0; i + 1 < words.size() && references.size() < kReferencesMax; ++i) {
    if (!ExpectsTable(words[i])) {
      continue;
    }
    size_t next = i + 1;
    while (next < words.size() && IsName(words[next]) && !IsKeyword(words[next])) {
      const std::string& table = words[next++];
      if (next < words.size() && words[next] == "as") {
        ++next;
      }
      const bool has_alias = next < words.size() && IsName(words[next]) && !IsKeyword(words[next]);
      references.push_back(ReferenceOf(table, has_alias ? words[next] : "", names));
      next += has_alias ? 1 : 0;
      if (next >= words.size() || words[next] != ",") {
        break;
      }
      ++next;
    }
  }
  return references;
}

// Collects the candidates that begin with a prefix, whatever the case.
class Candidates {
 public:
  explicit Candidates(std::string_view prefix) : prefix_(LowerWord(prefix)) {}

  void Add(std::string_view candidate) {
    if (LowerWord(candidate.substr(0, prefix_.size())) == prefix_) {
      found_.emplace_back(candidate);
    }
  }
  void AddAll(const std::vector<std::string>& candidates, std::string_view suffix = "") {
    for (const std::string& candidate : candidates) {
      Add(candidate + std::string(suffix));
    }
  }
  // In the case in which the user types.
  void AddKeywords(std::string_view typed) {
    const bool is_lower = std::any_of(typed.begin(), typed.end(),
                                      [](unsigned char c) { return std::islower(c) != 0; });
    for (const char* keyword : kKeywords) {
      Add(is_lower ? LowerWord(keyword) : keyword);
    }
  }
  std::vector<std::string> Take() {
    std::sort(found_.begin(), found_.end());
    found_.erase(std::unique(found_.begin(), found_.end()), found_.end());
    return std::move(found_);
  }

 private:
  std::string prefix_;
  std::vector<std::string> found_;
};

// What can follow "qualifier.": columns of a table or alias, tables of a namespace.
void AddQualified(const std::string& qualifier, const std::vector<TableReference>& references,
                  NameSource& names, Candidates* candidates) {
  const size_t dot = qualifier.find('.');
  if (dot != std::string::npos) {
    candidates->AddAll(names.ColumnsOf(qualifier.substr(0, dot), qualifier.substr(dot + 1)));
    return;
  }
  for (const TableReference& reference : references) {
    if (reference.alias == qualifier) {
      candidates->AddAll(names.ColumnsOf(reference.name_space, reference.table));
      return;
    }
  }
  candidates->AddAll(names.TablesOf(qualifier));
}

void AddUnqualified(std::string_view typed, std::string_view previous_word,
                    const std::vector<TableReference>& references, NameSource& names,
                    Candidates* candidates) {
  if (previous_word == "use" || previous_word == "namespace") {
    candidates->AddAll(names.Namespaces());
    return;
  }
  if (ExpectsTable(previous_word)) {
    candidates->AddAll(names.TablesOf(names.CurrentNamespace()));
    candidates->AddAll(names.Namespaces(), ".");
    return;
  }
  for (const TableReference& reference : references) {
    candidates->AddAll(names.ColumnsOf(reference.name_space, reference.table));
    candidates->Add(reference.alias);
  }
  if (!typed.empty()) {
    candidates->AddKeywords(typed);
  }
}

Completion CompleteCommand(std::string_view line, NameSource& names) {
  const size_t word_begin = line.find_last_of(" \t") + 1;  // npos + 1 is 0.
  const std::string_view word = line.substr(word_begin);
  const std::string_view command = line.substr(0, line.find_first_of(" \t"));
  Candidates candidates(word);
  size_t replaced = word.size();
  if (word_begin == 0) {
    candidates.AddAll(Commands::Names());
  } else if (command == "\\c" || command == "\\n" || command == "\\dt") {
    candidates.AddAll(names.Namespaces());
  } else if (command == "\\d") {
    const size_t dot = word.find('.');
    if (dot != std::string_view::npos) {
      candidates = Candidates(word.substr(dot + 1));
      candidates.AddAll(names.TablesOf(LowerWord(word.substr(0, dot))));
      replaced = word.size() - dot - 1;
    } else {
      candidates.AddAll(names.TablesOf(names.CurrentNamespace()));
      candidates.AddAll(names.Namespaces(), ".");
    }
  }
  return {.replaced_bytes = replaced, .candidates = candidates.Take()};
}

}  // namespace

Completion Complete(std::string_view before, std::string_view after, NameSource& names) {
  const size_t begin = before.find_first_not_of(" \t");
  if (begin != std::string_view::npos && before[begin] == '\\') {
    return CompleteCommand(before.substr(begin), names);
  }
  StatementSplitter splitter;
  if (!splitter.Feed(before).ok() || splitter.inside() == StatementSplitter::Inside::kQuote ||
      splitter.inside() == StatementSplitter::Inside::kComment) {
    return {};
  }
  size_t word_begin = before.size();
  while (word_begin > 0 &&
         (IsNameCharacter(before[word_begin - 1]) || before[word_begin - 1] == '.')) {
    --word_begin;
  }
  const std::string_view word = before.substr(word_begin);
  const size_t last_dot = word.rfind('.');
  const std::string_view typed =
      last_dot == std::string_view::npos ? word : word.substr(last_dot + 1);

  const std::vector<std::string> words_before = WordsOf(before.substr(0, word_begin));
  const std::vector<TableReference> references =
      ReferencesIn(WordsOf(std::string(before) + std::string(after)), names);
  Candidates candidates(typed);
  if (last_dot != std::string_view::npos) {
    AddQualified(LowerWord(word.substr(0, last_dot)), references, names, &candidates);
  } else {
    AddUnqualified(typed, words_before.empty() ? "" : words_before.back(), references, names,
                   &candidates);
  }
  return {.replaced_bytes = typed.size(), .candidates = candidates.Take()};
}

std::string CommonStart(const std::vector<std::string>& candidates) {
  if (candidates.empty()) {
    return "";
  }
  std::string start = candidates[0];
  for (const std::string& candidate : candidates) {
    const auto [end, unused] =
        std::mismatch(start.begin(), start.end(), candidate.begin(), candidate.end());
    start.erase(end, start.end());
  }
  // Not in the middle of a character.
  while (!start.empty() && start.size() < candidates[0].size() &&
         (static_cast<unsigned char>(candidates[0][start.size()]) & 0xc0) == 0x80) {
    start.pop_back();
  }
  return start;
}

}  // namespace kalamdb::cli
