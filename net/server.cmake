target_sources(net PRIVATE headers.cpp)
