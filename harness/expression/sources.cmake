# target_sources(harness PRIVATE expression/….cpp)
