target_sources(harness PRIVATE script/jsc_library.cpp script/jsc_text.cpp script/script_runtime.cpp script/script_place.cpp
    script/engine.cpp script/check_script.cpp script/web_api.cpp)

# JavaScript that scripts and pages are given, as text inside the program.
add_library(harness_scripts STATIC)
ringback_embed(harness_scripts ringback::harness::scripts FILES
    script/web_api.js webrtc/client.js webrtc/in_page/observe.js webrtc/in_page/elements.js)
target_include_directories(harness PRIVATE "${CMAKE_BINARY_DIR}/generated/harness_scripts")
target_link_libraries(harness PRIVATE harness_scripts)
