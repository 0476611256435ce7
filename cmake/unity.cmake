# SPDX-License-Identifier: Apache-2.0
# Unity builds: several sources of a module are compiled as one. Most of a compile is the parsing of headers, so this
# more than halves the time of a build from nothing (docs/adr/0007).

# Sources in one translation unit. More of them leave one of two cores idle at the end of a module.
set(KALAMDB_UNITY_SOURCES_MAX 8)

# Sources that stay translation units of their own in a unity build, because a name in their anonymous namespace or a
# using-declaration also exists in another file of their module. Renaming is better than a line here.
set(KALAMDB_UNITY_SEPARATE
  src/app/build_info.cc          # Definitions of its own, and compiled anew every day.
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

# Says which sources of a module are compiled together. Those that include DuckDB (duck_*) are apart from the others,
# which would otherwise pay for its headers.
function(kalamdb_group_sources target module)
  set_target_properties(${target} PROPERTIES UNITY_BUILD_MODE GROUP)
  set(count_duck 0)
  set(count_plain 0)
  foreach(source IN LISTS ARGN)
    if("src/${module}/${source}" IN_LIST KALAMDB_UNITY_SEPARATE)
      continue()
    endif()
    set(kind plain)
    if(source MATCHES "(^|/)duck_")
      set(kind duck)
    endif()
    math(EXPR number "${count_${kind}} / ${KALAMDB_UNITY_SOURCES_MAX}")
    math(EXPR count_${kind} "${count_${kind}} + 1")
    set_source_files_properties("${source}" PROPERTIES UNITY_GROUP "${kind}${number}")
  endforeach()
endfunction()
