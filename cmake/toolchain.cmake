# SPDX-License-Identifier: Apache-2.0
# Speed-ups that are used when found and never needed: ccache as launcher, mold or lld as linker.

find_program(KALAMDB_CCACHE ccache)
if(KALAMDB_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${KALAMDB_CCACHE}")
endif()

if(NOT DEFINED KALAMDB_LINKER)
  find_program(KALAMDB_MOLD mold)
  find_program(KALAMDB_LLD ld.lld)
  if(KALAMDB_MOLD)
    set(KALAMDB_LINKER mold)
  elseif(KALAMDB_LLD)
    set(KALAMDB_LINKER lld)
  endif()
endif()
