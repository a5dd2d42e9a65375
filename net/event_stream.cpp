#include "net/event_stream.hpp"

namespace ringback::net {
namespace {

/// A field of one line: what follows a line break would be read as a field of its own.
void append_line(std::string& frame, std::string_view field, std::string_view value) {
    frame += field;
    frame += value.substr(0, value.find_first_of(std::string_view("\r\n\0", 3)));
    frame += '\n';
}

}  // namespace

std::string event_frame(std::string_view data, std::string_view event, std::string_view id) {
    std::string frame;
    frame.reserve(data.size() + event.size() + id.size() + 32);
    if (!id.empty()) append_line(frame, "id: ", id);
    if (!event.empty()) append_line(frame, "event: ", event);
    for (;;) {
        const auto end = data.find_first_of("\r\n");
        frame += "data: ";
        frame += data.substr(0, end);
        frame += '\n';
        if (end == std::string_view::npos) break;
        data.remove_prefix(data.substr(end).starts_with("\r\n") ? end + 2 : end + 1);
    }
    frame += '\n';
    return frame;
}

asio::awaitable<error_code> EventStream::begin(Headers extra) {
    ServerResponse head;
    head.headers.add("Content-Type", "text/event-stream");
    head.headers.add("Cache-Control", "no-store");
    head.headers.add("X-Accel-Buffering", "no");
    for (const auto& [name, value] : extra)
        head.headers.set(name, value);
    const auto error = co_await responder_.begin(std::move(head));
    if (error) co_return error;
    co_return co_await responder_.write(": here we go\n\n");
}

asio::awaitable<error_code> EventStream::send(std::string_view data, std::string_view event,
                                              std::string_view id) {
    const std::string frame = event_frame(data, event, id);
    co_return co_await responder_.write(frame);
}

asio::awaitable<error_code> EventStream::ping() {
    co_return co_await responder_.write(": ping\n\n");
}

}  // namespace ringback::net
