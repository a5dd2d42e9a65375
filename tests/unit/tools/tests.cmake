# ringback_unit_tests(tools SOURCES ${CMAKE_CURRENT_LIST_DIR}/x_test.cpp USES tools)
