# ringback_unit_tests(net SOURCES ${CMAKE_CURRENT_LIST_DIR}/x_test.cpp USES net)
