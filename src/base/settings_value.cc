// SPDX-License-Identifier: Apache-2.0
#include "base/settings_value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <fmt/core.h>

namespace kalamdb {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

template <class T>
constexpr bool kIsDuration = false;
template <class Rep, class Period>
constexpr bool kIsDuration<std::chrono::duration<Rep, Period>> = true;

std::string_view Trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  return begin == text.npos ? std::string_view()
                            : text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::string Lowered(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return lowered;
}

std::string Joined(std::span<const std::string_view> names, std::string_view separator) {
  std::string text;
  for (const std::string_view name : names) {
    text += (text.empty() ? std::string_view() : separator);
    text += name;
  }
  return text;
}

std::optional<size_t> IndexOf(std::span<const std::string_view> names, std::string_view name) {
  const auto found = std::ranges::find(names, Lowered(name));
  return found == names.end() ? std::nullopt
                              : std::optional(static_cast<size_t>(found - names.begin()));
}

std::vector<std::string> SplitList(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const size_t comma = text.find(',');
    if (const std::string_view item = Trimmed(text.substr(0, comma)); !item.empty()) {
      items.emplace_back(item);
    }
    text = comma == text.npos ? std::string_view() : text.substr(comma + 1);
  }
  return items;
}

std::optional<int64_t> ParseNumber(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && !text.empty()
             ? std::optional(number)
             : std::nullopt;
}

std::optional<bool> ParseBool(std::string_view text) {
  constexpr std::array<std::string_view, 4> kTrue = {"true", "1", "yes", "on"};
  constexpr std::array<std::string_view, 4> kFalse = {"false", "0", "no", "off"};
  if (IndexOf(kTrue, text).has_value()) {
    return true;
  }
  return IndexOf(kFalse, text).has_value() ? std::optional(false) : std::nullopt;
}

// How a value from the file is shown in an error.
std::string Shown(const FileValue& value) {
  struct Visitor {
    std::string operator()(bool v) const { return v ? "true" : "false"; }
    std::string operator()(int64_t v) const { return fmt::format("{}", v); }
    std::string operator()(double v) const { return fmt::format("{}", v); }
    std::string operator()(const std::string& v) const { return Quoted(v); }
    std::string operator()(const std::vector<std::string>&) const { return "a list"; }
    std::string operator()(const std::map<std::string, std::string>&) const { return "a table"; }
    std::string operator()(const OtherValue& v) const { return v.shown; }
  };
  return std::visit(Visitor{}, value);
}

std::string OutOfRange(int64_t number, SettingRange range, bool is_size) {
  const auto show = [is_size](int64_t n) {
    return is_size ? ShowSize(static_cast<uint64_t>(n)) : fmt::format("{}", n);
  };
  const std::string shown = fmt::format("{}", number);
  return range.max == std::numeric_limits<int64_t>::max()
             ? fmt::format("{} is below {}", shown, show(range.min))
             : fmt::format("{} is not between {} and {}", shown, show(range.min), show(range.max));
}

std::optional<std::string> StoreNumber(const Setting& setting, int64_t number, Settings& settings) {
  const bool is_size = std::holds_alternative<FieldOf<uint64_t>>(setting.field);
  if (number < setting.range.min || number > setting.range.max) {
    return OutOfRange(number, setting.range, is_size);
  }
  std::visit(
      [&](const auto& field) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(field)>, EnumField>) {
          auto& value = field(settings);
          using T = std::remove_reference_t<decltype(value)>;
          if constexpr (std::is_same_v<T, int64_t>) {
            value = number;
          } else if constexpr (std::is_same_v<T, uint64_t>) {
            value = static_cast<uint64_t>(number);
          } else if constexpr (kIsDuration<T>) {
            value = T(number);
          }
        }
      },
      setting.field);
  return std::nullopt;
}

std::optional<std::string> StoreLevels(const std::map<std::string, std::string>& texts,
                                       LogLevels& levels) {
  LogLevels parsed;
  for (const auto& [target, text] : texts) {
    const std::optional<size_t> level = IndexOf(kLogLevelNames, text);
    if (!level.has_value()) {
      return fmt::format("level {} of {} is not one of {}", Quoted(text), Quoted(target),
                         Joined(kLogLevelNames, ", "));
    }
    parsed[target] = static_cast<LogLevel>(*level);
  }
  levels = std::move(parsed);
  return std::nullopt;
}

