include(GNUInstallDirs)
install(TARGETS ringback mock-bin RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(DIRECTORY examples/ DESTINATION "${CMAKE_INSTALL_DOCDIR}/examples") # beside the README, so that links hold
install(DIRECTORY docs/ DESTINATION "${CMAKE_INSTALL_DOCDIR}/docs")
install(FILES README.md LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}")
