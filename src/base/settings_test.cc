// SPDX-License-Identifier: Apache-2.0
#include "base/settings.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "base/settings_docs.h"

namespace kalamdb {
namespace {

class SettingsTest : public testing::Test {
 protected:
  SettingsTest() {
    std::string pattern = testing::TempDir() + "settings-XXXXXX";
    directory_ = mkdtemp(pattern.data());
    path_ = directory_ + "/kalamdb.toml";
  }
  ~SettingsTest() override { std::filesystem::remove_all(directory_); }

  StatusOr<LoadedSettings> Load(const std::string& text,
                                const std::map<std::string, std::string>& environment = {}) {
    std::ofstream(path_) << text;
    return LoadSettings({.file = path_, .environment = environment});
  }
  // The message with the test's directory taken out.
  std::string ErrorOf(const std::string& text,
                      const std::map<std::string, std::string>& environment = {}) {
    const auto loaded = Load(text, environment);
    return loaded.has_value() ? "no error" : Shortened(loaded.error().message());
  }
  std::string Shortened(std::string text) const {
    if (const size_t at = text.find(directory_ + "/"); at != text.npos) {
      text.erase(at, directory_.size() + 1);
    }
    return text;
  }
  static LoadedSettings FromEnvironment(const std::map<std::string, std::string>& environment) {
    auto loaded = LoadSettings({.file = std::nullopt, .environment = environment});
    EXPECT_TRUE(loaded.has_value()) << loaded.error().ToString();
    return loaded.value_or(LoadedSettings());
  }
  static SettingInfo Row(const LoadedSettings& loaded, std::string_view name) {
    for (SettingInfo& row : ListSettings(loaded)) {
      if (row.name == name) {
        return row;
      }
    }
    ADD_FAILURE() << "no row " << name;
    return {};
  }

