# What nearly every file of a room that does I/O includes; compiled once per room.
set(RINGBACK_PRECOMPILED
    <boost/asio/awaitable.hpp> <boost/asio/co_spawn.hpp> <boost/asio/experimental/awaitable_operators.hpp>
    <boost/asio/redirect_error.hpp> <boost/asio/steady_timer.hpp> <boost/asio/use_awaitable.hpp> <boost/json.hpp>
    <boost/system/result.hpp> <chrono> <functional> <map> <memory> <optional> <string> <variant> <vector>)

# ringback_room(NAME [SOURCES ...] [USES ...] [LIBRARIES ...])
# A room is one static library of its own name. USES names rooms above it; LIBRARIES come from outside.
function(ringback_room NAME)
    cmake_parse_arguments(ROOM "" "" "SOURCES;USES;LIBRARIES" ${ARGN})
    add_library(${NAME} STATIC ${ROOM_SOURCES})
    set_target_properties(${NAME} PROPERTIES OUTPUT_NAME "ringback_${NAME}")
    target_include_directories(${NAME} PUBLIC "${CMAKE_SOURCE_DIR}")
    target_link_libraries(${NAME} PUBLIC ${ROOM_USES} ${ROOM_LIBRARIES} PRIVATE ringback_flags)
    if("net" IN_LIST ROOM_USES OR "boost_io" IN_LIST ROOM_LIBRARIES)
        target_precompile_headers(${NAME} PRIVATE ${RINGBACK_PRECOMPILED})
    endif()
endfunction()

# In a sanitizer build, what the sanitizers are to leave alone becomes part of each program.
function(ringback_sanitized PROGRAM)
    if(RINGBACK_SANITIZE)
        target_sources(${PROGRAM} PRIVATE "${CMAKE_SOURCE_DIR}/cmake/sanitizer_defaults.cpp")
        set_source_files_properties("${CMAKE_SOURCE_DIR}/cmake/sanitizer_defaults.cpp" PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
    endif()
endfunction()

# ringback_program(NAME SOURCES ... USES ...): an executable that lands in bin/.
function(ringback_program NAME)
    cmake_parse_arguments(PROGRAM "" "" "SOURCES;USES;LIBRARIES" ${ARGN})
    add_executable(${NAME} ${PROGRAM_SOURCES})
    target_include_directories(${NAME} PRIVATE "${CMAKE_SOURCE_DIR}")
    target_link_libraries(${NAME} PRIVATE ${PROGRAM_USES} ${PROGRAM_LIBRARIES} ringback_flags)
    ringback_sanitized(${NAME})
endfunction()

# ringback_unit_tests(ROOM SOURCES a_test.cpp ... [USES ...])
# One Boost.Test program per room; each file holds one suite of its own name (without _test), one ctest entry each.
function(ringback_unit_tests ROOM)
    cmake_parse_arguments(T "" "" "SOURCES;USES;LIBRARIES" ${ARGN})
    set(PROGRAM "unit-${ROOM}")
    add_executable(${PROGRAM} "${CMAKE_SOURCE_DIR}/tests/unit/main.cpp" ${T_SOURCES})
    target_include_directories(${PROGRAM} PRIVATE "${CMAKE_SOURCE_DIR}")
    target_compile_definitions(${PROGRAM} PRIVATE BOOST_TEST_DYN_LINK
        RINGBACK_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    target_link_libraries(${PROGRAM} PRIVATE ${T_USES} ${T_LIBRARIES} Boost::unit_test_framework ringback_flags)
    target_precompile_headers(${PROGRAM} PRIVATE <boost/test/unit_test.hpp> <string> <vector>)
    # It names the test module before the first include, which a precompiled header would have made already.
    set_source_files_properties("${CMAKE_SOURCE_DIR}/tests/unit/main.cpp" PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
    ringback_sanitized(${PROGRAM})
    foreach(SOURCE ${T_SOURCES})
        get_filename_component(SUITE "${SOURCE}" NAME_WE)
        string(REGEX REPLACE "_test$" "" SUITE "${SUITE}")
        add_test(NAME "unit.${ROOM}.${SUITE}" COMMAND ${PROGRAM} --run_test=${SUITE} --log_level=error --report_level=short)
        set_tests_properties("unit.${ROOM}.${SUITE}" PROPERTIES LABELS unit TIMEOUT 120)
    endforeach()
endfunction()

# ringback_fuzz_target(NAME SOURCE USES ...): libFuzzer program with its seeds in tests/fuzz/seeds/NAME.
# Without RINGBACK_FUZZ the same source replays its seeds as a unit test, so that a target cannot rot.
function(ringback_fuzz_target NAME SOURCE)
    cmake_parse_arguments(F "" "" "USES;LIBRARIES" ${ARGN})
    add_executable(fuzz-${NAME} ${SOURCE})
    target_include_directories(fuzz-${NAME} PRIVATE "${CMAKE_SOURCE_DIR}")
    target_link_libraries(fuzz-${NAME} PRIVATE ${F_USES} ${F_LIBRARIES} ringback_flags)
    ringback_sanitized(fuzz-${NAME})
    if(RINGBACK_FUZZ)
        target_link_options(fuzz-${NAME} PRIVATE -fsanitize=fuzzer)
        add_test(NAME "fuzz.${NAME}" COMMAND fuzz-${NAME} -max_total_time=20 -rss_limit_mb=2048 -timeout=10
            "${CMAKE_CURRENT_BINARY_DIR}/corpus-${NAME}" "${CMAKE_SOURCE_DIR}/tests/fuzz/seeds/${NAME}")
        file(MAKE_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/corpus-${NAME}")
    else()
        target_sources(fuzz-${NAME} PRIVATE "${CMAKE_SOURCE_DIR}/tests/fuzz/replay_main.cpp")
        add_test(NAME "fuzz.${NAME}.seeds" COMMAND fuzz-${NAME} "${CMAKE_SOURCE_DIR}/tests/fuzz/seeds/${NAME}")
        set_tests_properties("fuzz.${NAME}.seeds" PROPERTIES LABELS unit TIMEOUT 60)
    endif()
endfunction()

# ringback_node_test(FILE LABEL [TIMEOUT seconds]): an integration or browser test, run by Node's own test runner
# against the built programs.
function(ringback_node_test FILE LABEL)
    cmake_parse_arguments(N "" "TIMEOUT" "" ${ARGN})
    if(NOT N_TIMEOUT)
        set(N_TIMEOUT 120)
    endif()
    get_filename_component(STEM "${FILE}" NAME_WE)
    add_test(NAME "${LABEL}.${STEM}" COMMAND "${NODE}" --test "${CMAKE_CURRENT_SOURCE_DIR}/${FILE}")
    set_tests_properties("${LABEL}.${STEM}" PROPERTIES LABELS ${LABEL} TIMEOUT ${N_TIMEOUT}
        ENVIRONMENT "RINGBACK_BIN=${CMAKE_BINARY_DIR}/bin;RINGBACK_SOURCE=${CMAKE_SOURCE_DIR}")
endfunction()
