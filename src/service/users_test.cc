// SPDX-License-Identifier: Apache-2.0
#include "service/users.h"

#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/service_fixture.h"

namespace kalamdb::service {
namespace {

using std::chrono::minutes;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kPassword = "Blue!Fox-7";

sql::CreateUser NewUser(std::string name, Role role, std::string secret = kPassword) {
  sql::CreateUser statement;
  statement.name = std::move(name);
  statement.role = role;
  statement.secret = std::move(secret);
  return statement;
}

sql::AlterUser NewPassword(std::string name, std::string password) {
  sql::AlterUser statement;
  statement.name = std::move(name);
  statement.password = std::move(password);
  return statement;
}

sql::AlterUser NewRole(std::string name, Role role) {
  sql::AlterUser statement;
  statement.name = std::move(name);
  statement.role = role;
  return statement;
}

class UsersTest : public ::testing::Test, public ServiceFixture {
 protected:
  AuthFailure Fails(const UserId& user, std::string_view password, bool is_loopback = true) {
    const auto result = users_.Login(user, password, is_loopback);
    EXPECT_FALSE(result.has_value());
    return result.has_value() ? AuthFailure::kInternal : result.error().failure;
  }
  void Create(std::string name, Role role) {
    const auto made = users_.Create(NewUser(std::move(name), role), root_);
    ASSERT_TRUE(made.has_value()) << made.error().ToString();
  }
  StatusCode DropAs(const Caller& caller, std::string name, bool if_exists = false) {
    sql::DropUser statement;
    statement.name = std::move(name);
    statement.if_exists = if_exists;
    const auto dropped = users_.Drop(statement, caller);
    return dropped.has_value() ? StatusCode::kOk : dropped.error().code();
  }

  Users users_{*catalog_, clock_, hasher_, {}};
};

TEST_F(UsersTest, LogsInWithTheRightPassword) {
  Create("alice", Role::kUser);
  clock_.Advance(minutes(1));
  const auto user = users_.Login({"alice"}, kPassword, false);
  ASSERT_TRUE(user.has_value());
  EXPECT_EQ(user->id.value, "alice");
  EXPECT_EQ(user->role, Role::kUser);
  EXPECT_EQ(user->created_at, kStart);
  EXPECT_EQ(catalog_->FindUser({"alice"})->last_login_at, kStart + 60'000'000);
  // A log-in is no change of the user.
  EXPECT_EQ(catalog_->FindUser({"alice"})->updated_at, kStart);
  clock_.Advance(minutes(1));
  ASSERT_TRUE(users_.Login({"alice"}, kPassword, false).has_value());
  EXPECT_EQ(catalog_->FindUser({"alice"})->last_login_at, kStart + 120'000'000);
}

TEST_F(UsersTest, NeverTellsWhatWasWrong) {
  Create("alice", Role::kUser);
  Create("gone", Role::kUser);
  ASSERT_EQ(DropAs(root_, "gone"), StatusCode::kOk);
  EXPECT_EQ(Fails({"alice"}, "wrong"), AuthFailure::kInvalidCredentials);
  EXPECT_EQ(Fails({"nobody"}, kPassword), AuthFailure::kInvalidCredentials);
  EXPECT_EQ(Fails({"gone"}, kPassword), AuthFailure::kInvalidCredentials);
  EXPECT_EQ(Fails({"alice"}, std::string(300, 'x')), AuthFailure::kInvalidCredentials);
  EXPECT_EQ(users_.Login({"alice"}, "wrong", false).error().message,
            users_.Login({"nobody"}, "wrong", false).error().message);
}

TEST_F(UsersTest, FiveFailuresLockFor15Minutes) {
  Create("alice", Role::kUser);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(Fails({"alice"}, "wrong"), AuthFailure::kInvalidCredentials);
  }
  const auto locked = users_.Login({"alice"}, kPassword, true);
  ASSERT_FALSE(locked.has_value());
  EXPECT_EQ(locked.error().failure, AuthFailure::kLocked);
  EXPECT_THAT(locked.error().message, HasSubstr("15 minute(s)"));
  clock_.Advance(minutes(14));
  EXPECT_EQ(Fails({"alice"}, kPassword), AuthFailure::kLocked);
  EXPECT_THAT(users_.Login({"alice"}, "x", true).error().message, HasSubstr("1 minute(s)"));
  clock_.Advance(minutes(1));
  EXPECT_TRUE(users_.Login({"alice"}, kPassword, true).has_value());
  EXPECT_EQ(catalog_->FindUser({"alice"})->failed_login_attempts, 0u);
  EXPECT_EQ(catalog_->FindUser({"alice"})->locked_until, std::nullopt);
}

TEST_F(UsersTest, CountingStartsAgainAfterALockAndAfterASuccess) {
  Create("alice", Role::kUser);
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 4; ++i) {
      EXPECT_EQ(Fails({"alice"}, "wrong"), AuthFailure::kInvalidCredentials);
    }
    EXPECT_TRUE(users_.Login({"alice"}, kPassword, true).has_value());
  }
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(Fails({"alice"}, "wrong"), AuthFailure::kInvalidCredentials);
  }
  clock_.Advance(minutes(15));
  EXPECT_EQ(Fails({"alice"}, "wrong"), AuthFailure::kInvalidCredentials);
  EXPECT_EQ(catalog_->FindUser({"alice"})->failed_login_attempts, 1u);
}

