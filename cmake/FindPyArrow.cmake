# Arrow's C++ libraries out of the pyarrow wheel.
#
# Looks in PUNNET_PYARROW_DIR, else in the virtual environment that tools/setup makes. Defines PyArrow::arrow
# and PyArrow::parquet, and for installing PyArrow_LIBRARY_DIR and PyArrow_LICENSE_DIR. No Python is needed to build or run.

set(PUNNET_PYARROW_DIR "" CACHE PATH "The pyarrow package directory, empty for the project's .venv")

if(PUNNET_PYARROW_DIR)
  set(PyArrow_ROOT_DIR ${PUNNET_PYARROW_DIR})
else()
  file(GLOB PyArrow_ROOT_DIR ${PROJECT_SOURCE_DIR}/.venv/lib/python3*/site-packages/pyarrow)
endif()

set(PyArrow_LIBRARY_DIR ${PyArrow_ROOT_DIR})
set(PyArrow_INCLUDE_DIR ${PyArrow_ROOT_DIR}/include)
set(_config ${PyArrow_INCLUDE_DIR}/arrow/util/config.h)
if(EXISTS "${_config}")
  file(STRINGS ${_config} _lines REGEX "define ARROW_(VERSION_STRING|SO_VERSION) ")
  if(_lines MATCHES "ARROW_VERSION_STRING \"([^\"]+)\"")
    set(PyArrow_VERSION ${CMAKE_MATCH_1})
  endif()
  if(_lines MATCHES "ARROW_SO_VERSION \"([^\"]+)\"")
    set(PyArrow_SO_VERSION ${CMAKE_MATCH_1})
  endif()
  set(PyArrow_CONFIG_HEADER ${_config})
endif()
file(GLOB PyArrow_LICENSE_DIR ${PyArrow_ROOT_DIR}-*.dist-info/licenses)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  PyArrow
  REQUIRED_VARS PyArrow_CONFIG_HEADER PyArrow_SO_VERSION
  VERSION_VAR PyArrow_VERSION
  REASON_FAILURE_MESSAGE "Run tools/setup, or set PUNNET_PYARROW_DIR to the directory of the pyarrow package.")

if(PyArrow_FOUND AND NOT TARGET PyArrow::arrow)
  foreach(_component IN ITEMS arrow parquet)
    set(_soname lib${_component}.so.${PyArrow_SO_VERSION})
    add_library(PyArrow::${_component} SHARED IMPORTED)
    set_target_properties(
      PyArrow::${_component}
      PROPERTIES IMPORTED_LOCATION ${PyArrow_LIBRARY_DIR}/${_soname}
                 IMPORTED_SONAME ${_soname}
                 INTERFACE_INCLUDE_DIRECTORIES ${PyArrow_INCLUDE_DIR})
  endforeach()
  target_link_libraries(PyArrow::parquet INTERFACE PyArrow::arrow)

  # libparquet exports an OpenSSL of its own, without symbol versions. Whatever comes first in NEEDED wins for the whole
  # process, so the real one must: otherwise the first TLS call crashes. See docs/decisions/arrow-from-the-wheel.md.
  target_link_options(PyArrow::parquet INTERFACE
                      "LINKER:--push-state,--no-as-needed,-l:libssl.so.3,-l:libcrypto.so.3,--pop-state")
endif()
