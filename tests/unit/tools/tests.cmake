# ringback_unit_tests(tools SOURCES ${CMAKE_CURRENT_LIST_DIR}/x_test.cpp USES tools)
ringback_node_test(unit/house_test.mjs unit)
