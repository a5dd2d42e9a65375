// A client that writes exactly the bytes it is told to, for tests of the server.
#pragma once

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <chrono>
#include <string>
#include <thread>

namespace ringback::net::test {

class RawClient {
  public:
    explicit RawClient(const asio::ip::tcp::endpoint& server) : socket_(io_) {
        socket_.connect(server);
        // A blocking read that never ends would hang the tests.
        timeval patience{5, 0};
        ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    }

    void send(const std::string& bytes) {
        error_code ignored;  // the server may have answered and closed already
        asio::write(socket_, asio::buffer(bytes), ignored);
    }
    /// Reads until `end` was seen, the server closed (`closed()`), or five seconds passed without a byte.
    std::string read_until(const std::string& end) {
        while (seen_.find(end) == std::string::npos && read_some()) {
        }
        const auto at = seen_.find(end);
        const auto size = at == std::string::npos ? seen_.size() : at + end.size();
        auto text = seen_.substr(0, size);
        seen_.erase(0, size);
        return text;
    }
    std::string read_all() {
        while (read_some()) {
        }
        return std::exchange(seen_, {});
    }
    std::string status_line() {
        auto line = read_until("\r\n");
        if (line.ends_with("\r\n")) line.resize(line.size() - 2);
        return line;
    }
    void shutdown_send() { socket_.shutdown(asio::ip::tcp::socket::shutdown_send); }
    void close() { socket_.close(); }
    /// True after the server's end of stream, false after a time-out or a reset.
    [[nodiscard]] bool closed() const { return error_ == asio::error::eof; }
    [[nodiscard]] bool reset() const { return error_ == asio::error::connection_reset; }
    asio::ip::tcp::socket& socket() { return socket_; }

  private:
    bool read_some() {
        if (error_) return false;
        char piece[16384];
        // The system's read, for its time-out: Asio would wait past it.
        const auto size = ::recv(socket_.native_handle(), piece, sizeof piece, 0);
        if (size > 0) {
            seen_.append(piece, static_cast<std::size_t>(size));
            return true;
        }
        error_ =
            size == 0 ? error_code(asio::error::eof) : error_code(errno, boost::system::system_category());
        return false;
    }

    asio::io_context io_;
    asio::ip::tcp::socket socket_;
    std::string seen_;
    error_code error_;
};

}  // namespace ringback::net::test
