ringback_unit_tests(monitors
    SOURCES unit/monitors/schedule_test.cpp unit/monitors/planner_test.cpp unit/monitors/configuration_test.cpp
    USES monitors)
