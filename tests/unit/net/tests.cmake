ringback_unit_tests(net
    SOURCES
        ${CMAKE_CURRENT_LIST_DIR}/request_parser_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/query_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/event_stream_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/http_server_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/address_policy_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/headers_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/deadline_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/target_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/request_head_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/response_parser_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/content_decoder_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/http_client_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/tls_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/resolver_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/websocket_client_test.cpp
    USES net
    LIBRARIES ZLIB::ZLIB)
