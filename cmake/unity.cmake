# SPDX-License-Identifier: Apache-2.0
# Sources that stay translation units of their own in a unity build, because a name in their anonymous namespace or a
# using-declaration also exists in another file of their module. Renaming is better than a line here.
set(KALAMDB_UNITY_SEPARATE
  src/base/log.cc                # OneLine: settings_file.cc
  src/server/auth/jwt.cc         # Invalid, Malformed: authenticator.cc, multipart.cc
  src/service/bootstrap.cc       # kDefaultNamespace
  src/service/name_rules.cc      # kDefaultNamespace
  src/service/table_ddl.cc       # Missing: show.cc
  src/service/table_rules.cc     # Column
  src/service/user_rules.cc      # IsControl: storage_rules.cc
  src/types/coerce.cc            # kUuidBytes: key_codec.cc
  src/types/json_codec.cc        # kEveryByte, kHighBits: text_check.cc
  src/types/schema.cc            # kDecimalPrecisionMax: data_type.cc
  src/types/text_format.cc)      # kDecimalPrecisionMax, kUuidBytes
