# muai_embed(LAYER FILES...): the files' text inside the library muai_LAYER, found by file name
# through LAYER_text() of that folder's embedded_texts.h. Written when CMake runs, which it does
# again whenever one of the files changes.
function(muai_embed LAYER)
  string(CONCAT SOURCE "#include \"${LAYER}/embedded_texts.h\"\n\n"
    "#include \"core/embedded_text.h\"\n\nnamespace muai {\nnamespace {\n"
    "constexpr EmbeddedText kTexts[] = {\n")
  foreach(FILE ${ARGN})
    get_filename_component(NAME ${FILE} NAME)
    file(READ ${CMAKE_SOURCE_DIR}/src/${LAYER}/${FILE} TEXT)
    string(APPEND SOURCE "{\"${NAME}\", R\"muai_text(${TEXT})muai_text\"},\n")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
      ${CMAKE_SOURCE_DIR}/src/${LAYER}/${FILE})
  endforeach()
  string(APPEND SOURCE "};\n}  // namespace\n\n"
    "std::string_view ${LAYER}_text(std::string_view name) { return text_named(kTexts, name); }\n\n"
    "}  // namespace muai\n")
  set(OUTPUT ${CMAKE_BINARY_DIR}/embedded/${LAYER}.cpp)
  set(WRITTEN "")
  if(EXISTS ${OUTPUT})
    file(READ ${OUTPUT} WRITTEN)
  endif()
  if(NOT WRITTEN STREQUAL SOURCE)
    file(WRITE ${OUTPUT} "${SOURCE}")
  endif()
  target_sources(muai_${LAYER} PRIVATE ${OUTPUT})
endfunction()
