# Third-party libraries, all from Debian 12, each as the target muai_lib_NAME that layers name.
set(Boost_NO_WARN_NEW_VERSIONS ON)
find_package(Boost 1.81 EXACT REQUIRED COMPONENTS json)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(fmt REQUIRED)

function(muai_library NAME)
  add_library(muai_lib_${NAME} INTERFACE)
  target_link_libraries(muai_lib_${NAME} INTERFACE ${ARGN})
endfunction()

function(muai_pkg_library NAME PACKAGE)
  pkg_check_modules(${NAME} REQUIRED IMPORTED_TARGET ${PACKAGE})
  muai_library(${NAME} PkgConfig::${NAME})
endfunction()

muai_library(boost_json Boost::json)
muai_library(fmt fmt::fmt)
muai_library(crypto crypto)
muai_library(multiprecision Boost::headers)
muai_library(hnswlib)
# Its hints to the processor read behind the ends of its lists.
target_compile_definitions(muai_lib_hnswlib INTERFACE NO_MANUAL_VECTORIZATION)
muai_library(re2 re2)
muai_library(stemmer stemmer)
muai_library(yaml yaml-cpp)
muai_library(md4c md4c)
muai_library(simdjson simdjson)
muai_library(icu icuuc icui18n icudata)
muai_pkg_library(zstd libzstd)
muai_pkg_library(curl libcurl)
muai_pkg_library(cares libcares)
muai_pkg_library(gumbo gumbo)
muai_pkg_library(zip libzip)
muai_pkg_library(pugixml pugixml)
muai_pkg_library(sqlite sqlite3)

# Asio is compiled once: its headers are the heaviest we include.
muai_library(asio Boost::headers Threads::Threads)
target_compile_definitions(muai_lib_asio INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)
