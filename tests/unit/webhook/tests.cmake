# ringback_unit_tests(webhook SOURCES ${CMAKE_CURRENT_LIST_DIR}/x_test.cpp USES webhook)
