# The Rust library of bridge/: HDFS and Cassandra. Why, and how it is built: docs/decisions/rust-bridge.md.
#
# AUTO: with the cluster where cargo is. Defines PUNNET_CLUSTER_FOUND and the target PunnetRust::bridge.

set(PUNNET_WITH_CLUSTER "AUTO" CACHE STRING "HDFS and Cassandra: AUTO, ON or OFF")
set(PUNNET_CLUSTER_FOUND FALSE)

if(PUNNET_WITH_CLUSTER)
  find_program(PUNNET_CARGO cargo DOC "cargo 1.88 or later")
  set(_cargo_version "none")
  if(PUNNET_CARGO)
    execute_process(COMMAND ${PUNNET_CARGO} --version OUTPUT_VARIABLE _cargo_says ERROR_QUIET)
    if(_cargo_says MATCHES "^cargo ([0-9.]+)")
      set(_cargo_version ${CMAKE_MATCH_1})
    endif()
  endif()
  if(_cargo_version VERSION_GREATER_EQUAL 1.88)
    set(PUNNET_CLUSTER_FOUND TRUE)
  elseif(PUNNET_WITH_CLUSTER STREQUAL "AUTO")
    message(STATUS "cargo 1.88 or later: ${_cargo_version} found; built without HDFS and Cassandra (tools/setup --cluster)")
  else()
    message(FATAL_ERROR "PUNNET_WITH_CLUSTER needs cargo 1.88 or later, found ${_cargo_version}: run tools/setup --cluster, "
                        "or build without HDFS and Cassandra: -DPUNNET_WITH_CLUSTER=OFF")
  endif()
endif()

if(PUNNET_CLUSTER_FOUND)
  set(_rust ${PROJECT_BINARY_DIR}/rust)
  set(_library ${_rust}/libpunnet_rust.a)
  file(GLOB _sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/bridge/src/*.rs)
  set(_headers)
  foreach(_source IN LISTS _sources)
    file(STRINGS ${_source} _bridges REGEX "^#\\[cxx::bridge")
    if(_bridges)
      get_filename_component(_name ${_source} NAME)
      list(APPEND _headers ${_rust}/include/punnet_bridge/src/${_name}.h)
    endif()
  endforeach()
  add_custom_command(
    OUTPUT ${_library}
    BYPRODUCTS ${_headers} ${_rust}/include/rust/cxx.h
    COMMAND ${PROJECT_SOURCE_DIR}/tools/build-bridge ${_rust} --cargo ${PUNNET_CARGO}
    COMMAND ${CMAKE_COMMAND} -E touch ${_library}
    DEPENDS ${_sources} ${PROJECT_SOURCE_DIR}/bridge/build.rs ${PROJECT_SOURCE_DIR}/bridge/Cargo.toml
            ${PROJECT_SOURCE_DIR}/bridge/Cargo.lock ${PROJECT_SOURCE_DIR}/tools/build-bridge
    COMMENT "Building the Rust library (minutes the first time)"
    USES_TERMINAL VERBATIM)
  add_custom_target(punnet_rust DEPENDS ${_library})

  file(MAKE_DIRECTORY ${_rust}/include)
  add_library(PunnetRust::bridge STATIC IMPORTED GLOBAL)
  set_target_properties(
    PunnetRust::bridge
    PROPERTIES IMPORTED_LOCATION ${_library}
               INTERFACE_INCLUDE_DIRECTORIES ${_rust}/include
               INTERFACE_LINK_LIBRARIES "OpenSSL::SSL;OpenSSL::Crypto;Threads::Threads;dl;m")
  add_dependencies(PunnetRust::bridge punnet_rust)
endif()
