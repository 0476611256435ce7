// SPDX-License-Identifier: Apache-2.0
#include "base/status.h"

#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace kalamdb {
namespace {

StatusOr<int> Half(int number) {
  if (number % 2 != 0) {
    return Error(InvalidArgument("odd"));
  }
  return number / 2;
}

Status CheckHalf(int number) {
  KALAMDB_ASSIGN_OR_RETURN(const int half, Half(number));
  return half == 0 ? NotFound("nothing left") : Status();
}

StatusOr<std::string> Checked(int number) {
  KALAMDB_RETURN_IF_ERROR(CheckHalf(number).WithContext("check"));
  return std::to_string(number);
}

TEST(Status, DefaultIsOkAndOnePointerWide) {
  const Status status;
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(status.code(), StatusCode::kOk);
  EXPECT_EQ(status.message(), "");
  EXPECT_EQ(status.ToString(), "Ok");
  static_assert(sizeof(Status) == sizeof(void*));
}

TEST(Status, CopiesAreIndependent) {
  Status original = Conflict("lost");
  Status copy = original;
  original = std::move(original).WithMessage("changed");
  EXPECT_EQ(copy.message(), "lost");
  copy = original;
  EXPECT_EQ(copy.message(), "changed");
  copy = Status();
  EXPECT_TRUE(copy.ok());
  EXPECT_EQ(original.code(), StatusCode::kConflict);
}

TEST(Status, ContextIsForLogsOnly) {
  const Status status = IoError("disk full").WithContext("append").WithContext("commit");
  EXPECT_EQ(status.message(), "disk full");
  EXPECT_EQ(status.ToString(), "IoError: disk full [append; commit]");
  EXPECT_TRUE(Status().WithContext("append").WithMessage("ignored").ok());
}

TEST(Status, MacrosPassErrorsThroughBothReturnForms) {
  EXPECT_EQ(Checked(4).value(), "4");
  const auto odd = Checked(3);
  ASSERT_FALSE(odd.has_value());
  EXPECT_EQ(odd.error().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(odd.error().ToString(), "InvalidArgument: odd [check]");
  EXPECT_EQ(Checked(0).error().code(), StatusCode::kNotFound);
}

TEST(Status, EveryCodeHasAName) {
  for (int code = 0; code <= static_cast<int>(StatusCode::kInternal); ++code) {
    EXPECT_NE(StatusCodeName(static_cast<StatusCode>(code)), "Unknown") << code;
  }
}

}  // namespace
}  // namespace kalamdb
