target_sources(harness PRIVATE script/jsc_library.cpp script/engine.cpp script/check_script.cpp)
