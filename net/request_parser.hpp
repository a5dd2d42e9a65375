// Bytes to one ServerRequest; owns no socket. Header fields keep the order, case and number of the wire.
#pragma once

#include "net/http_server.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <cstdint>
#include <string_view>
#include <utility>

namespace ringback::net {

/// Why a request is not taken, as it is answered. The texts are literals.
struct Rejection {
    unsigned status = 0;
    std::string_view code, message;
};

/// Parses one request. Stricter than Beast where two readers of the same bytes could differ (RFC
/// 9112, 6.3, 11.2).
class RequestParser final : public boost::beast::http::basic_parser<true> {
  public:
    enum class State {
        head,  ///< the head is not whole yet
        body,  ///< the head is whole (`request` is filled in), the body is not
        done,
        rejected,  ///< see rejection(); no way on
    };

    /// @param request filled in while parsing; both must outlive the parser
    RequestParser(ServerRequest& request, const ServerLimits& limits);

    /// Reads what it can of `bytes` and returns how many it used; the rest must be given again, with more
    /// behind it. Stops once after the head, so that the caller can look at it before the body is read.
    [[nodiscard]] std::size_t parse(std::string_view bytes);

    [[nodiscard]] State state() const noexcept { return state_; }
    [[nodiscard]] const Rejection& rejection() const noexcept { return rejection_; }
    /// A byte other than the empty lines before a request was seen.
    [[nodiscard]] bool begun() const noexcept { return begun_; }
    /// The client waits for "100 Continue" before it sends the body. Asked once.
    [[nodiscard]] bool take_expectation() noexcept { return std::exchange(expects_continue_, false); }

  private:
    using error_code = boost::beast::error_code;
    using view = boost::beast::string_view;
    void on_request_impl(boost::beast::http::verb, view method, view target, int version,
                         error_code&) override;
    void on_response_impl(int, view, int, error_code&) override {}
    void on_field_impl(boost::beast::http::field, view name, view value, error_code&) override;
    void on_header_impl(error_code&) override;
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override;
    std::size_t on_body_impl(view body, error_code&) override;
    void on_chunk_header_impl(std::uint64_t, view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, view body, error_code&) override;
    void on_finish_impl(error_code&) override {}

    void check_transfer_encoding(std::string_view value, error_code& ec);
    void reject(unsigned status, std::string_view code, std::string_view message, error_code& ec);
    void reject(const error_code& ec, std::string_view rest);
    void limit_pending(std::string_view pending);

    ServerRequest& request_;
    const ServerLimits& limits_;
    State state_ = State::head;
    Rejection rejection_;
    std::uint32_t head_size_ = 0;
    unsigned hosts_ = 0, lengths_ = 0;
    bool begun_ = false, line_done_ = false, expects_continue_ = false;
};

/// Path and query of a request target in origin or absolute form; the views point into `target`.
struct TargetParts {
    std::string_view path, query;
};
[[nodiscard]] TargetParts split_target(std::string_view target) noexcept;

}  // namespace ringback::net
