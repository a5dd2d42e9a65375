ringback_unit_tests(run-options
    SOURCES
        ${CMAKE_CURRENT_LIST_DIR}/bad_run_options_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/documentation_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/duration_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/option_grammar_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/parse_error_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/redaction_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/run_options_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/webhook_target_test.cpp
    USES run-options)
