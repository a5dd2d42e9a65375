# target_sources(harness PRIVATE run/….cpp)
