# punnet_module(): the one function that every folder under src/ calls.
#
#   punnet_module(NAME stream            library punnet_stream, test punnet_stream_test
#     SOURCES apply_batch.cc             none: a header-only (INTERFACE) library
#     HEADERS apply_batch.h              included as "stream/apply_batch.h"; each must compile alone
#     TESTS apply_batch_test.cc          linked with gtest, gmock and gtest's main
#     DEPENDS base domain                our folders, by name; visible to those who use this one
#     VENDORS PyArrow::parquet           vendors' targets; never visible outside this folder
#     TEST_DEPENDS embedded              the same two for the test alone
#     TEST_VENDORS rapidcheck)
#
# Tests see the whole repository as an include root too ("tests/contract/file_store_contract.h") and run in it: paths of this
# clone in what is compiled would keep other clones from sharing it. A test whose name contains "Contract" gets the label
# contract, every other one the label unit.

include(GoogleTest)

set(PUNNET_SOURCE_ROOT ${PROJECT_SOURCE_DIR}/src)
set(PUNNET_TEST_TIMEOUT_SECONDS 60)
if(PUNNET_SANITIZE)
  set(PUNNET_TEST_TIMEOUT_SECONDS 300)
endif()

function(punnet_module)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "SOURCES;HEADERS;TESTS;DEPENDS;VENDORS;TEST_DEPENDS;TEST_VENDORS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "punnet_module(${arg_NAME}): unknown arguments: ${arg_UNPARSED_ARGUMENTS}")
  endif()

  set(library punnet_${arg_NAME})
  list(TRANSFORM arg_DEPENDS PREPEND punnet_)
  list(TRANSFORM arg_TEST_DEPENDS PREPEND punnet_)

  if(arg_SOURCES)
    add_library(${library} STATIC ${arg_SOURCES})
    target_sources(${library} PUBLIC FILE_SET HEADERS BASE_DIRS ${PUNNET_SOURCE_ROOT} FILES ${arg_HEADERS})
    target_link_libraries(${library} PUBLIC ${arg_DEPENDS} PRIVATE punnet_flags ${arg_VENDORS})
  else()
    add_library(${library} INTERFACE)
    target_sources(${library} INTERFACE FILE_SET HEADERS BASE_DIRS ${PUNNET_SOURCE_ROOT} FILES ${arg_HEADERS})
    target_link_libraries(${library} INTERFACE ${arg_DEPENDS} ${arg_VENDORS})
  endif()

  if(PUNNET_BUILD_TESTS AND arg_TESTS)
    punnet_test(
      NAME ${library}_test
      SOURCES ${arg_TESTS}
      LIBRARIES ${library} ${arg_TEST_DEPENDS} ${arg_VENDORS} ${arg_TEST_VENDORS})
  endif()
endfunction()

# punnet_test(NAME SOURCES LIBRARIES [LONG]): a gtest executable, its tests known to ctest one by one. LONG ones begin first, so
# that none is left running alone at the end, and have five times as long before they count as hanging.
function(punnet_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "LONG" "NAME" "SOURCES;LIBRARIES")
  set(cost 0)
  set(timeout ${PUNNET_TEST_TIMEOUT_SECONDS})
  if(arg_LONG)
    set(cost 1000)
    math(EXPR timeout "5 * ${timeout}")
  endif()
  add_executable(${arg_NAME} ${arg_SOURCES})
  target_include_directories(${arg_NAME} PRIVATE ${PUNNET_SOURCE_ROOT} ${PROJECT_SOURCE_DIR})
  target_link_libraries(${arg_NAME} PRIVATE punnet_flags ${arg_LIBRARIES} GTest::gmock GTest::gtest_main)
  set_target_properties(${arg_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  foreach(label IN ITEMS unit contract)
    if(label STREQUAL "contract")
      set(filter "*Contract*")
    else()
      set(filter "-*Contract*")
    endif()
    gtest_discover_tests(
      ${arg_NAME}
      TEST_FILTER ${filter}
      TEST_LIST ${arg_NAME}_${label}
      DISCOVERY_MODE PRE_TEST
      DISCOVERY_TIMEOUT 60
      WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
      PROPERTIES LABELS ${label} TIMEOUT ${timeout} COST ${cost})
  endforeach()
endfunction()

# punnet_program(NAME SOURCES DEPENDS VENDORS): an executable in the root of the build directory.
function(punnet_program)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "SOURCES;DEPENDS;VENDORS")
  list(TRANSFORM arg_DEPENDS PREPEND punnet_)
  add_executable(${arg_NAME} ${arg_SOURCES})
  target_include_directories(${arg_NAME} PRIVATE ${PUNNET_SOURCE_ROOT})
  target_link_libraries(${arg_NAME} PRIVATE punnet_flags ${arg_DEPENDS} ${arg_VENDORS})
  set_target_properties(${arg_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
endfunction()
