ringback_unit_tests(net
    SOURCES
        ${CMAKE_CURRENT_LIST_DIR}/request_parser_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/query_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/event_stream_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/http_server_test.cpp
    USES net)
