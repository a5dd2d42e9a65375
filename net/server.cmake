target_sources(net PRIVATE
    headers.cpp json_error.cpp query.cpp request_parser.cpp event_stream.cpp http_server.cpp
    server/response_head.cpp server/shard.cpp server/plain_connection.cpp server/tls_connection.cpp)
target_link_libraries(net PUBLIC Boost::json)