TEST_F(UsersTest, FailuresSurviveARestart) {
  Create("alice", Role::kUser);
  for (int i = 0; i < 5; ++i) {
    Fails({"alice"}, "wrong");
  }
  Restart();
  Users users(*catalog_, clock_, hasher_, {});
  EXPECT_EQ(users.Login({"alice"}, kPassword, true).error().failure, AuthFailure::kLocked);
}

TEST_F(UsersTest, GuessesSideBySideGetNoMoreThanFive) {
  Create("alice", Role::kUser);
  std::atomic<int> wrong{0};
  std::atomic<int> locked{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      const auto result = users_.Login({"alice"}, "wrong", true);
      ASSERT_FALSE(result.has_value());
      ++(result.error().failure == AuthFailure::kLocked ? locked : wrong);
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(wrong.load(), 5);
  EXPECT_EQ(locked.load(), 11);
}

TEST_F(UsersTest, ARootWithoutPasswordAsksForSetup) {
  EXPECT_TRUE(users_.NeedsSetup());
  EXPECT_EQ(Fails({"root"}, "", false), AuthFailure::kSetupRequired);
  EXPECT_EQ(Fails({"root"}, "guess", true), AuthFailure::kSetupRequired);
  EXPECT_EQ(Fails({"root"}, "guess", false), AuthFailure::kForbidden);
}

TEST_F(UsersTest, UsersWithoutPasswordCannotLogIn) {
  sql::CreateUser internal = NewUser("robot", Role::kService, "");
  internal.auth = sql::CreateUser::Auth::kInternal;
  ASSERT_TRUE(users_.Create(internal, root_).has_value());
  sql::CreateUser oauth = NewUser("bob", Role::kUser, R"({"provider":"google","subject":"1"})");
  oauth.auth = sql::CreateUser::Auth::kOAuth;
  ASSERT_TRUE(users_.Create(oauth, root_).has_value());
  EXPECT_EQ(catalog_->FindUser({"bob"})->auth_data, oauth.secret);
  EXPECT_EQ(Fails({"robot"}, "", false), AuthFailure::kForbidden);
  EXPECT_EQ(Fails({"robot"}, "", true), AuthFailure::kInvalidCredentials);
  EXPECT_EQ(Fails({"bob"}, "", false), AuthFailure::kInvalidCredentials);
}

TEST_F(UsersTest, SetupMakesADbaAndRootsPasswordTogether) {
  SetupRequest request{.user = {"admin"},
                       .password = kPassword,
                       .root_password = "Root!Pass-7",
                       .email = "a@example.org"};
  const auto made = users_.Setup(request);
  ASSERT_TRUE(made.has_value()) << made.error().message;
  EXPECT_EQ(made->role, Role::kDba);
  EXPECT_FALSE(users_.NeedsSetup());
  EXPECT_TRUE(users_.Login({"admin"}, kPassword, false).has_value());
  EXPECT_TRUE(users_.Login({"root"}, "Root!Pass-7", false).has_value());
  request.user = {"second"};
  EXPECT_EQ(users_.Setup(request).error().failure, AuthFailure::kAlreadyConfigured);
  EXPECT_FALSE(users_.Find({"second"}).has_value());
}

TEST_F(UsersTest, SetupRefusesBadInput) {
  const SetupRequest good{
      .user = {"admin"}, .password = kPassword, .root_password = "Root!Pass-7", .email = {}};
  SetupRequest request = good;
  request.password = "password";
  EXPECT_EQ(users_.Setup(request).error().failure, AuthFailure::kWeakPassword);
  EXPECT_THAT(users_.Setup(request).error().message, StartsWith("DBA user password:"));
  request = good;
  request.root_password = "short";
  EXPECT_EQ(users_.Setup(request).error().failure, AuthFailure::kWeakPassword);
  EXPECT_THAT(users_.Setup(request).error().message, StartsWith("Root password:"));
  request = good;
  request.user = {"a\nb"};
  EXPECT_EQ(users_.Setup(request).error().failure, AuthFailure::kInvalidUser);
  request.user = {"root"};
  EXPECT_EQ(users_.Setup(request).error().failure, AuthFailure::kUserExists);
  EXPECT_TRUE(users_.NeedsSetup());
}

TEST_F(UsersTest, OfTwoSetupsAtOnceOneWins) {
  std::atomic<int> made{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      made += users_.Setup({.user = {"admin" + std::to_string(i)},
                            .password = kPassword,
                            .root_password = "Root!Pass-7",
                            .email = {}})
                      .has_value()
                  ? 1
                  : 0;
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(made.load(), 1);
  EXPECT_EQ(catalog_->ListUsers().size(), 2u);
}

TEST_F(UsersTest, CreateChecksItsInput) {
  EXPECT_EQ(users_.Create(NewUser("alice", Role::kUser), root_).value(), "User 'alice' created");
  EXPECT_EQ(users_.Create(NewUser("alice", Role::kUser), root_).error().code(),
            StatusCode::kAlreadyExists);
  sql::CreateUser again = NewUser("alice", Role::kUser);
  again.if_not_exists = true;
  EXPECT_EQ(users_.Create(again, root_).value(), "User 'alice' already exists");
  EXPECT_EQ(users_.Create(NewUser("bob", Role::kUser, "short"), root_).error().code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(users_.Create(NewUser("", Role::kUser), root_).error().code(),
            StatusCode::kInvalidArgument);
  sql::CreateUser oauth = NewUser("bob", Role::kUser, "{not json");
  oauth.auth = sql::CreateUser::Auth::kOAuth;
  EXPECT_EQ(users_.Create(oauth, root_).error().code(), StatusCode::kInvalidArgument);
  sql::CreateUser email = NewUser("bob", Role::kUser);
  email.email = "nowhere";
  EXPECT_EQ(users_.Create(email, root_).error().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(catalog_->FindUser({"bob"}), nullptr);
}

TEST_F(UsersTest, OnlySystemGrantsSystem) {
  EXPECT_EQ(users_.Create(NewUser("eve", Role::kSystem), admin_).error().code(),
            StatusCode::kPermissionDenied);
  Create("eve", Role::kDba);
  EXPECT_EQ(users_.Alter(NewRole("eve", Role::kSystem), admin_).error().code(),
            StatusCode::kPermissionDenied);
  EXPECT_TRUE(users_.Alter(NewRole("eve", Role::kSystem), root_).has_value());
  EXPECT_EQ(users_.Find({"eve"})->role, Role::kSystem);
}

TEST_F(UsersTest, OnlySystemChangesASystemUser) {
  EXPECT_EQ(users_.Alter(NewPassword("root", kPassword), admin_).error().code(),
            StatusCode::kPermissionDenied);
  Create("ops", Role::kSystem);
  EXPECT_EQ(DropAs(admin_, "ops"), StatusCode::kPermissionDenied);
  EXPECT_EQ(DropAs(root_, "ops"), StatusCode::kOk);
}

TEST_F(UsersTest, AUserChangesTheirOwnPasswordOnly) {
  Create("alice", Role::kUser);
  Create("bob", Role::kUser);
  EXPECT_EQ(users_.Alter(NewPassword("alice", "New!Pass-8"), alice_).value(),
            "User 'alice' updated");
  EXPECT_TRUE(users_.Login({"alice"}, "New!Pass-8", true).has_value());
  EXPECT_EQ(users_.Alter(NewPassword("bob", "New!Pass-8"), alice_).error().code(),
            StatusCode::kPermissionDenied);
  EXPECT_EQ(users_.Alter(NewRole("alice", Role::kDba), alice_).error().code(),
            StatusCode::kPermissionDenied);
  sql::AlterUser both = NewPassword("alice", "New!Pass-9");
  both.role = Role::kDba;
  EXPECT_EQ(users_.Alter(both, alice_).error().code(), StatusCode::kPermissionDenied);
  EXPECT_EQ(users_.Alter(NewPassword("alice", "password"), alice_).error().code(),
            StatusCode::kInvalidArgument);
}

TEST_F(UsersTest, ANewPasswordOpensALockedAccount) {
  Create("alice", Role::kUser);
  for (int i = 0; i < 5; ++i) {
    Fails({"alice"}, "wrong");
  }
  ASSERT_TRUE(users_.Alter(NewPassword("alice", "New!Pass-8"), admin_).has_value());
  EXPECT_TRUE(users_.Login({"alice"}, "New!Pass-8", true).has_value());
}

TEST_F(UsersTest, ADroppedUserIsGoneAndTheIdIsNotUsedAgain) {
  Create("alice", Role::kUser);
  EXPECT_TRUE(users_.Find({"alice"}).has_value());
  EXPECT_EQ(DropAs(root_, "alice"), StatusCode::kOk);
  EXPECT_FALSE(users_.Find({"alice"}).has_value());
  EXPECT_EQ(catalog_->FindUser({"alice"})->deleted_at, kStart);
  EXPECT_EQ(DropAs(root_, "alice"), StatusCode::kNotFound);
  EXPECT_EQ(DropAs(root_, "alice", /*if_exists=*/true), StatusCode::kOk);
  sql::CreateUser again = NewUser("alice", Role::kUser);
  again.if_not_exists = true;
  EXPECT_EQ(users_.Create(again, root_).error().code(), StatusCode::kAlreadyExists);
  EXPECT_EQ(users_.Alter(NewPassword("alice", kPassword), root_).error().code(),
            StatusCode::kNotFound);
}

TEST_F(UsersTest, NobodyLocksEveryoneOut) {
  EXPECT_EQ(DropAs(root_, "root"), StatusCode::kInvalidOperation);
  EXPECT_EQ(users_.Alter(NewRole("root", Role::kUser), root_).error().code(),
            StatusCode::kInvalidOperation);
  Create("admin", Role::kDba);
  EXPECT_EQ(DropAs(admin_, "admin"), StatusCode::kInvalidOperation);
}

}  // namespace
}  // namespace kalamdb::service
