# Every library from outside, found in one place. What each is for: docs/dependencies.md.
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json program_options url)
if(RINGBACK_TESTS)
    find_package(Boost 1.81 REQUIRED COMPONENTS unit_test_framework)
endif()
find_package(yaml-cpp REQUIRED)
find_package(spdlog REQUIRED)
find_package(fmt REQUIRED)
find_package(date REQUIRED)
find_package(LibXml2 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(LibArchive REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(CARES REQUIRED IMPORTED_TARGET libcares)
find_library(SOCI_CORE soci_core REQUIRED)
find_library(SOCI_SQLITE3 soci_sqlite3 REQUIRED)
pkg_check_modules(JSC REQUIRED javascriptcoregtk-4.1) # headers only: the library is loaded on first use

# Asio and Beast are compiled once, here, instead of in every file that includes them.
add_library(boost_io STATIC "${CMAKE_SOURCE_DIR}/cmake/asio.cpp" "${CMAKE_SOURCE_DIR}/cmake/beast.cpp")
target_compile_definitions(boost_io PUBLIC
    BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
    BOOST_ASIO_DISABLE_BOOST_COROUTINE)
target_link_libraries(boost_io PUBLIC Boost::headers OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
