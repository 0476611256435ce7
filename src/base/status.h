// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace kalamdb {

// What the caller should do about an error. The numbers are stable: they appear in logs.
// The mapping to HTTP status and wire code is one table, in server/error_map.cc.
enum class StatusCode : uint8_t {
  kOk = 0,
  kInvalidArgument = 1,     // Fix the request: a value, an option or a limit is wrong.
  kInvalidSql = 2,          // Fix the SQL: it does not parse, or the statement is not supported.
  kNotFound = 3,            // The named thing does not exist.
  kTableNotFound = 4,       // The named table does not exist (or is not visible to the caller).
  kAlreadyExists = 5,       // The name or key is taken.
  kConstraintViolation = 6, // NOT NULL, CHECK, type or range rule of a column.
  kConflict = 7,            // Another transaction changed the same data: run the statement again.
  kPermissionDenied = 8,    // The role of the caller does not allow it.
  kUnauthenticated = 9,     // Who the caller is could not be established.
  kInvalidOperation = 10,   // Understood, but refused by a rule.
  kResourceExhausted = 11,  // A limit of the server was reached: wait or ask for less.
  kCancelled = 12,          // The client went away or the server is stopping.
  kTimeout = 13,            // A deadline passed.
  kUnavailable = 14,        // The server cannot do it now: retry later.
  kExecution = 15,          // The statement failed while running (division, cast, overflow...).
  kIoError = 16,            // The disk or the network failed: call an operator.
  kCorruption = 17,         // Stored bytes are not what was written: call an operator.
  kInternal = 18,           // A defect of ours.
  kEmptySql = 19,           // The request holds no statement.
  kInvalidParameter = 20,   // Fix a parameter: its type, size or number.
  kParametersWithBatch = 21,// Parameters came with more than one statement.
  kBatchParse = 22,         // The text cannot be split: an unterminated string or comment.
};

// "InvalidArgument", "NotFound", ...: for logs and tests.
std::string_view StatusCodeName(StatusCode code);

// The outcome of an operation: OK, or a code with a message and the context it passed through.
// One pointer wide; OK allocates nothing. Thread-compatible.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(StatusCode code, std::string message);
  Status(const Status& other);
  Status& operator=(const Status& other);
  Status(Status&&) noexcept = default;
  Status& operator=(Status&&) noexcept = default;
  ~Status() = default;

  bool ok() const { return rep_ == nullptr; }
  StatusCode code() const { return rep_ == nullptr ? StatusCode::kOk : rep_->code; }
  // The text for the user, without context. Empty when OK.
  const std::string& message() const;
  // "code: message [context; context]", for logs.
  std::string ToString() const;

  // Adds where the error passed through, innermost first. Shown in logs, never to users.
  Status WithContext(std::string_view context) &&;
  // Replaces the message and keeps code and context. Does nothing when OK.
  Status WithMessage(std::string message) &&;
  // Says why an error does not matter here, so that such places can be searched for.
  void Ignore(std::string_view reason) const;

 private:
  struct Rep {
    StatusCode code;
    std::string message;
    std::string context;
  };
  std::unique_ptr<Rep> rep_;
};

template <class T>
using StatusOr = std::expected<T, Status>;

Status InvalidArgument(std::string message);
Status InvalidSql(std::string message);
Status NotFound(std::string message);
Status TableNotFound(std::string message);
Status AlreadyExists(std::string message);
Status ConstraintViolation(std::string message);
Status Conflict(std::string message);
Status PermissionDenied(std::string message);
Status Unauthenticated(std::string message);
Status InvalidOperation(std::string message);
Status ResourceExhausted(std::string message);
Status Cancelled(std::string message);
Status Timeout(std::string message);
Status Unavailable(std::string message);
Status ExecutionError(std::string message);
Status IoError(std::string message);
Status Corruption(std::string message);
Status Internal(std::string message);
Status EmptySql(std::string message);
Status InvalidParameter(std::string message);
Status ParametersWithBatch(std::string message);
Status BatchParseError(std::string message);

// Lets KALAMDB_RETURN_IF_ERROR work in functions that return Status and in those that return
// StatusOr<T>.
class StatusReturn {
 public:
  explicit StatusReturn(Status status) : status_(std::move(status)) {}
  operator Status() && { return std::move(status_); }  // NOLINT(google-explicit-constructor)
  template <class T>
  operator StatusOr<T>() && {  // NOLINT(google-explicit-constructor)
    return std::unexpected(std::move(status_));
  }

 private:
  Status status_;
};

// For `return Error(NotFound("..."))` in functions that return either form.
inline StatusReturn Error(Status status) { return StatusReturn(std::move(status)); }

}  // namespace kalamdb

#define KALAMDB_CONCAT_INNER(a, b) a##b
#define KALAMDB_CONCAT(a, b) KALAMDB_CONCAT_INNER(a, b)

#define KALAMDB_RETURN_IF_ERROR(expr)                                              \
  do {                                                                             \
    if (::kalamdb::Status kalamdb_status_ = (expr); !kalamdb_status_.ok()) {       \
      return ::kalamdb::StatusReturn(std::move(kalamdb_status_));                  \
    }                                                                              \
  } while (false)

#define KALAMDB_ASSIGN_OR_RETURN(lhs, expr) \
  KALAMDB_ASSIGN_OR_RETURN_INNER(KALAMDB_CONCAT(kalamdb_or_, __LINE__), lhs, expr)
#define KALAMDB_ASSIGN_OR_RETURN_INNER(tmp, lhs, expr)            \
  auto tmp = (expr);                                              \
  if (!tmp.has_value()) {                                         \
    return ::kalamdb::StatusReturn(std::move(tmp).error());       \
  }                                                               \
  lhs = std::move(tmp).value()
