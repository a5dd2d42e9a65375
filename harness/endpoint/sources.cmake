target_sources(harness PRIVATE endpoint/endpoint_engine.cpp endpoint/http_step.cpp)
