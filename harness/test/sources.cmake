target_sources(harness PRIVATE
    test/environment.cpp test/mapping.cpp test/media_source.cpp test/option_use.cpp test/step_loader.cpp test/testrtc_import.cpp
    test/yaml_loader.cpp test/yaml_outline.cpp test/yaml_place.cpp test/yaml_writer.cpp)
target_sources(harness PRIVATE test/firewall.cpp test/network_conditions.cpp)