  std::string directory_;
  std::string path_;
};

TEST_F(SettingsTest, DefaultsNeedNothing) {
  const LoadedSettings loaded = FromEnvironment({{"HOME", "/root"}});
  EXPECT_EQ(loaded.values.server.port, 8080);
  EXPECT_EQ(loaded.values.storage.sync, SyncMode::kAlways);
  EXPECT_EQ(loaded.values.limits.default_query_limit, 0);
  EXPECT_EQ(loaded.values.rate_limit.max_queries_per_sec, 0);
  EXPECT_TRUE(loaded.warnings.empty());
  EXPECT_EQ(Row(loaded, "server.port").source, "default");
}

TEST_F(SettingsTest, EnvironmentOverridesFileOverridesDefault) {
  const auto loaded = Load("[server]\nport = 9001\nworkers = 3\n",
                           {{"KALAMDB_SERVER_PORT", "9002"}, {"KALAMDB_SERVER_WORKERS", ""}});
  ASSERT_TRUE(loaded.has_value());
  EXPECT_EQ(loaded->values.server.port, 9002);
  EXPECT_EQ(loaded->values.server.workers, 3);  // An empty variable is an unset one.
  EXPECT_EQ(Row(*loaded, "server.port").source, "env");
  EXPECT_EQ(Row(*loaded, "server.workers").source, "file");
  EXPECT_EQ(Row(*loaded, "server.workers").value, "3");
  EXPECT_EQ(Row(*loaded, "server.workers").category, "server");
  EXPECT_EQ(Row(*loaded, "server.host").source, "default");
}

TEST_F(SettingsTest, ReadsEveryKindOfValue) {
  const auto loaded = Load(R"(
transaction_timeout_secs = 20
[storage]
sync = "interval"
[storage.rocksdb]
block_cache_size = "128MiB"
write_buffer_size = 1048576
[logging]
targets = { server = "debug", store = "off" }
[security]
trusted_proxy_ranges = ["10.0.0.0/8", "::1"]
[security.cors]
allowed_origins = ["https://a.example"]
[authentication]
cookie_secure = false
[datafusion]
memory_limit = 67108864
query_parallelism = 2
[execution]
handler_timeout_seconds = 30
)");
  ASSERT_TRUE(loaded.has_value()) << loaded.error().ToString();
  const Settings& values = loaded->values;
  EXPECT_EQ(values.transaction_timeout_secs.count(), 20);
  EXPECT_EQ(values.storage.sync, SyncMode::kInterval);
  EXPECT_EQ(values.storage.rocksdb.block_cache_size, 128u << 20);
  EXPECT_EQ(values.storage.rocksdb.write_buffer_size, 1u << 20);
  EXPECT_EQ(values.logging.targets.at("store"), LogLevel::kOff);
  EXPECT_EQ(values.security.trusted_proxy_ranges.size(), 2u);
  EXPECT_FALSE(values.auth.cookie_secure);
  EXPECT_EQ(values.engine.memory_limit, 64u << 20);
  EXPECT_EQ(values.engine.threads, 2);
  EXPECT_EQ(values.execution.statement_timeout_seconds.count(), 30);
  EXPECT_TRUE(values.security.cors.allow_credentials);  // The section is there and silent.
  EXPECT_TRUE(loaded->warnings.empty()) << loaded->warnings.front();
}

TEST_F(SettingsTest, ErrorsNameSettingValueRuleAndPlace) {
  EXPECT_EQ(ErrorOf("[storage]\n\nsync = \"sometimes\"\n"),
            "storage.sync: \"sometimes\" is not one of always, interval (kalamdb.toml:3)");
  EXPECT_EQ(ErrorOf("server.port = 70000\n"),
            "server.port: 70000 is not between 0 and 65535 (kalamdb.toml:1)");
  EXPECT_EQ(ErrorOf("[engine]\nmemory_limit = 1.5\n"),
            "engine.memory_limit: 1.5 is not a size such as 1048576 or \"64MiB\" (kalamdb.toml:2)");
  EXPECT_EQ(ErrorOf("[server]\nhost = [1]\n"),
            "server.host: a list that holds other things than texts is not text (kalamdb.toml:2)");
  EXPECT_EQ(ErrorOf("", {{"KALAMDB_SERVER_PORT", "http"}}),
            "server.port: \"http\" is not a whole number (environment KALAMDB_SERVER_PORT)");
  EXPECT_EQ(ErrorOf("[auth]\njwt_secret = 12345\n"),
            "auth.jwt_secret: the value is not text (kalamdb.toml:2)");
}

TEST_F(SettingsTest, SyntaxErrorsNameTheLineAndStayOnOne) {
  const std::string error = ErrorOf("[server]\nport = = 1\n");
  EXPECT_TRUE(error.starts_with("kalamdb.toml:2: ")) << error;
  EXPECT_EQ(error.find('\n'), error.npos);
  EXPECT_NE(ErrorOf(std::string("[server\0]\n\xff", 11)), "no error");
  EXPECT_NE(ErrorOf("port = 1\nport = 2\n"), "no error");
}

TEST_F(SettingsTest, AMissingFileIsAnError) {
  const auto loaded = LoadSettings({.file = directory_ + "/none.toml", .environment = {}});
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(Shortened(loaded.error().message()),
            "cannot read the configuration file none.toml: No such file or directory");
  EXPECT_FALSE(LoadSettings({.file = directory_, .environment = {}}).has_value());
}

TEST_F(SettingsTest, UnknownKeysAndVariablesAreWarnings) {
  const auto loaded = Load("[server]\nprot = 1\n[storage]\ndata_pth = \"x\"\n",
                           {{"KALAMDB_DATA_DRI", "x"}, {"PATH", "/bin"}, {"KALAMDB_FAULT", ""}});
  ASSERT_TRUE(loaded.has_value());
  ASSERT_EQ(loaded->warnings.size(), 3u);
  EXPECT_EQ(Shortened(loaded->warnings[0]),
            "unknown setting \"server.prot\" (kalamdb.toml:2): did you mean server.port?");
  EXPECT_EQ(
      Shortened(loaded->warnings[1]),
      "unknown setting \"storage.data_pth\" (kalamdb.toml:4): did you mean storage.data_path?");
  EXPECT_EQ(loaded->warnings[2],
            "unknown environment variable KALAMDB_DATA_DRI: did you mean KALAMDB_DATA_DIR?");
}

TEST_F(SettingsTest, KeysOfTheReferenceAreAcceptedSilently) {
  const auto loaded = Load(R"(
[server]
enable_http2 = true
[storage.rocksdb]
sync_writes = false
[storage.rocksdb.cf_profiles.hot_data]
write_buffer_size = 131072
[oauth.providers.google]
client_id = "x"
[flush]
default_row_limit = 10000
[cluster]
node_id = 3
[[cluster.peers]]
node_id = 2
)",
                           {{"KALAMDB_CLUSTER_PEERS", "2@a@b"},
                            {"KALAMDB_OAUTH_ENABLED", "true"},
                            {"KALAMDB_RPC_TLS_CA_CERT", "x"}});
  ASSERT_TRUE(loaded.has_value()) << loaded.error().ToString();
  EXPECT_TRUE(loaded->warnings.empty()) << loaded->warnings.front();
  EXPECT_EQ(loaded->values.cluster.node_id, 3);
}

TEST_F(SettingsTest, TwoNamesOfOneSettingAreAWarning) {
  const LoadedSettings loaded =
      FromEnvironment({{"KALAMDB_DATA_DIR", "/a"}, {"KALAMDB_STORAGE_DATA_PATH", "/b"}});
  EXPECT_EQ(loaded.values.storage.data_path, "/a");
  ASSERT_EQ(loaded.warnings.size(), 1u);
  EXPECT_EQ(
      loaded.warnings[0],
      "KALAMDB_STORAGE_DATA_PATH and KALAMDB_DATA_DIR both set storage.data_path: the latter is "
      "used");
  EXPECT_TRUE(FromEnvironment({{"KALAMDB_DATA_DIR", "/a"}, {"KALAMDB_STORAGE_DATA_PATH", "/a"}})
                  .warnings.empty());
}

TEST_F(SettingsTest, OtherMachinesNeedOriginsAndAStrongSecret) {
  const std::string secret = "0123456789abcdef0123456789abcdef";
  EXPECT_EQ(
      ErrorOf("", {{"KALAMDB_SERVER_HOST", "0.0.0.0"}}),
      "security.cors.allowed_origins: required because server.host 0.0.0.0 can be reached from "
      "other machines; list the origins of your web pages, or \"*\" for any");
  std::map<std::string, std::string> environment = {
      {"KALAMDB_SERVER_HOST", "0.0.0.0"},
      {"KALAMDB_SECURITY_CORS_ALLOWED_ORIGINS", "https://app.example.com"},
      {"KALAMDB_JWT_SECRET", "tooshort"}};
  EXPECT_EQ(ErrorOf("", environment), "auth.jwt_secret: 8 characters are too few, 32 are needed");
  environment["KALAMDB_JWT_SECRET"] = "your-secret-key-at-least-32-chars-change-me";
  EXPECT_NE(ErrorOf("", environment), "no error");
  environment["KALAMDB_JWT_SECRET"] = secret;
  EXPECT_EQ(ErrorOf("", environment), "no error");
  environment["KALAMDB_SECURITY_CORS_ALLOWED_ORIGINS"] = "*";
  EXPECT_EQ(FromEnvironment(environment).warnings.size(), 1u);
}

TEST_F(SettingsTest, AWeakSecretIsAWarningOnALoopbackHost) {
  const LoadedSettings loaded = FromEnvironment({{"KALAMDB_JWT_SECRET", "tooshort"}});
  ASSERT_EQ(loaded.warnings.size(), 1u);
  EXPECT_EQ(loaded.warnings[0].find("tooshort"), std::string::npos);
  EXPECT_EQ(Row(loaded, "auth.jwt_secret").value, "***");
}

TEST_F(SettingsTest, RulesBetweenAndInsideSettings) {
  EXPECT_EQ(ErrorOf("[limits]\ndefault_query_limit = 100\nmax_query_limit = 50\n"),
            "limits.default_query_limit: 100 is above limits.max_query_limit, 50");
  EXPECT_EQ(ErrorOf("[security.cors]\nallowed_origins = [\"example.com\"]\n"),
            "security.cors.allowed_origins: \"example.com\" is not an origin such as "
            "https://app.example.com");
  EXPECT_EQ(ErrorOf("[security]\ntrusted_proxy_ranges = [\"10.0.0.0/33\"]\n"),
            "security.trusted_proxy_ranges: \"10.0.0.0/33\" is not an IP address or CIDR range");
  EXPECT_EQ(ErrorOf("[storage]\nuser_tables_template = \"{namespace}/{tableName}\"\n"),
            "storage.user_tables_template: \"{namespace}/{tableName}\" lacks {userId}");
  EXPECT_EQ(
      ErrorOf("[storage]\nshared_tables_template = \"../{namespace}/{tableName}\"\n"),
      "storage.shared_tables_template: \"../{namespace}/{tableName}\" is not a path below the "
      "storage");
}

TEST(IsLoopbackHost, KnowsTheNamesOfThisMachine) {
  for (const char* host : {"127.0.0.1", "127.1.2.3", "localhost", "::1", "[::1]"}) {
    EXPECT_TRUE(IsLoopbackHost(host)) << host;
  }
  for (const char* host : {"0.0.0.0", "::", "", "127.evil.example", "192.168.0.1", "localhost.x"}) {
    EXPECT_FALSE(IsLoopbackHost(host)) << host;
  }
}

TEST_F(SettingsTest, TheExampleFileSaysTheDefaults) {
  // As it is, and with every setting commented in.
  const std::string example = ExampleSettingsFile();
  std::string active;
  for (size_t begin = 0; begin < example.size();) {
    const size_t end = example.find('\n', begin);
    std::string_view line(example.data() + begin, end - begin);
    const size_t equals = line.find(" = ");
    const bool is_setting =
        line.starts_with("# ") && equals != line.npos && line.find_first_of(" .(", 2) == equals;
    active += std::string(is_setting ? line.substr(2) : line) + "\n";
    begin = end + 1;
  }
  EXPECT_NE(active.find("\nport = 8080\n"), active.npos);
  const auto defaults = ListSettings(LoadedSettings{});
  for (const std::string& text : {example, active}) {
    const auto loaded = Load(text);
    ASSERT_TRUE(loaded.has_value()) << loaded.error().ToString();
    EXPECT_TRUE(loaded->warnings.empty());
    const auto rows = ListSettings(*loaded);
    ASSERT_EQ(rows.size(), defaults.size());
    for (size_t i = 0; i < rows.size(); ++i) {
      EXPECT_EQ(rows[i].value, defaults[i].value) << rows[i].name;
    }
  }
}

}  // namespace
}  // namespace kalamdb
