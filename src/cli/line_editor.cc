// SPDX-License-Identifier: Apache-2.0
#include "cli/line_editor.h"

#include <fcntl.h>
#include <histedit.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <cwchar>
#include <utility>

#include <fmt/format.h>

#include "cli/display_text.h"
#include "cli/private_file.h"

namespace kalamdb::cli {
namespace {

constexpr size_t kShownCandidatesMax = 200;
constexpr size_t kScreenColumns = 80;

// The candidates in columns, as they are listed under the line.
std::string CandidateList(const std::vector<std::string>& candidates) {
  size_t widest = 1;
  for (const std::string& candidate : candidates) {
    widest = std::max(widest, DisplayWidth(candidate));
  }
  const size_t per_line = std::max<size_t>(1, kScreenColumns / (widest + 2));
  std::string out = "\n";
  for (size_t i = 0; i < candidates.size() && i < kShownCandidatesMax; ++i) {
    out += candidates[i];
    const bool ends_line = (i + 1) % per_line == 0 || i + 1 == candidates.size();
    out += ends_line ? "\n" : std::string(widest + 2 - DisplayWidth(candidates[i]), ' ');
  }
  if (candidates.size() > kShownCandidatesMax) {
    out += fmt::format("... and {} more\n", candidates.size() - kShownCandidatesMax);
  }
  return out;
}

}  // namespace

class LineEditor::Impl {
 public:
  Impl(Signals& signals, std::string history_path, CompletionFunction complete)
      : signals_(signals), history_path_(std::move(history_path)), complete_(std::move(complete)) {}
  ~Impl();

  Status Open();
  Event ReadLine(std::string_view prompt, std::string* line);
  Status AddHistory(const std::string& entry);

 private:
  static Impl* Of(EditLine* editor);
  static const char* PromptOf(EditLine* editor) { return Of(editor)->prompt_.c_str(); }
  static int ReadCharacter(EditLine* editor, wchar_t* character);
  static unsigned char OnTab(EditLine* editor, int key);

  int NextCharacter(wchar_t* character);
  unsigned char CompleteLine();
  void LoadHistory();
  // Rewrites the file with what is in memory: the newest entries.
  void TrimHistoryFile();

