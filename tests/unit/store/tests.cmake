# ringback_unit_tests(store SOURCES ${CMAKE_CURRENT_LIST_DIR}/x_test.cpp USES store)
