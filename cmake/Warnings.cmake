# Flags of our own targets. Vendor headers are SYSTEM includes and stay silent.

add_library(punnet_flags INTERFACE)
target_compile_options(
  punnet_flags
  INTERFACE -Wall
            -Wextra
            -Wpedantic
            -Wshadow
            -Wconversion
            -Wsign-conversion
            -Wold-style-cast
            -Wnon-virtual-dtor
            -Woverloaded-virtual
            -Wcast-align
            -Wunused
            -Wimplicit-fallthrough
            -Wextra-semi)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(punnet_flags INTERFACE -Wduplicated-cond -Wlogical-op)
endif()
if(PUNNET_WERROR)
  target_compile_options(punnet_flags INTERFACE -Werror)
endif()

if(PUNNET_SANITIZE)
  add_compile_options(-fsanitize=${PUNNET_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${PUNNET_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # The sanitizers' extra branches make this one guess wrong in gcc 12.
    target_compile_options(punnet_flags INTERFACE -Wno-maybe-uninitialized)
  endif()
  if(PUNNET_SANITIZE MATCHES "thread")
    target_compile_options(punnet_flags INTERFACE -Wno-tsan)
  endif()
endif()

if(PUNNET_BUILD_FUZZERS)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

find_program(PUNNET_CCACHE ccache)
if(PUNNET_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # A clone in another folder finds what the last one compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
                                  ${PUNNET_CCACHE})
endif()

find_program(PUNNET_LINKER NAMES ld.mold ld.lld)
if(PUNNET_LINKER MATCHES "ld\\.(mold|lld)$")
  add_link_options(-fuse-ld=${CMAKE_MATCH_1})
endif()
