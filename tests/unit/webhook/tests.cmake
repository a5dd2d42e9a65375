set(HERE ${CMAKE_CURRENT_LIST_DIR})
ringback_unit_tests(webhook
    SOURCES
        ${HERE}/apicontext_result_test.cpp
        ${HERE}/attempt_test.cpp
        ${HERE}/breaker_test.cpp
        ${HERE}/delivery_test.cpp
        ${HERE}/message_test.cpp
        ${HERE}/outbox_histories_test.cpp
        ${HERE}/payloads_test.cpp
        ${HERE}/recovery_test.cpp
        ${HERE}/retention_test.cpp
        ${HERE}/retry_policy_test.cpp
        ${HERE}/service_delivery_test.cpp
        ${HERE}/signature_test.cpp
        ${HERE}/target_health_test.cpp
    USES webhook)