std::optional<std::string> StoreEnum(const EnumField& field, std::string_view text,
                                     Settings& settings) {
  const std::optional<size_t> index = IndexOf(field.names, text);
  if (!index.has_value()) {
    return fmt::format("{} is not one of {}", Quoted(text), Joined(field.names, ", "));
  }
  field.set(settings, *index);
  return std::nullopt;
}

// "a whole number" and its like, for `X is not ...`.
std::string_view Expected(const Setting& setting) {
  struct Visitor {
    std::string_view operator()(FieldOf<bool>) const { return "true or false"; }
    std::string_view operator()(FieldOf<uint64_t>) const {
      return "a size such as 1048576 or \"64MiB\"";
    }
    std::string_view operator()(FieldOf<std::string>) const { return "text"; }
    std::string_view operator()(FieldOf<Secret>) const { return "text"; }
    std::string_view operator()(FieldOf<std::vector<std::string>>) const {
      return "a list of texts";
    }
    std::string_view operator()(FieldOf<LogLevels>) const { return "a table of module = level"; }
    std::string_view operator()(const EnumField&) const { return "text"; }
    // Plain numbers and durations.
    std::string_view operator()(FieldOf<int64_t>) const { return "a whole number"; }
    std::string_view operator()(FieldOf<milliseconds>) const {
      return "a whole number of milliseconds";
    }
    std::string_view operator()(FieldOf<seconds>) const { return "a whole number of seconds"; }
    std::string_view operator()(FieldOf<hours>) const { return "a whole number of hours"; }
  };
  return std::visit(Visitor{}, setting.field);
}

// Stores a value of the field's own type; false when the types do not match.
struct StoreFromFile {
  const Setting& setting;
  const FileValue& value;
  Settings& settings;
  std::optional<std::string>& error;

  template <class T>
  const T* Get() const {
    return std::get_if<T>(&value);
  }
  template <class T>
  bool Assign(FieldOf<T> field) const {
    if (Get<T>() == nullptr) {
      return false;
    }
    field(settings) = *Get<T>();
    return true;
  }

  bool operator()(FieldOf<bool> field) const { return Assign(field); }
  bool operator()(FieldOf<std::string> field) const { return Assign(field); }
  bool operator()(FieldOf<std::vector<std::string>> field) const { return Assign(field); }
  bool operator()(FieldOf<Secret> field) const {
    if (Get<std::string>() == nullptr) {
      return false;
    }
    field(settings) = Secret(*Get<std::string>());
    return true;
  }
  bool operator()(FieldOf<LogLevels> field) const {
    if (Get<std::map<std::string, std::string>>() == nullptr) {
      return false;
    }
    error = StoreLevels(*Get<std::map<std::string, std::string>>(), field(settings));
    return true;
  }
  bool operator()(const EnumField& field) const {
    if (Get<std::string>() == nullptr) {
      return false;
    }
    error = StoreEnum(field, *Get<std::string>(), settings);
    return true;
  }
  bool operator()(FieldOf<uint64_t>) const {
    if (Get<std::string>() != nullptr) {
      const std::optional<uint64_t> size = ParseSize(*Get<std::string>());
      if (!size.has_value()) {
        return false;
      }
      error = StoreNumber(setting, static_cast<int64_t>(*size), settings);
      return true;
    }
    return StoreIfNumber();
  }
  template <class T>
  bool operator()(FieldOf<T>) const {  // Plain numbers and durations.
    return StoreIfNumber();
  }
  bool StoreIfNumber() const {
    if (Get<int64_t>() == nullptr) {
      return false;
    }
    error = StoreNumber(setting, *Get<int64_t>(), settings);
    return true;
  }
};

// `a=info, b=warn`.
FileValue ParseLevels(std::string_view text) {
  std::map<std::string, std::string> levels;
  for (const std::string& item : SplitList(text)) {
    const size_t equals = item.find('=');
    if (equals == item.npos) {
      return std::string(text);
    }
    levels[std::string(Trimmed(std::string_view(item).substr(0, equals)))] =
        Trimmed(std::string_view(item).substr(equals + 1));
  }
  return levels;
}

