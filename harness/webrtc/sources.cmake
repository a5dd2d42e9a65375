# target_sources(harness PRIVATE webrtc/….cpp)
