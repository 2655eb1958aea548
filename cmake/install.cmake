# Headers, a CMake package and a pkg-config file; nothing compiled, so one installation serves every processor.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_DATADIR}/cmake/stepgpt)

install(DIRECTORY include/stepgpt DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS stepgpt EXPORT stepgpt)
install(EXPORT stepgpt NAMESPACE stepgpt:: FILE stepgptTargets.cmake DESTINATION ${package_dir})

configure_package_config_file(cmake/stepgptConfig.cmake.in stepgptConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(stepgptConfigVersion.cmake COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
configure_file(stepgpt.pc.in stepgpt.pc @ONLY)

install(FILES
    ${CMAKE_CURRENT_BINARY_DIR}/stepgptConfig.cmake
    ${CMAKE_CURRENT_BINARY_DIR}/stepgptConfigVersion.cmake
    cmake/stepgptCompiler.cmake
    cmake/stepgptCuda.cmake
    DESTINATION ${package_dir})
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/stepgpt.pc DESTINATION ${CMAKE_INSTALL_DATADIR}/pkgconfig)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY tools/gdb tools/lldb DESTINATION ${CMAKE_INSTALL_DATADIR}/stepgpt FILES_MATCHING PATTERN "*.py")