// The value that the file would have to hold; text stays text where it does not fit, and is refused
// as such.
FileValue AsFileValue(const Setting& setting, std::string_view text) {
  const auto or_text = [text](auto parsed) -> FileValue {
    return parsed.has_value() ? FileValue(*parsed) : FileValue(std::string(text));
  };
  struct Visitor {
    std::string_view text;
    decltype(or_text) convert;
    FileValue operator()(FieldOf<bool>) const { return convert(ParseBool(Trimmed(text))); }
    FileValue operator()(FieldOf<std::string>) const { return std::string(text); }
    FileValue operator()(FieldOf<Secret>) const { return std::string(text); }
    FileValue operator()(FieldOf<std::vector<std::string>>) const { return SplitList(text); }
    FileValue operator()(FieldOf<LogLevels>) const { return ParseLevels(text); }
    FileValue operator()(FieldOf<uint64_t>) const { return std::string(text); }
    FileValue operator()(const EnumField&) const { return std::string(Trimmed(text)); }
    FileValue operator()(FieldOf<int64_t>) const { return convert(ParseNumber(Trimmed(text))); }
    FileValue operator()(FieldOf<milliseconds>) const {
      return convert(ParseNumber(Trimmed(text)));
    }
    FileValue operator()(FieldOf<seconds>) const { return convert(ParseNumber(Trimmed(text))); }
    FileValue operator()(FieldOf<hours>) const { return convert(ParseNumber(Trimmed(text))); }
  };
  return std::visit(Visitor{text, or_text}, setting.field);
}

struct SizeUnit {
  std::string_view name;
  uint64_t bytes;
};
// Binary first: ShowSize() takes the largest of these that divides.
constexpr std::array<SizeUnit, 4> kBinaryUnits = {
    {{"TiB", 1ull << 40}, {"GiB", 1ull << 30}, {"MiB", 1ull << 20}, {"KiB", 1ull << 10}}};
