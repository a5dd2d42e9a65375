target_sources(harness PRIVATE report/json.cpp report/junit.cpp report/terminal.cpp)
target_compile_definitions(harness PRIVATE RINGBACK_VERSION="${PROJECT_VERSION}")
