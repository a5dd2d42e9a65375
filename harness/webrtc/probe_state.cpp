#include "harness/webrtc/probe_state.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

namespace ringback::harness {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kMaxNotifications = 2000;
constexpr std::size_t kMaxEvents = 2000;
constexpr std::size_t kMaxScreenshots = 200;

/// What may stand in a file's name: no folders, nothing that a shell or a browser would read otherwise.
std::string file_name(std::string_view name) {
    std::string safe;
    for (const char c : name.substr(0, 80)) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '-' || c == '_' || c == '.';
        safe += plain ? c : '-';
    }
    while (safe.starts_with('.'))
        safe.erase(0, 1);
    return safe.empty() ? "screenshot" : safe;
}

}  // namespace

double RunShared::now() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

ProbeState::ProbeState(RunShared& with, std::uint32_t index)
    : run(with),
      statistics(with.began_epoch_ms,
                 std::chrono::duration<double>(with.settings.options.sampling_interval()).count()),
      changed(with.executor) {
    result.number = index + 1;
}

void ProbeState::fail(std::string reason) {
    if (failures.size() < 200) failures.push_back(run.variables.redact(reason));
}

void ProbeState::warn(std::string reason) {
    if (warnings.size() < 200) warnings.push_back(run.variables.redact(reason));
}

void ProbeState::note(Level level, std::string text, std::string source) {
    if (result.notifications.size() >= kMaxNotifications) return;
    if (text.size() > 10'000) text.resize(10'000);
    Notification line{level, std::chrono::system_clock::now(), run.variables.redact(text), std::move(source)};
    if (result.notifications.size() + 1 == kMaxNotifications) line.text = "… more lines were not kept";
    result.notifications.push_back(line);
    run.emit(Logged{std::move(line), result.number});
}

void ProbeState::progress(std::string text) {
    run.emit(ProbeProgress{result.number, run.variables.redact(text)});
}

void ProbeState::stop(std::string reason) {
    if (!stop_reason.empty()) return;
    stop_reason = std::move(reason);
    queue.clear();
    // Not from here: the one who stops may be the probe's own command, or an event of its browser.
    asio::post(run.executor, [weak = weak_from_this()] {
        if (const auto alive = weak.lock()) alive->cancel.emit(asio::cancellation_type::terminal);
    });
}

void ProbeState::add_event(std::string name, bool global) {
    if (result.events.size() < kMaxEvents) result.events.push_back({std::move(name), global, run.now()});
}

std::string ProbeState::artifact(std::string_view suffix) const {
    return fmt::format("probe-{}-{}", result.number, suffix);
}

bool ProbeState::write_artifact(const std::string& name, std::string_view bytes) const {
    if (!run.context || run.context->artifacts.empty()) return false;
    std::ofstream file(run.context->artifacts + "/" + name, std::ios::binary | std::ios::trunc);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    file.close();
    return file.good();
}

asio::awaitable<std::string> ProbeState::take_screenshot(std::string name, bool at_failure,
                                                         net::Deadline deadline) {
    if (!run.context || run.context->artifacts.empty() || windows.empty() ||
        result.screenshots.size() >= kMaxScreenshots)
        co_return std::string{};
    auto bytes = co_await page().screenshot(deadline);
    if (bytes.has_error()) co_return std::string{};
    auto plain = file_name(name);
    for (const std::string_view ending : {".png", ".jpg", ".jpeg"})
        if (plain.ends_with(ending)) plain.resize(plain.size() - ending.size());
    const auto taken = [&](const std::string& file) {
        return std::any_of(result.screenshots.begin(), result.screenshots.end(),
                           [&](const Screenshot& shot) { return shot.file == file; });
    };
    auto file = artifact(plain + ".jpg");
    for (int copy = 2; taken(file); ++copy)
        file = artifact(fmt::format("{}-{}.jpg", plain, copy));
    if (!write_artifact(file, *bytes)) co_return std::string{};
    result.screenshots.push_back({std::move(name), file, at_failure});
    co_return file;
}

asio::awaitable<bool> pause_for(asio::any_io_executor executor, net::Deadline deadline) {
    asio::steady_timer timer(executor, deadline.at());
    boost::system::error_code error;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
    co_return !error;
}

DevToolsNetwork devtools_network(const NetworkConditions& conditions) {
    constexpr double open = 1e9;
    const auto bytes = [](const LinkConditions& link) {
        return link.bitrate_kbps > 0 ? link.bitrate_kbps * 125 : open;
    };
    DevToolsNetwork network;
    network.upload_bytes_per_second = bytes(conditions.outgoing);
    network.download_bytes_per_second = bytes(conditions.incoming);
    network.latency_ms = (conditions.outgoing.latency_ms + conditions.incoming.latency_ms) / 2;
    network.packet_loss_percent = 100 * (conditions.outgoing.loss + conditions.incoming.loss) / 2;
    return network;
}

asio::awaitable<std::string> apply_network(ProbeState& probe, NetworkConditions conditions,
                                           net::Deadline deadline) {
    if (probe.browser->link) {
        probe.browser->link->set(conditions);
        co_return std::string{};
    }
    auto set = co_await probe.page().set_network(devtools_network(conditions), deadline);
    if (set.has_error()) co_return "it could not be set: " + set.error().message;
    std::string shortfall;
    if (conditions.outgoing.jitter_ms > 0 || conditions.incoming.jitter_ms > 0)
        shortfall = "jitter is not emulated";
    if (conditions.outgoing.latency_ms != conditions.incoming.latency_ms ||
        conditions.outgoing.loss != conditions.incoming.loss)
        shortfall += std::string(shortfall.empty() ? "" : ", ") +
                     "latency and loss are the same in both directions: their means are used";
    co_return shortfall;
}

}  // namespace ringback::harness
