target_sources(net PRIVATE
    address_policy.cpp
    connect.cpp
    content_decoder.cpp
    error.cpp
    exchange.cpp
    http_client.cpp
    request_head.cpp
    resolver.cpp
    response_parser.cpp
    target.cpp
    tls.cpp
    websocket_client.cpp)
target_compile_definitions(net PRIVATE RINGBACK_VERSION="${PROJECT_VERSION}")
