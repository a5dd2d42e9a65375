ringback_unit_tests(pages
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/assets_test.cpp ${CMAKE_CURRENT_LIST_DIR}/inlining_test.cpp ${CMAKE_CURRENT_LIST_DIR}/markup_test.cpp
    USES pages)
