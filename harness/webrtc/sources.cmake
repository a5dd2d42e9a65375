target_sources(harness PRIVATE
    webrtc/artifacts.cpp webrtc/channel_figures.cpp webrtc/chromium.cpp webrtc/command.cpp webrtc/devtools.cpp
    webrtc/environment.cpp webrtc/extension.cpp webrtc/judgement.cpp webrtc/keys.cpp webrtc/media.cpp webrtc/page.cpp webrtc/page_state.cpp
    webrtc/probe.cpp webrtc/probe_metrics.cpp webrtc/probe_script.cpp webrtc/probe_state.cpp webrtc/quality.cpp
    webrtc/resource_usage.cpp webrtc/statistics.cpp webrtc/talking_head.cpp webrtc/webrtc_engine.cpp
    webrtc/commands/assertion_commands.cpp webrtc/commands/browser_commands.cpp
    webrtc/commands/element_commands.cpp webrtc/commands/elements.cpp webrtc/commands/rtc_commands.cpp)
# A hundred pictures, pixel by pixel: without this a debug build draws for half a minute.
set_source_files_properties(webrtc/talking_head.cpp PROPERTIES COMPILE_OPTIONS -O2 SKIP_PRECOMPILE_HEADERS ON)
target_sources(harness PRIVATE webrtc/bottleneck.cpp webrtc/diagnosis.cpp)
target_sources(harness PRIVATE webrtc/external_values.cpp)
target_sources(harness PRIVATE
    webrtc/link/link_emulator.cpp webrtc/link/link_hub.cpp webrtc/link/link_queue.cpp webrtc/link/network_namespace.cpp
    webrtc/link/packet.cpp webrtc/link/packet_filter.cpp webrtc/link/rtnetlink.cpp webrtc/link/tcp_gateway.cpp
    webrtc/link/udp_nat.cpp webrtc/network_emulation.cpp)
