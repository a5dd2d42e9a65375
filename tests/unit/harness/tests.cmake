# One program for all parts of the harness: append the sources of a part, one line each.
ringback_unit_tests(harness
    SOURCES
        ${CMAKE_CURRENT_LIST_DIR}/assertion_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/executor_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/external_values_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/comparison_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/expectation_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/expressions_doc_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/functions_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/html_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/json_path_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/json_schema_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/report_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/bottleneck_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/call_remarks_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/chromium_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/client_queue_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/command_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/diagnosis_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/devtools_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/keys_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/media_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/firewall_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/link_emulator_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/link_packet_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/link_queue_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/network_conditions_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/quality_test.cpp ${CMAKE_CURRENT_LIST_DIR}/resource_usage_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/statistics_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/web_api_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/script_engine_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/templates_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/testrtc_import_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/variables_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/extension_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/option_use_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/test_file_schema_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/yaml_writer_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/yaml_loader_test.cpp
    USES harness
    LIBRARIES fmt::fmt)
