ringback_unit_tests(tools
    SOURCES
        ${CMAKE_CURRENT_LIST_DIR}/mock_bin_bin_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/mock_bin_definition_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/mock_bin_entry_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/mock_bin_journal_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/mock_bin_json_path_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/mock_bin_negotiation_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/mock_bin_options_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/mock_bin_pattern_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/mock_bin_routes_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/mock_bin_text_test.cpp
    USES mock-bin-core)
ringback_node_test(unit/house_test.mjs unit)
