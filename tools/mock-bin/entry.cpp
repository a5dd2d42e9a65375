#include "tools/mock-bin/entry.hpp"

#include "net/request_parser.hpp"

#include <cstring>
#include <stdexcept>
#include <type_traits>

namespace ringback::mock_bin {
namespace {

template <class T>
void put(std::string& out, T value) {
    static_assert(std::is_trivially_copyable_v<T>);
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void put_text(std::string& out, std::string_view text) {
    put(out, static_cast<std::uint32_t>(text.size()));
    out.append(text);
}

void put_fields(std::string& out, const net::Headers& fields) {
    put(out, static_cast<std::uint32_t>(fields.size()));
    for (const auto& field : fields) {
        put_text(out, field.name);
        put_text(out, field.value);
    }
}

struct Reader {
    std::string_view left;
    bool good = true;

    template <class T>
    T get() {
        T value{};
        if (left.size() < sizeof value) {
            good = false;
            return value;
        }
        std::memcpy(&value, left.data(), sizeof value);
        left.remove_prefix(sizeof value);
        return value;
    }
    std::string_view text() {
        const auto size = get<std::uint32_t>();
        if (left.size() < size) {
            good = false;
            return {};
        }
        const auto out = left.substr(0, size);
        left.remove_prefix(size);
        return out;
    }
    void fields(std::vector<std::pair<std::string_view, std::string_view>>& out) {
        const auto count = get<std::uint32_t>();
        for (std::uint32_t i = 0; i < count && good; ++i) {
            const auto name = text();
            out.emplace_back(name, text());
        }
    }
};

std::uint32_t microseconds(std::chrono::steady_clock::duration span) {
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(span).count();
    return us < 0 ? 0 : us > UINT32_MAX ? UINT32_MAX : static_cast<std::uint32_t>(us);
}

}  // namespace

std::optional<std::string_view> RecordedRequest::header(std::string_view name) const noexcept {
    for (const auto& [key, value] : headers)
        if (net::same_name(key, name)) return value;
    return std::nullopt;
}

std::string_view RecordedRequest::path() const noexcept {
    return net::split_target(target).path;
}
std::string_view RecordedRequest::query() const noexcept {
    return net::split_target(target).query;
}

std::string_view RecordedRequest::path_in_bin() const noexcept {
    auto rest = path();
    constexpr std::string_view kGzip = "/gzip", kPrefix = "/bin/";
    if (rest.starts_with("/gzip/bin/")) rest.remove_prefix(kGzip.size());
    if (!rest.starts_with(kPrefix)) return rest;
    rest.remove_prefix(kPrefix.size());
    const auto slash = rest.find('/');
    return slash == std::string_view::npos ? "/" : rest.substr(slash);
}

std::string pack(const net::ServerRequest& request) {
    std::string out;
    std::size_t size = 64 + request.method.size() + request.target.size() + request.body.size();
    for (const auto& field : request.headers)
        size += 8 + field.name.size() + field.value.size();
    for (const auto& field : request.trailers)
        size += 8 + field.name.size() + field.value.size();
    out.reserve(size + 48);
    put(out, static_cast<std::int64_t>(
                 std::chrono::duration_cast<std::chrono::microseconds>(request.received_at.time_since_epoch())
                     .count()));
    put(out, microseconds(request.head_at - request.began));
    put(out, microseconds(request.body_at - request.head_at));
    put(out, request.head_size);
    put(out, static_cast<std::uint8_t>(request.version));
    put(out, static_cast<std::uint8_t>(request.secure));
    put(out, request.peer.port());
    put_text(out, request.peer.address().to_string());
    put_text(out, request.method);
    put_text(out, request.target);
    put_fields(out, request.headers);
    put_fields(out, request.trailers);
    put_text(out, request.body);
    return out;
}

std::optional<RecordedRequest> unpack(std::string_view bytes) {
    Reader in{bytes};
    RecordedRequest out;
    out.received_at =
        std::chrono::system_clock::time_point(std::chrono::microseconds(in.get<std::int64_t>()));
    out.head_time = std::chrono::microseconds(in.get<std::uint32_t>());
    out.body_time = std::chrono::microseconds(in.get<std::uint32_t>());
    out.head_size = in.get<std::uint32_t>();
    out.version = in.get<std::uint8_t>();
    out.secure = in.get<std::uint8_t>() != 0;
    out.peer_port = in.get<std::uint16_t>();
    out.peer = in.text();
    out.method = in.text();
    out.target = in.text();
    in.fields(out.headers);
    in.fields(out.trailers);
    out.body = in.text();
    if (!in.good || !in.left.empty()) return std::nullopt;
    return out;
}

RecordedRequest Entry::request() const {
    auto out = unpack(bytes);
    if (!out) throw std::logic_error("an entry with bytes that cannot be read");
    return *std::move(out);
}

}  // namespace ringback::mock_bin