constexpr std::array<SizeUnit, 10> kOtherUnits = {{{"", 1},
                                                   {"b", 1},
                                                   {"k", 1ull << 10},
                                                   {"m", 1ull << 20},
                                                   {"g", 1ull << 30},
                                                   {"t", 1ull << 40},
                                                   {"kb", 1'000},
                                                   {"mb", 1'000'000},
                                                   {"gb", 1'000'000'000},
                                                   {"tb", 1'000'000'000'000}}};

std::string TomlList(const std::vector<std::string>& items) {
  std::string text = "[";
  for (const std::string& item : items) {
    text += (text.size() > 1 ? ", " : "") + Quoted(item);
  }
  return text + "]";
}

std::string ShowLevels(const LogLevels& levels, std::string_view separator,
                       std::string_view quote) {
  std::string text;
  for (const auto& [target, level] : levels) {
    text += text.empty() ? "" : ", ";
    text += fmt::format("{0}{1}{0}{2}{0}{3}{0}", quote, target, separator,
                        kLogLevelNames[static_cast<size_t>(level)]);
  }
  return text;
}

// One value in both notations.
struct ShowVisitor {
  Settings& settings;
  bool is_toml;

  std::string operator()(FieldOf<bool> field) const { return field(settings) ? "true" : "false"; }
  std::string operator()(FieldOf<uint64_t> field) const {
    const std::string size = ShowSize(field(settings));
    return is_toml && size.back() == 'B' ? '"' + size + '"' : size;
  }
  std::string operator()(FieldOf<std::string> field) const {
    return is_toml ? Quoted(field(settings)) : field(settings);
  }
  std::string operator()(FieldOf<Secret> field) const {
    return is_toml ? "\"\"" : field(settings).empty() ? "" : "***";
  }
  std::string operator()(FieldOf<std::vector<std::string>> field) const {
    if (is_toml) {
      return TomlList(field(settings));
    }
    std::string text;
    for (const std::string& item : field(settings)) {
      text += (text.empty() ? "" : ",") + item;
    }
    return text;
  }
  std::string operator()(FieldOf<LogLevels> field) const {
    return is_toml ? "{" + ShowLevels(field(settings), " = ", "\"") + "}"
                   : ShowLevels(field(settings), "=", "");
  }
  std::string operator()(const EnumField& field) const {
    const std::string name(field.names[field.get(settings)]);
    return is_toml ? '"' + name + '"' : name;
  }
  template <class T>
  std::string operator()(FieldOf<T> field) const {
    if constexpr (kIsDuration<T>) {
      return fmt::format("{}", field(settings).count());
    } else {
      return fmt::format("{}", field(settings));
    }
  }
};

}  // namespace

std::optional<std::string> SetFromFile(const Setting& setting, const FileValue& value,
                                       Settings& settings) {
  std::optional<std::string> error;
  if (std::visit(StoreFromFile{setting, value, settings, error}, setting.field)) {
    return error;
  }
  if (setting.is_secret()) {
    return fmt::format("the value is not {}", Expected(setting));
  }
  return fmt::format("{} is not {}", Shown(value), Expected(setting));
}

std::optional<std::string> SetFromText(const Setting& setting, std::string_view text,
                                       Settings& settings) {
  return SetFromFile(setting, AsFileValue(setting, text), settings);
}

std::string ShowValue(const Setting& setting, Settings& settings) {
  return std::visit(ShowVisitor{.settings = settings, .is_toml = false}, setting.field);
}

std::string ShowTomlValue(const Setting& setting, Settings& settings) {
  return std::visit(ShowVisitor{.settings = settings, .is_toml = true}, setting.field);
}

std::string TypeName(const Setting& setting) {
  struct Visitor {
    std::string operator()(FieldOf<bool>) const { return "true or false"; }
    std::string operator()(FieldOf<int64_t>) const { return "number"; }
    std::string operator()(FieldOf<uint64_t>) const { return "size"; }
    std::string operator()(FieldOf<milliseconds>) const { return "milliseconds"; }
    std::string operator()(FieldOf<seconds>) const { return "seconds"; }
    std::string operator()(FieldOf<hours>) const { return "hours"; }
    std::string operator()(FieldOf<std::string>) const { return "text"; }
    std::string operator()(FieldOf<Secret>) const { return "secret text"; }
    std::string operator()(FieldOf<std::vector<std::string>>) const { return "list of texts"; }
    std::string operator()(FieldOf<LogLevels>) const { return "table"; }
    std::string operator()(const EnumField& field) const { return Joined(field.names, ", "); }
  };
  return std::visit(Visitor{}, setting.field);
}

std::string RuleText(const Setting& setting) {
  const bool is_number = std::holds_alternative<FieldOf<int64_t>>(setting.field) ||
                         std::holds_alternative<FieldOf<milliseconds>>(setting.field) ||
                         std::holds_alternative<FieldOf<seconds>>(setting.field) ||
                         std::holds_alternative<FieldOf<hours>>(setting.field);
  const bool is_size = std::holds_alternative<FieldOf<uint64_t>>(setting.field);
  if (!is_number && !is_size) {
    return "";
  }
  const auto show = [is_size](int64_t n) {
    return is_size ? ShowSize(static_cast<uint64_t>(n)) : fmt::format("{}", n);
  };
  if (setting.range.max == std::numeric_limits<int64_t>::max()) {
    return setting.range.min == 0 ? "" : "at least " + show(setting.range.min);
  }
  return show(setting.range.min) + " to " + show(setting.range.max);
}

std::optional<uint64_t> ParseSize(std::string_view text) {
  text = Trimmed(text);
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::optional<int64_t> number = ParseNumber(text.substr(0, digits));
  if (!number.has_value()) {
    return std::nullopt;
  }
  const std::string unit = Lowered(Trimmed(text.substr(digits)));
  const auto in_unit = [&](uint64_t bytes) -> std::optional<uint64_t> {
    uint64_t product = 0;
    if (__builtin_mul_overflow(static_cast<uint64_t>(*number), bytes, &product) ||
        product > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      return std::nullopt;
    }
    return product;
  };
  for (const SizeUnit& known : kBinaryUnits) {
    if (unit == Lowered(known.name)) {
      return in_unit(known.bytes);
    }
  }
  for (const SizeUnit& known : kOtherUnits) {
    if (unit == known.name) {
      return in_unit(known.bytes);
    }
  }
  return std::nullopt;
}

std::string ShowSize(uint64_t bytes) {
  for (const SizeUnit& unit : kBinaryUnits) {
    if (bytes != 0 && bytes % unit.bytes == 0) {
      return fmt::format("{}{}", bytes / unit.bytes, unit.name);
    }
  }
  return fmt::format("{}", bytes);
}

std::string Quoted(std::string_view text) {
  constexpr size_t kShownMax = 100;
  std::string quoted = "\"";
  for (const char c : text.substr(0, kShownMax)) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      quoted += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      quoted += c;
    }
  }
  return quoted + (text.size() > kShownMax ? "...\"" : "\"");
}

}  // namespace kalamdb
