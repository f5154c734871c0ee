# Every kind of test of the style guide, found by its folder; each is one ctest entry.

# muai_test_program(NAME LIBRARY SOURCES...): a GoogleTest and RapidCheck program.
function(muai_test_program NAME LIBRARY)
  add_executable(${NAME} ${ARGN})
  target_include_directories(${NAME} PRIVATE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/src)
  target_compile_definitions(${NAME} PRIVATE MUAI_TEST_DATA="${CMAKE_SOURCE_DIR}/tests/data")
  target_link_libraries(${NAME} PRIVATE muai_flags ${LIBRARY} GTest::gmock GTest::gtest_main
    ${MUAI_RAPIDCHECK})
  add_test(NAME ${NAME} COMMAND ${NAME})
  set_tests_properties(${NAME} PROPERTIES TIMEOUT 600)
endfunction()

# One program per folder tests/unit/LAYER: it links that layer and what the layer uses, no more.
function(muai_unit_tests)
  get_property(LAYERS GLOBAL PROPERTY MUAI_LAYERS)
  foreach(LAYER ${LAYERS})
    file(GLOB SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/unit/${LAYER}/*_test.cpp)
    if(SOURCES)
      muai_test_program(unit_${LAYER} muai_${LAYER} ${SOURCES})
    endif()
  endforeach()
endfunction()

# One program for each tests/KIND/*.cpp; tests/support is compiled once and linked into all.
# Those of tests/soak do little here and their full work when MUAI_SOAK=1 (./dev soak). Those of
# tests/llama need a real llama-server, which MUAI_LLAMA_SERVER names; without one ./dev leaves the
# label llama out.
function(muai_whole_tests)
  file(GLOB SUPPORT CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/support/*.cpp)
  set(LIBRARIES muai)
  if(SUPPORT)
    add_library(muai_test_support STATIC ${SUPPORT})
    target_include_directories(muai_test_support PRIVATE ${CMAKE_SOURCE_DIR}
      ${CMAKE_SOURCE_DIR}/src)
    target_compile_definitions(muai_test_support PRIVATE
      MUAI_TEST_DATA="${CMAKE_SOURCE_DIR}/tests/data")
    target_link_libraries(muai_test_support PRIVATE muai_flags PUBLIC muai)
    set(LIBRARIES muai_test_support)
  endif()
  muai_test_tools(${LIBRARIES})
  foreach(KIND property integration soak llama)
    file(GLOB SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/${KIND}/*.cpp)
    foreach(SOURCE ${SOURCES})
      get_filename_component(STEM ${SOURCE} NAME_WE)
      muai_test_program(${KIND}_${STEM} ${LIBRARIES} ${SOURCE})
      if(KIND STREQUAL "soak")
        set_tests_properties(${KIND}_${STEM} PROPERTIES LABELS soak TIMEOUT 7200)
      elseif(KIND STREQUAL "llama")
        set_tests_properties(${KIND}_${STEM} PROPERTIES LABELS llama)
      endif()
      target_compile_definitions(${KIND}_${STEM} PRIVATE
        MUAI_TEST_PROGRAMS="${CMAKE_BINARY_DIR}/tests/programs")
      add_dependencies(${KIND}_${STEM} test_programs)
    endforeach()
  endforeach()
endfunction()

# Programs that tests run: each tests/programs/*.cpp, into the folder that MUAI_TEST_PROGRAMS names
# to C++ tests and to scripts.
function(muai_test_tools)
  add_custom_target(test_programs)
  file(GLOB SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/programs/*.cpp)
  foreach(SOURCE ${SOURCES})
    get_filename_component(STEM ${SOURCE} NAME_WE)
    add_executable(program_${STEM} ${SOURCE})
    set_target_properties(program_${STEM} PROPERTIES OUTPUT_NAME ${STEM}
      RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests/programs)
    target_include_directories(program_${STEM} PRIVATE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(program_${STEM} PRIVATE muai_flags ${ARGN})
    add_dependencies(test_programs program_${STEM})
  endforeach()
endfunction()

# Each examples/*.cpp is built and must exit 0.
function(muai_examples)
  file(GLOB SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/examples/*.cpp)
  foreach(SOURCE ${SOURCES})
    get_filename_component(STEM ${SOURCE} NAME_WE)
    add_executable(example_${STEM} ${SOURCE})
    target_link_libraries(example_${STEM} PRIVATE muai_flags muai)
    add_test(NAME example_${STEM} COMMAND example_${STEM})
  endforeach()
endfunction()

# Each public header compiles alone: one object per header that includes nothing else.
function(muai_header_tests)
  file(GLOB_RECURSE HEADERS CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/include
    ${CMAKE_SOURCE_DIR}/include/muai/*.h)
  set(SOURCES)
  foreach(HEADER ${HEADERS})
    string(REPLACE "/" "_" STEM ${HEADER})
    set(SOURCE ${CMAKE_BINARY_DIR}/headers/${STEM}.cpp)
    file(CONFIGURE OUTPUT ${SOURCE} CONTENT "#include \"${HEADER}\"\n")
    list(APPEND SOURCES ${SOURCE})
  endforeach()
  add_library(public_headers OBJECT ${SOURCES})
  target_include_directories(public_headers PRIVATE ${CMAKE_SOURCE_DIR}/include)
  target_link_libraries(public_headers PRIVATE muai_flags)
endfunction()

# Each tests/compile_fail/*.cpp compiles as it is, and does not with -DMUAI_WRONG.
function(muai_compile_fail_tests)
  file(GLOB SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/compile_fail/*.cpp)
  foreach(SOURCE ${SOURCES})
    get_filename_component(STEM ${SOURCE} NAME_WE)
    set(COMMAND ${CMAKE_CXX_COMPILER} -std=c++23 -Wall -Werror -fsyntax-only
      -I${CMAKE_SOURCE_DIR}/include ${SOURCE})
    add_test(NAME compile_ok_${STEM} COMMAND ${COMMAND})
    add_test(NAME compile_fail_${STEM} COMMAND ${COMMAND} -DMUAI_WRONG)
    set_tests_properties(compile_fail_${STEM} PROPERTIES WILL_FAIL ON)
  endforeach()
endfunction()

# Scripts, each in a fresh folder of its own with MUAI naming the built program: tests/e2e/*.sh
# and *.py but for the files that begin with "_", which they share. llama_*.py need a real
# llama-server, as above.
function(muai_end_to_end_tests)
  if(NOT TARGET muai_program)
    return()
  endif()
  file(GLOB SCRIPTS CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/e2e/[a-z]*.sh
    ${CMAKE_SOURCE_DIR}/tests/e2e/[a-z]*.py)
  foreach(SCRIPT ${SCRIPTS})
    get_filename_component(STEM ${SCRIPT} NAME_WE)
    muai_script_test(e2e_${STEM} ${SCRIPT})
    if(STEM MATCHES "^llama_")
      set_tests_properties(e2e_${STEM} PROPERTIES LABELS llama)
    endif()
  endforeach()
  muai_script_test(readme ${CMAKE_SOURCE_DIR}/tools/readme_check.py ${CMAKE_SOURCE_DIR}/README.md)
endfunction()

function(muai_script_test NAME)
  add_test(NAME ${NAME} COMMAND ${CMAKE_SOURCE_DIR}/tests/support/in_fresh_folder.sh
    $<TARGET_FILE:muai_program> ${ARGN})
  set_tests_properties(${NAME} PROPERTIES TIMEOUT 600
    ENVIRONMENT "MUAI_SOURCE=${CMAKE_SOURCE_DIR};MUAI_TEST_DATA=${CMAKE_SOURCE_DIR}/tests/data;\
MUAI_TEST_PROGRAMS=${CMAKE_BINARY_DIR}/tests/programs")
endfunction()

# The tree itself, and the tests of the tools.
function(muai_tool_tests)
  find_program(MUAI_PYTHON python3 REQUIRED)
  add_test(NAME check_tree COMMAND ${MUAI_PYTHON} ${CMAKE_SOURCE_DIR}/tools/check_tree.py)
  file(GLOB TESTS CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tools/*_test.py)
  foreach(TEST ${TESTS})
    get_filename_component(STEM ${TEST} NAME_WE)
    add_test(NAME tools_${STEM} COMMAND ${MUAI_PYTHON} ${TEST})
  endforeach()
endfunction()

function(muai_tests)
  find_package(GTest REQUIRED)
  find_library(MUAI_RAPIDCHECK rapidcheck REQUIRED)
  muai_unit_tests()
  muai_whole_tests()
  muai_examples()
  muai_header_tests()
  muai_compile_fail_tests()
  muai_end_to_end_tests()
  muai_tool_tests()
  if(EXISTS ${CMAKE_SOURCE_DIR}/tests/CMakeLists.txt)
    add_subdirectory(${CMAKE_SOURCE_DIR}/tests)
  endif()
endfunction()
