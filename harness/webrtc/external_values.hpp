// Values that come from outside while a run is under way, for rtcWaitForExternalValue, and the small HTTP
// server that takes them: POST /v1/testruns/externalValue/{session name} with {"key", "value"}.
#pragma once

#include "net/http_server.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/json/value.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringback::harness {

/// By session name (RTC_SESSION_NAME). A session is known while its run is under way, and no longer: nothing
/// piles up. Thread-safe; shared by all runs of a program.
class ExternalValues {
  public:
    static constexpr std::size_t kMaxValues = 1'000;  ///< of one session
    static constexpr std::size_t kMaxKey = 256;       ///< bytes

    enum class Kept { yes, no_such_session, too_many };

    void open(const std::string& session);
    void close(const std::string& session);
    /// A later value replaces the first.
    Kept set(const std::string& session, const std::string& key, boost::json::value value);
    [[nodiscard]] std::optional<boost::json::value> get(const std::string& session,
                                                        const std::string& key) const;
    /// Those under way, in order.
    [[nodiscard]] std::vector<std::string> sessions() const;

  private:
    mutable std::mutex mutex_;
    std::map<std::string, std::map<std::string, boost::json::value>> sessions_;
};

/// Answers one request. Errors are {"code", "message"}, as testRTC's are.
[[nodiscard]] net::ServerResponse answer_external_value(ExternalValues& values,
                                                        const net::ServerRequest& request);

/// Listens on a loopback address: whoever can set values steers tests, and there is no password.
class ExternalValuesServer {
  public:
    ExternalValuesServer(boost::asio::any_io_executor executor, std::shared_ptr<ExternalValues> values);

    /// Why it is no address to take values at, one sentence; "" when it is one.
    [[nodiscard]] static std::string wrong_address(std::string_view address);
    /// @param address "8123", "127.0.0.1:8123", "localhost:0", "[::1]:8123"; port 0: a free one
    /// @return one sentence on what is wrong, "" when it listens
    [[nodiscard]] std::string start(std::string_view address);
    /// Requests under way may finish, for a second. Nothing to do where it never listened.
    [[nodiscard]] boost::asio::awaitable<void> stop();
    /// "http://127.0.0.1:8123/v1/testruns/externalValue/"
    [[nodiscard]] std::string url() const;

  private:
    boost::asio::any_io_executor executor_;
    std::shared_ptr<ExternalValues> values_;
    std::unique_ptr<net::HttpServer> server_;
};

}  // namespace ringback::harness
