# target_sources(harness PRIVATE script/….cpp)
