# ringback_unit_tests(pages SOURCES ${CMAKE_CURRENT_LIST_DIR}/x_test.cpp USES pages)
