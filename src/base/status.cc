// SPDX-License-Identifier: Apache-2.0
#include "base/status.h"

#include "base/check.h"

namespace kalamdb {

std::string_view StatusCodeName(StatusCode code) {
  switch (code) {
    case StatusCode::kOk: return "Ok";
    case StatusCode::kInvalidArgument: return "InvalidArgument";
    case StatusCode::kInvalidSql: return "InvalidSql";
    case StatusCode::kNotFound: return "NotFound";
    case StatusCode::kTableNotFound: return "TableNotFound";
    case StatusCode::kAlreadyExists: return "AlreadyExists";
    case StatusCode::kConstraintViolation: return "ConstraintViolation";
    case StatusCode::kConflict: return "Conflict";
    case StatusCode::kPermissionDenied: return "PermissionDenied";
    case StatusCode::kUnauthenticated: return "Unauthenticated";
    case StatusCode::kInvalidOperation: return "InvalidOperation";
    case StatusCode::kResourceExhausted: return "ResourceExhausted";
    case StatusCode::kCancelled: return "Cancelled";
    case StatusCode::kTimeout: return "Timeout";
    case StatusCode::kUnavailable: return "Unavailable";
    case StatusCode::kExecution: return "Execution";
    case StatusCode::kIoError: return "IoError";
    case StatusCode::kCorruption: return "Corruption";
    case StatusCode::kInternal: return "Internal";
    case StatusCode::kEmptySql: return "EmptySql";
    case StatusCode::kInvalidParameter: return "InvalidParameter";
    case StatusCode::kParametersWithBatch: return "ParametersWithBatch";
    case StatusCode::kBatchParse: return "BatchParse";
  }
  return "Unknown";
}

Status::Status(StatusCode code, std::string message)
    : rep_(std::make_unique<Rep>(Rep{code, std::move(message), {}})) {
  KALAMDB_CHECK(code != StatusCode::kOk);
}

Status::Status(const Status& other)
    : rep_(other.rep_ == nullptr ? nullptr : std::make_unique<Rep>(*other.rep_)) {}

Status& Status::operator=(const Status& other) {
  if (this != &other) {
    rep_ = other.rep_ == nullptr ? nullptr : std::make_unique<Rep>(*other.rep_);
  }
  return *this;
}

const std::string& Status::message() const {
  static const std::string kEmpty;
  return rep_ == nullptr ? kEmpty : rep_->message;
}

std::string Status::ToString() const {
  if (rep_ == nullptr) {
    return "Ok";
  }
  std::string text(StatusCodeName(rep_->code));
  text += ": ";
  text += rep_->message;
  if (!rep_->context.empty()) {
    text += " [" + rep_->context + "]";
  }
  return text;
}

Status Status::WithContext(std::string_view context) && {
  if (rep_ != nullptr) {
    if (!rep_->context.empty()) {
      rep_->context += "; ";
    }
    rep_->context += context;
  }
  return std::move(*this);
}

Status Status::WithMessage(std::string message) && {
  if (rep_ != nullptr) {
    rep_->message = std::move(message);
  }
  return std::move(*this);
}

void Status::Ignore(std::string_view reason) const { static_cast<void>(reason); }

Status InvalidArgument(std::string message) {
  return {StatusCode::kInvalidArgument, std::move(message)};
}
Status InvalidSql(std::string message) { return {StatusCode::kInvalidSql, std::move(message)}; }
Status NotFound(std::string message) { return {StatusCode::kNotFound, std::move(message)}; }
Status TableNotFound(std::string message) {
  return {StatusCode::kTableNotFound, std::move(message)};
}
Status AlreadyExists(std::string message) {
  return {StatusCode::kAlreadyExists, std::move(message)};
}
Status ConstraintViolation(std::string message) {
  return {StatusCode::kConstraintViolation, std::move(message)};
}
Status Conflict(std::string message) { return {StatusCode::kConflict, std::move(message)}; }
Status PermissionDenied(std::string message) {
  return {StatusCode::kPermissionDenied, std::move(message)};
}
Status Unauthenticated(std::string message) {
  return {StatusCode::kUnauthenticated, std::move(message)};
}
Status InvalidOperation(std::string message) {
  return {StatusCode::kInvalidOperation, std::move(message)};
}
Status ResourceExhausted(std::string message) {
  return {StatusCode::kResourceExhausted, std::move(message)};
}
Status Cancelled(std::string message) { return {StatusCode::kCancelled, std::move(message)}; }
Status Timeout(std::string message) { return {StatusCode::kTimeout, std::move(message)}; }
Status Unavailable(std::string message) { return {StatusCode::kUnavailable, std::move(message)}; }
Status ExecutionError(std::string message) { return {StatusCode::kExecution, std::move(message)}; }
Status IoError(std::string message) { return {StatusCode::kIoError, std::move(message)}; }
Status Corruption(std::string message) { return {StatusCode::kCorruption, std::move(message)}; }
Status Internal(std::string message) { return {StatusCode::kInternal, std::move(message)}; }
Status EmptySql(std::string message) { return {StatusCode::kEmptySql, std::move(message)}; }
Status InvalidParameter(std::string message) {
  return {StatusCode::kInvalidParameter, std::move(message)};
}
Status ParametersWithBatch(std::string message) {
  return {StatusCode::kParametersWithBatch, std::move(message)};
}
Status BatchParseError(std::string message) {
  return {StatusCode::kBatchParse, std::move(message)};
}

}  // namespace kalamdb
