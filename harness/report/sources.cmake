# target_sources(harness PRIVATE report/….cpp)
