# ringback_unit_tests(harness SOURCES ${CMAKE_CURRENT_LIST_DIR}/x_test.cpp USES harness)
