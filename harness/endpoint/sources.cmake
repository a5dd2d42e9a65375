# target_sources(harness PRIVATE endpoint/….cpp)
