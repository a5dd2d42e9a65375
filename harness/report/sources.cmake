target_sources(harness PRIVATE
    report/headline.cpp report/html.cpp report/json.cpp report/junit.cpp report/terminal.cpp report/thinning.cpp)
target_compile_definitions(harness PRIVATE RINGBACK_VERSION="${PROJECT_VERSION}")

# The page of the HTML report.
add_library(harness_report STATIC)
ringback_embed(harness_report ringback::harness::report FILES report/html/run_view.js report/html/report.js)
target_include_directories(harness PRIVATE "${CMAKE_BINARY_DIR}/generated/harness_report")
target_link_libraries(harness PRIVATE harness_report)
target_sources(harness PRIVATE report/call_remarks.cpp)
