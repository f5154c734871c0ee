# The Debian package: the program, its licence and change log. `./dev package` runs it.
include(GNUInstallDirs)
install(FILES ${CMAKE_SOURCE_DIR}/LICENSE COMPONENT program
  DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)
install(FILES ${CMAKE_SOURCE_DIR}/CHANGELOG.md ${CMAKE_SOURCE_DIR}/README.md COMPONENT program
  DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME muai)
set(CPACK_PACKAGE_VENDOR "The MuAI authors")
set(CPACK_PACKAGE_CONTACT "The MuAI authors <muai@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "question answering with checked citations and traces")
set(CPACK_PACKAGE_DESCRIPTION
  "MuAI answers questions from documents and the web with graphs of small steps. Every sentence
of an answer cites the passage it came from, the citation can be re-verified, and every run
leaves a trace of what each step did and cost. It needs no model and no network.")
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL program)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_DEBIAN_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
# Exact versions of the shared libraries this build was linked with, found by dpkg-shlibdeps.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates, poppler-utils")
include(CPack)
