target_sources(harness PRIVATE test/environment.cpp test/mapping.cpp test/step_loader.cpp test/testrtc_import.cpp test/yaml_loader.cpp)
