# One place for language level, warnings and sanitizers.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# Without this CMake scans every source for C++20 modules, which we do not use.
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

# Half the compile time of -O3 for the same speed here; memory errors end the process early.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG -D_FORTIFY_SOURCE=2 -fstack-protector-strong")
set(CMAKE_C_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")
# Libraries that nothing calls are not loaded: starting the program costs their relocations.
add_link_options(-Wl,--as-needed)

add_library(muai_flags INTERFACE)
target_compile_options(muai_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Wimplicit-fallthrough -Werror
  # Options are given by name; what is left out keeps its default.
  -Wno-missing-designated-field-initializers
  # Symmetric transfer between coroutines needs tail calls in every build type.
  -foptimize-sibling-calls
  # Error trails and checks name sources as the repository does, not as the machine does.
  -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
if(MUAI_SANITIZE)
  # Global, so that compiled Boost sources and tests agree on the sanitizer.
  add_compile_options(-fsanitize=${MUAI_SANITIZE} -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${MUAI_SANITIZE})
endif()
find_program(MUAI_LLD ld.lld-19)
if(MUAI_LLD)
  add_link_options(-fuse-ld=${MUAI_LLD})
endif()
find_program(MUAI_CCACHE ccache)
if(MUAI_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${MUAI_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${MUAI_CCACHE})
endif()
