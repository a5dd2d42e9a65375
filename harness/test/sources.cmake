target_sources(harness PRIVATE test/mapping.cpp test/step_loader.cpp test/yaml_loader.cpp)
