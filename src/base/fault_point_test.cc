// SPDX-License-Identifier: Apache-2.0
#include "base/fault_point.h"

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

namespace kalamdb {
namespace {

#ifdef KALAMDB_FAULT_POINTS

// The plan is read once in a process, so each case runs in one of its own.
class FaultPointDeathTest : public testing::Test {
 protected:
  FaultPointDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

void VisitThrice() {
  KALAMDB_FAULT_POINT("test.first");
  KALAMDB_FAULT_POINT("test.second");
  KALAMDB_FAULT_POINT("test.second");
}

TEST_F(FaultPointDeathTest, KillsAtTheNamedVisit) {
  EXPECT_EXIT(
      {
        setenv("KALAMDB_FAULT", "test.second:2", 1);
        VisitThrice();
        _exit(0);
      },
      testing::KilledBySignal(SIGKILL), "");
  EXPECT_EXIT(
      {
        setenv("KALAMDB_FAULT", "test.second:3", 1);
        VisitThrice();
        _exit(0);
      },
      testing::ExitedWithCode(0), "");
}

TEST_F(FaultPointDeathTest, ListsVisitedPointsOnce) {
  const std::string path = testing::TempDir() + "fault_points.txt";
  std::filesystem::remove(path);
  EXPECT_EXIT(
      {
        setenv("KALAMDB_FAULT_LIST", path.c_str(), 1);
        VisitThrice();
        _exit(0);
      },
      testing::ExitedWithCode(0), "");
  std::ifstream stream(path);
  const std::string text((std::istreambuf_iterator<char>(stream)),
                         std::istreambuf_iterator<char>());
  EXPECT_EQ(text, "test.first\ntest.second\n");
  std::filesystem::remove(path);
}

#else

TEST(FaultPoint, IsNothingInAReleaseBuild) {
  setenv("KALAMDB_FAULT", "test.point", 1);
  KALAMDB_FAULT_POINT("test.point");
  unsetenv("KALAMDB_FAULT");
}

#endif

}  // namespace
}  // namespace kalamdb
