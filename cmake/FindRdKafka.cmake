# librdkafka: the C API's header from Debian's librdkafka-dev, the library out of the confluent-kafka wheel.
#
# Why two sources: docs/decisions/kafka-client.md. The library is PUNNET_RDKAFKA_LIBRARY, else the one in the virtual environment
# that tools/setup makes. Defines RdKafka::rdkafka, and for installing RdKafka_LIBRARY and RdKafka_LICENSE.

set(PUNNET_RDKAFKA_LIBRARY "" CACHE FILEPATH "librdkafka.so.1 of version 2.3 or later, empty for that of the project's .venv")

set(_site ${PROJECT_SOURCE_DIR}/.venv/lib/python3*/site-packages)
if(PUNNET_RDKAFKA_LIBRARY)
  set(RdKafka_LIBRARY ${PUNNET_RDKAFKA_LIBRARY})
else()
  file(GLOB RdKafka_LIBRARY ${_site}/confluent_kafka.libs/librdkafka-*.so.1)
  file(GLOB _metadata ${_site}/confluent_kafka-*.dist-info)
  if(_metadata MATCHES "confluent_kafka-([0-9.]+)\\.dist-info$")
    set(RdKafka_VERSION ${CMAKE_MATCH_1})
  endif()
  file(GLOB RdKafka_LICENSE ${_metadata}/licenses/LICENSE ${_metadata}/LICENSE)
endif()
find_path(RdKafka_INCLUDE_DIR librdkafka/rdkafka.h)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  RdKafka
  REQUIRED_VARS RdKafka_LIBRARY RdKafka_INCLUDE_DIR
  VERSION_VAR RdKafka_VERSION
  REASON_FAILURE_MESSAGE "Run tools/setup, or build without Kafka: -DPUNNET_WITH_KAFKA=OFF.")

if(RdKafka_FOUND AND NOT TARGET RdKafka::rdkafka)
  get_filename_component(_soname ${RdKafka_LIBRARY} NAME)
  add_library(RdKafka::rdkafka SHARED IMPORTED)
  set_target_properties(
    RdKafka::rdkafka
    PROPERTIES IMPORTED_LOCATION ${RdKafka_LIBRARY}
               IMPORTED_SONAME ${_soname}
               INTERFACE_INCLUDE_DIRECTORIES ${RdKafka_INCLUDE_DIR})
endif()
