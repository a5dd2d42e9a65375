set(HERE ${CMAKE_CURRENT_LIST_DIR})
ringback_unit_tests(store
    SOURCES ${HERE}/writer_test.cpp ${HERE}/sqlite_test.cpp ${HERE}/concurrency_test.cpp ${HERE}/durability_test.cpp ${HERE}/processes_test.cpp
    USES store)
# What every engine must do; an engine's test file runs it.
target_sources(unit-store PRIVATE ${HERE}/contract_runs.cpp ${HERE}/contract_messages.cpp ${HERE}/contract_monitors.cpp)

# A second process for those tests that need one, or that need one to die.
ringback_program(unit-store-child SOURCES ${HERE}/child.cpp USES store)
target_compile_definitions(unit-store PRIVATE RINGBACK_STORE_CHILD="$<TARGET_FILE:unit-store-child>")
add_dependencies(unit-store unit-store-child)
