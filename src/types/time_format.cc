// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "types/schema.h"
#include "types/text_format.h"
#include "types/text_scan.h"

// Dates and times of text_format.h.
namespace kalamdb::types {

namespace {

constexpr int64_t kSecondsPerMinute = 60;
constexpr int64_t kSecondsPerHour = 3600;
constexpr int kFractionDigits = 6;
constexpr int64_t kOffsetHoursMax = 15;  // As PostgreSQL.

struct CivilDate {
  int64_t year;
  int64_t month;
  int64_t day;
};

// Days since 1970 of a date in the proleptic Gregorian calendar, and back. As in Hinnant,
// "chrono-compatible low-level date algorithms": eras of 400 years that begin on 1 March.
int64_t DaysFromCivil(const CivilDate& date) {
  const int64_t year = date.month <= 2 ? date.year - 1 : date.year;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t month_from_march = date.month > 2 ? date.month - 3 : date.month + 9;
  const int64_t day_of_year = (153 * month_from_march + 2) / 5 + date.day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

CivilDate CivilFromDays(int64_t days) {
  const int64_t shifted = days + 719'468;
  const int64_t era = (shifted >= 0 ? shifted : shifted - 146'096) / 146'097;
  const int64_t day_of_era = shifted - era * 146'097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t month_from_march = (5 * day_of_year + 2) / 153;
  const int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  const int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  return {year, month, day_of_year - (153 * month_from_march + 2) / 5 + 1};
}

int64_t DaysInMonth(int64_t year, int64_t month) {
  if (month == 2) {
    const bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return is_leap ? 29 : 28;
  }
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

// "2026-05-04".
std::optional<int64_t> ScanDate(TextScanner& scan) {
  const auto year = scan.Digits(4, 4);
  if (!year || *year < 1 || !scan.Take('-')) {
    return std::nullopt;
  }
  const auto month = scan.Digits(1, 2);
  if (!month || *month < 1 || *month > 12 || !scan.Take('-')) {
    return std::nullopt;
  }
  const auto day = scan.Digits(1, 2);
  if (!day || *day < 1 || *day > DaysInMonth(*year, *month)) {
    return std::nullopt;
  }
  return DaysFromCivil({*year, *month, *day});
}

// The digits after the point of seconds, in microseconds, rounded half up: 0 to 1'000'000.
std::optional<int64_t> ScanFraction(TextScanner& scan) {
  int64_t micros = 0;
  int count = 0;
  bool rounds_up = false;
  for (; scan.AtDigit(); ++count) {
    const int64_t digit = scan.TakeDigit();
    if (count < kFractionDigits) {
      micros = micros * 10 + digit;
    } else if (count == kFractionDigits) {
      rounds_up = digit >= 5;
    }
  }
  if (count == 0) {
    return std::nullopt;
  }
  for (; count < kFractionDigits; ++count) {
    micros *= 10;
  }
  return micros + (rounds_up ? 1 : 0);
}

// "10:20[:30[.123456]]", in microseconds: 0 to a whole day.
std::optional<int64_t> ScanTimeOfDay(TextScanner& scan) {
  const auto hours = scan.Digits(1, 2);
  if (!hours || *hours > 24 || !scan.Take(':')) {
    return std::nullopt;
  }
  const auto minutes = scan.Digits(2, 2);
  if (!minutes || *minutes > 59) {
    return std::nullopt;
  }
  int64_t micros = (*hours * kSecondsPerHour + *minutes * kSecondsPerMinute) * kMicrosPerSecond;
  if (scan.Take(':')) {
    const auto seconds = scan.Digits(2, 2);
    if (!seconds || *seconds > 59) {
      return std::nullopt;
    }
    micros += *seconds * kMicrosPerSecond;
    if (scan.Take('.')) {
      const auto fraction = ScanFraction(scan);
      if (!fraction) {
        return std::nullopt;
      }
      micros += *fraction;
    }
  }
  return micros <= kMicrosPerDay ? std::optional(micros) : std::nullopt;
}

// "[ ][Z|UTC|+hh[[:]mm]|-hh[[:]mm]]" up to the end of the text: microseconds east of UTC.
std::optional<int64_t> ScanOffset(TextScanner& scan) {
  scan.SkipSpaces();
  const std::string_view rest = scan.rest();
  if (rest.empty() || EqualsIgnoreCase(rest, "Z") || EqualsIgnoreCase(rest, "UTC")) {
    return 0;
  }
  const bool is_west = scan.Take('-');
  if (!is_west && !scan.Take('+')) {
    return std::nullopt;
  }
  const auto hours = scan.Digits(2, 2);
  if (!hours || *hours > kOffsetHoursMax) {
    return std::nullopt;
  }
  int64_t minutes = 0;
  if (scan.Take(':') || scan.AtDigit()) {
    const auto digits = scan.Digits(2, 2);
    if (!digits || *digits > 59) {
      return std::nullopt;
    }
    minutes = *digits;
  }
  if (!scan.AtEnd()) {
    return std::nullopt;
  }
  const int64_t micros =
      (*hours * kSecondsPerHour + minutes * kSecondsPerMinute) * kMicrosPerSecond;
  return is_west ? -micros : micros;
}

constexpr std::string_view kBeforeChrist = " BC";

// The date without era: year 0 is 1 BC.
void AppendCivil(const CivilDate& date, std::string* out) {
  fmt::format_to(std::back_inserter(*out), "{:04}-{:02}-{:02}",
                 date.year > 0 ? date.year : 1 - date.year, date.month, date.day);
}

// "10:20:30[.123456]" without trailing zeros.
void AppendTimeOfDay(int64_t micros, std::string* out) {
  const int64_t seconds = micros / kMicrosPerSecond;
  fmt::format_to(std::back_inserter(*out), "{:02}:{:02}:{:02}", seconds / kSecondsPerHour,
                 seconds / kSecondsPerMinute % 60, seconds % 60);
  if (const int64_t fraction = micros % kMicrosPerSecond; fraction != 0) {
    fmt::format_to(std::back_inserter(*out), ".{:06}", fraction);
    out->erase(out->find_last_not_of('0') + 1);
  }
}

// "2026-05-04", `separator`, "10:20:30[.123456]", `zone`, [" BC"].
std::string FormatMoment(int64_t micros, char separator, std::string_view zone) {
  const CivilDate date = CivilFromDays(DayOf(micros));
  std::string text;
  AppendCivil(date, &text);
  text.push_back(separator);
  AppendTimeOfDay(TimeOfDay(micros), &text);
  text += zone;
  if (date.year < 1) {
    text += kBeforeChrist;
  }
  return text;
}

}  // namespace

std::optional<int64_t> ParseDate(std::string_view text) {
  TextScanner scan(TrimSpaces(text));
  const auto days = ScanDate(scan);
  return scan.AtEnd() ? days : std::nullopt;
}

std::string FormatDate(int64_t days) {
  // Stored days are 32 bits; the bound keeps the calendar arithmetic from overflowing on others.
  constexpr int64_t kDaysBound = int64_t{1} << 40;
  const CivilDate date = CivilFromDays(std::clamp(days, -kDaysBound, kDaysBound));
  std::string text;
  AppendCivil(date, &text);
  if (date.year < 1) {
    text += kBeforeChrist;
  }
  return text;
}

std::optional<int64_t> ParseTime(std::string_view text) {
  TextScanner scan(TrimSpaces(text));
  const auto micros = ScanTimeOfDay(scan);
  return scan.AtEnd() ? micros : std::nullopt;
}

std::string FormatTime(int64_t micros) {
  std::string text;
  AppendTimeOfDay(std::clamp<int64_t>(micros, 0, kMicrosPerDay), &text);
  return text;
}

std::optional<int64_t> ParseTimestamp(std::string_view text) {
  TextScanner scan(TrimSpaces(text));
  const auto days = ScanDate(scan);
  if (!days) {
    return std::nullopt;
  }
  int64_t micros = *days * kMicrosPerDay;
  if (scan.AtEnd()) {
    return micros;
  }
  if (!scan.Take('T') && !scan.Take('t') && !scan.Take(' ')) {
    return std::nullopt;
  }
  scan.SkipSpaces();
  const auto time = ScanTimeOfDay(scan);
  if (!time) {
    return std::nullopt;
  }
  const auto offset = ScanOffset(scan);
  if (!offset) {
    return std::nullopt;
  }
  micros += *time - *offset;
  return micros >= kTimestampMin && micros <= kTimestampMax ? std::optional(micros) : std::nullopt;
}

std::string FormatTimestamp(int64_t micros) { return FormatMoment(micros, ' ', ""); }

std::string FormatRfc3339(int64_t micros) { return FormatMoment(micros, 'T', "+00:00"); }

}  // namespace kalamdb::types