  Signals& signals_;
  std::string history_path_;
  CompletionFunction complete_;
  EditLine* editor_ = nullptr;
  History* history_ = nullptr;
  std::string prompt_;
  Event stopped_by_ = Event::kLine;  // Why NextCharacter gave up.
};

LineEditor::Impl::~Impl() {
  if (editor_ != nullptr) {
    el_end(editor_);
  }
  if (history_ != nullptr) {
    history_end(history_);
  }
}

LineEditor::Impl* LineEditor::Impl::Of(EditLine* editor) {
  void* self = nullptr;
  el_get(editor, EL_CLIENTDATA, &self);
  return static_cast<Impl*>(self);
}

Status LineEditor::Impl::Open() {
  editor_ = el_init("kalam", stdin, stdout, stderr);
  history_ = history_init();
  if (editor_ == nullptr || history_ == nullptr) {
    return Internal("cannot set up the line editor");
  }
  HistEvent event;
  history(history_, &event, H_SETSIZE, kHistoryMax);
  history(history_, &event, H_SETUNIQUE, 1);
  el_set(editor_, EL_CLIENTDATA, this);
  el_set(editor_, EL_SIGNAL, 0);  // Signals reach us through Signals::Wait in NextCharacter.
  el_set(editor_, EL_PROMPT, &PromptOf);
  el_set(editor_, EL_EDITOR, "emacs");
  el_set(editor_, EL_HIST, history, history_);
  el_set(editor_, EL_GETCFN, &Impl::ReadCharacter);
  // The wide form keeps these pointers; the other one keeps copies that it never frees.
  el_wset(editor_, EL_ADDFN, L"kalam-complete", L"Complete the word", &OnTab);
  el_set(editor_, EL_BIND, "^I", "kalam-complete", nullptr);
  el_set(editor_, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  el_source(editor_, nullptr);  // ~/.editrc, as in other programs with this editor.
  LoadHistory();
  return {};
}

int LineEditor::Impl::ReadCharacter(EditLine* editor, wchar_t* character) {
  return Of(editor)->NextCharacter(character);
}

// Returns 1 for a character, 0 at the end of the input, -1 when the line is to be given up.
int LineEditor::Impl::NextCharacter(wchar_t* character) {
  std::mbstate_t state{};
  while (true) {
    switch (signals_.Wait(STDIN_FILENO, POLLIN)) {
      case Signals::Wake::kReady:
        break;
      case Signals::Wake::kScreen:
        el_resize(editor_);
        el_set(editor_, EL_REFRESH);
        continue;
      case Signals::Wake::kInterrupt:
        stopped_by_ = Event::kInterrupt;
        return -1;
      default:
        stopped_by_ = Event::kEnd;
        return -1;
    }
    char byte = 0;
    const ssize_t bytes = read(STDIN_FILENO, &byte, 1);
    if (bytes < 0 && (errno == EINTR || errno == EAGAIN)) {
      continue;
    }
    if (bytes <= 0) {
      return 0;
    }
    const size_t converted = std::mbrtowc(character, &byte, 1, &state);
    if (converted == static_cast<size_t>(-2)) {
      continue;  // More bytes of the same character follow.
    }
    if (converted == static_cast<size_t>(-1)) {
      state = {};
      continue;  // No UTF-8: not ours to guess.
    }
    return 1;
  }
}

LineEditor::Event LineEditor::Impl::ReadLine(std::string_view prompt, std::string* line) {
  prompt_ = prompt;
  stopped_by_ = Event::kLine;
  int count = 0;
  const char* text = el_gets(editor_, &count);
  if (stopped_by_ != Event::kLine) {
    // The editor leaves the cursor where it is.
    std::fputs(stopped_by_ == Event::kInterrupt ? "^C\n" : "\n", stdout);
    std::fflush(stdout);
    el_set(editor_, EL_UNBUFFERED, 0);
    return stopped_by_;
  }
  if (text == nullptr || count <= 0) {
    std::fputs("\n", stdout);
    std::fflush(stdout);
    return Event::kEnd;
  }
  *line = std::string_view(text);
  while (line->ends_with('\n') || line->ends_with('\r')) {
    line->pop_back();
  }
  return Event::kLine;
}

unsigned char LineEditor::Impl::OnTab(EditLine* editor, int /*key*/) {
  return Of(editor)->CompleteLine();
}

unsigned char LineEditor::Impl::CompleteLine() {
  const LineInfo* info = el_line(editor_);
  const std::string_view before(info->buffer, static_cast<size_t>(info->cursor - info->buffer));
  const std::string_view after(info->cursor, static_cast<size_t>(info->lastchar - info->cursor));
  const Completion completion = complete_(before, after);
  if (completion.candidates.empty()) {
    return CC_REFRESH_BEEP;
  }
  std::string insertion = CommonStart(completion.candidates);
  const std::string_view typed = before.substr(before.size() - completion.replaced_bytes);
  const bool is_only = completion.candidates.size() == 1;
  const bool adds_text = insertion.size() > typed.size() || is_only;
  if (adds_text) {
    if (is_only && !insertion.ends_with('.')) {
      insertion += ' ';
    }
    // In characters, while `typed` is in bytes.
    const auto characters = std::count_if(typed.begin(), typed.end(), [](char c) {
      return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    });
    el_deletestr(editor_, static_cast<int>(characters));
    el_insertstr(editor_, insertion.c_str());
    return CC_REFRESH;
  }
  std::fputs(CandidateList(completion.candidates).c_str(), stdout);
  std::fflush(stdout);
  return CC_REDISPLAY;
}

void LineEditor::Impl::LoadHistory() {
  if (history_path_.empty()) {
    return;
  }
  // One that others can read is left alone, and not added to.
  const StatusOr<std::optional<std::string>> content = ReadPrivateFile(history_path_);
  if (!content.has_value()) {
    fmt::print(stderr, "the history is not kept: {}\n", content.error().message());
    history_path_.clear();
    return;
  }
  HistEvent event;
  if (content->has_value()) {
    history(history_, &event, H_LOAD, history_path_.c_str());
  }
  const auto lines =
      content->has_value() ? std::count((*content)->begin(), (*content)->end(), '\n') : 0;
  if (lines > 2 * kHistoryMax) {
    TrimHistoryFile();
  }
}

void LineEditor::Impl::TrimHistoryFile() {
  const std::string temporary = fmt::format("{}.{}.tmp", history_path_, getpid());
  const int fd = open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  std::FILE* file = fd < 0 ? nullptr : fdopen(fd, "w");
  if (file == nullptr) {
    return;  // The file stays long; nothing is lost.
  }
  HistEvent event;
  const bool is_written = history(history_, &event, H_SAVE_FP, file) != -1;
  if (std::fclose(file) != 0 || !is_written ||
      rename(temporary.c_str(), history_path_.c_str()) != 0) {
    unlink(temporary.c_str());
  }
}

Status LineEditor::Impl::AddHistory(const std::string& entry) {
  HistEvent event;
  history(history_, &event, H_ENTER, entry.c_str());
  if (history_path_.empty()) {
    return {};
  }
  KALAMDB_RETURN_IF_ERROR(MakePrivateFolder(history_path_.substr(0, history_path_.rfind('/'))));
  const int fd =
      open(history_path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  std::FILE* file = fd < 0 ? nullptr : fdopen(fd, "a");
  if (file == nullptr) {
    return IoError(fmt::format("cannot write {}: {}", history_path_, std::strerror(errno)));
  }
  // At the start of a file the library writes its mark, and it looks at the position to know.
  std::fseek(file, 0, SEEK_END);
  const bool is_written = history(history_, &event, H_NSAVE_FP, size_t{1}, file) != -1;
  return std::fclose(file) == 0 && is_written ? Status() : IoError("cannot write " + history_path_);
}

StatusOr<std::unique_ptr<LineEditor>> LineEditor::Open(Signals& signals, std::string history_path,
                                                       CompletionFunction complete) {
  auto impl = std::make_unique<Impl>(signals, std::move(history_path), std::move(complete));
  KALAMDB_RETURN_IF_ERROR(impl->Open());
  return std::unique_ptr<LineEditor>(new LineEditor(std::move(impl)));
}

LineEditor::LineEditor(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LineEditor::~LineEditor() = default;

LineEditor::Event LineEditor::ReadLine(std::string_view prompt, std::string* line) {
  return impl_->ReadLine(prompt, line);
}

Status LineEditor::AddHistory(const std::string& entry) { return impl_->AddHistory(entry); }

std::string LineEditor::DefaultHistoryPath() {
  const char* state = std::getenv("XDG_STATE_HOME");
  if (state != nullptr && state[0] == '/') {
    return std::string(state) + "/kalam/history";
  }
  const char* home = std::getenv("HOME");
  return home != nullptr && home[0] == '/' ? std::string(home) + "/.local/state/kalam/history" : "";
}

}  // namespace kalamdb::cli
