# ringback_unit_tests(run-options SOURCES ${CMAKE_CURRENT_LIST_DIR}/x_test.cpp USES run-options)
