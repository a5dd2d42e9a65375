# Flags that every target of ours has. Libraries from outside are included as system headers.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
set(THREADS_PREFER_PTHREAD_FLAG ON)

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release)
endif()

find_program(CCACHE ccache)
if(CCACHE)
    # Precompiled headers and ccache agree only with this much sloppiness (ccache manual, "Precompiled headers").
    set(CMAKE_CXX_COMPILER_LAUNCHER
        "${CMAKE_COMMAND}" -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
        "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_NOHASHDIR=1 "${CCACHE}")
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)
    endif()
endif()

add_library(ringback_flags INTERFACE)
target_compile_options(ringback_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 reports these inside optimised coroutine frames, std::string (its bugs 105329 and 105651) and Boost headers
    # without cause; the sanitizers watch the same ground.
    target_compile_options(ringback_flags INTERFACE -fcoroutines -Wno-maybe-uninitialized -Wno-mismatched-new-delete
        -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds -Wno-dangling-pointer
        -Wno-free-nonheap-object)
endif()
if(RINGBACK_WERROR)
    target_compile_options(ringback_flags INTERFACE -Werror)
endif()
if(RINGBACK_SANITIZE)
    # vptr: the script library finds our instrumented std::shared_ptr symbols and is no part of what is checked.
    add_compile_options(-fsanitize=${RINGBACK_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined
        -fno-sanitize=vptr)
    add_link_options(-fsanitize=${RINGBACK_SANITIZE})
    target_compile_options(ringback_flags INTERFACE -Wno-error)
endif()
if(RINGBACK_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()
