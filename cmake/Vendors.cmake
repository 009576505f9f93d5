# Everything that is not ours. Versions come from Debian 12; Arrow comes from the pinned Python wheel.

list(PREPEND CMAKE_MODULE_PATH ${CMAKE_CURRENT_LIST_DIR})

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(Boost 1.81 REQUIRED) # headers only
find_package(SQLite3 REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
find_package(tomlplusplus CONFIG REQUIRED)
find_package(Eigen3 3.4 CONFIG REQUIRED)
find_package(fmt CONFIG REQUIRED)
find_package(hwy CONFIG REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(PyArrow 26.0.1 EXACT REQUIRED)

# AUTO: with Kafka where librdkafka is. What is off still builds, and says so when it is asked for.
set(PUNNET_WITH_KAFKA "AUTO" CACHE STRING "The Kafka event log: AUTO, ON or OFF")
if(PUNNET_WITH_KAFKA STREQUAL "AUTO")
  find_package(RdKafka 2.3)
elseif(PUNNET_WITH_KAFKA)
  find_package(RdKafka 2.3 REQUIRED)
endif()

pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
add_library(xxhash::xxhash ALIAS PkgConfig::xxhash)

if(PUNNET_BUILD_TESTS)
  find_package(GTest CONFIG REQUIRED)
  find_package(rapidcheck CONFIG REQUIRED)
endif()
if(PUNNET_BUILD_BENCH)
  find_package(benchmark CONFIG REQUIRED)
endif()
