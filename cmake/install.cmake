include(GNUInstallDirs)
install(TARGETS ringback mock-bin RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(DIRECTORY examples/ DESTINATION "${CMAKE_INSTALL_DATADIR}/ringback/examples")
install(DIRECTORY docs/ DESTINATION "${CMAKE_INSTALL_DOCDIR}/docs") # as in the checkout, so that links hold
install(FILES README.md LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}")
