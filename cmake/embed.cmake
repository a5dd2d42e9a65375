# ringback_embed(TARGET NAMESPACE FILES a.css b.js ...)
# Puts files into a target at build time, each as a std::string_view:
#   #include "embedded/TARGET.hpp"
#   NAMESPACE::a_css()        the bytes of a.css ("." and "-" in a name become "_")
#   NAMESPACE::find("a.css")  the same by file name, std::nullopt for any other name
# The generated files lie in the build tree and are made again when a file changes.
#
# The same file is the script that writes them, run by CMake itself: no other tool is needed to build.
if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
    string(REPLACE "|" ";" FILES "${FILES}")
    set(DECLARATIONS "")
    set(DEFINITIONS "")
    set(ROWS "")
    foreach(FILE ${FILES})
        get_filename_component(NAME "${FILE}" NAME)
        string(MAKE_C_IDENTIFIER "${NAME}" SYMBOL)
        file(READ "${FILE}" BYTES HEX)
        string(LENGTH "${BYTES}" DIGITS)
        math(EXPR SIZE "${DIGITS} / 2")
        string(REGEX REPLACE "(..)" "0x\\1," BYTES "${BYTES}")
        string(REGEX REPLACE "(................................................................................)" "\\1\n" BYTES "${BYTES}")
        string(APPEND DECLARATIONS "[[nodiscard]] std::string_view ${SYMBOL}() noexcept;\n")
        string(APPEND DEFINITIONS "static const unsigned char ${SYMBOL}_bytes[] = {${BYTES}0x00};\n"
            "std::string_view ${SYMBOL}() noexcept { return {reinterpret_cast<const char*>(${SYMBOL}_bytes), ${SIZE}}; }\n")
        string(APPEND ROWS "    if (name == \"${NAME}\") return ${SYMBOL}();\n")
    endforeach()
    file(WRITE "${HEADER}" "// Made by cmake/embed.cmake.\n#pragma once\n#include <optional>\n#include <string_view>\n"
        "namespace ${NAMESPACE} {\n${DECLARATIONS}"
        "[[nodiscard]] std::optional<std::string_view> find(std::string_view name) noexcept;\n}\n")
    file(WRITE "${SOURCE}" "#include \"${HEADER}\"\nnamespace ${NAMESPACE} {\n${DEFINITIONS}"
        "std::optional<std::string_view> find(std::string_view name) noexcept {\n${ROWS}    return std::nullopt;\n}\n}\n")
    return()
endif()

function(ringback_embed TARGET NAMESPACE)
    cmake_parse_arguments(E "" "" "FILES" ${ARGN})
    set(PATHS "")
    foreach(FILE ${E_FILES})
        get_filename_component(PATH "${FILE}" ABSOLUTE)
        list(APPEND PATHS "${PATH}")
    endforeach()
    # add_custom_command would take a list apart.
    string(REPLACE ";" "|" JOINED "${PATHS}")
    set(FOLDER "${CMAKE_BINARY_DIR}/generated/${TARGET}")
    set(HEADER "${FOLDER}/embedded/${TARGET}.hpp")
    set(SOURCE "${FOLDER}/embedded/${TARGET}.cpp")
    add_custom_command(OUTPUT "${HEADER}" "${SOURCE}"
        COMMAND "${CMAKE_COMMAND}" "-DFILES=${JOINED}" "-DNAMESPACE=${NAMESPACE}" "-DHEADER=${HEADER}"
            "-DSOURCE=${SOURCE}" -P "${CMAKE_CURRENT_FUNCTION_LIST_FILE}"
        DEPENDS ${PATHS} "${CMAKE_CURRENT_FUNCTION_LIST_FILE}" COMMENT "Embedding the files of ${TARGET}" VERBATIM)
    target_sources(${TARGET} PRIVATE "${HEADER}" "${SOURCE}")
    target_include_directories(${TARGET} PRIVATE "${FOLDER}")
endfunction()
