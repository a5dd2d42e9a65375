# ringback_unit_tests(monitors SOURCES ${CMAKE_CURRENT_LIST_DIR}/x_test.cpp USES monitors)
