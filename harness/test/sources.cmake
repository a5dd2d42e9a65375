# target_sources(harness PRIVATE test/….cpp)
