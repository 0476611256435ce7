# SPDX-License-Identifier: Apache-2.0
# Boost::beast: Asio (with TLS) and Beast, their non-template parts compiled once into a static library instead of into
# every file that includes them.

set(impl "${CMAKE_BINARY_DIR}/generated/boost_beast_impl.cc")
file(CONFIGURE OUTPUT "${impl}" CONTENT [[
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
]] @ONLY)
add_library(kalamdb_boost_beast STATIC EXCLUDE_FROM_ALL "${impl}")
target_compile_definitions(kalamdb_boost_beast PUBLIC
  BOOST_ASIO_SEPARATE_COMPILATION
  BOOST_BEAST_SEPARATE_COMPILATION
  BOOST_ASIO_NO_DEPRECATED)
target_link_libraries(kalamdb_boost_beast PUBLIC Boost::headers OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
set_target_properties(kalamdb_boost_beast PROPERTIES UNITY_BUILD OFF)
add_library(Boost::beast ALIAS kalamdb_boost_beast)
