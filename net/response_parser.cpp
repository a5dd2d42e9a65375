#include "net/response_parser.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <optional>

namespace ringback::net {
namespace {

namespace http = boost::beast::http;

constexpr unsigned max_interim = 16;
constexpr std::size_t max_chunk_line =
    16u << 10;  ///< chunk extensions and trailers wait in the buffer until whole

/// Beast's parser, filling our Headers: its own containers put equal names next to each other.
class RawParser final : public http::basic_parser<false> {
  public:
    RawParser(std::uint32_t max_header, const ResponseParser::BodySink& sink)
        : max_header_(max_header), sink_(sink) {
        eager(true);
        header_limit(max_header);
        body_limit(boost::none);
    }

    unsigned status = 0, version = 11;
    std::string reason;
    Headers headers;
    bool head_done = false;
    error_code sink_error;

    /// Once Beast has seen the size of a last chunk it asserts that it gets five bytes, those of "0\r\n\r\n".
    [[nodiscard]] bool can_take(std::string_view pending) const {
        const bool at_last_chunk = head_done && chunked() && chunk_left_ == 0 && pending.starts_with('0');
        return !at_last_chunk || pending.size() >= 5;
    }

  private:
    using string_view = boost::beast::string_view;

    void on_request_impl(http::verb, string_view, string_view, int, error_code&) override {}
    void on_response_impl(int code, string_view text, int http_version, error_code& ec) override {
        status = static_cast<unsigned>(code);
        version = static_cast<unsigned>(http_version);
        reason.assign(text.data(), text.size());
        count(text.size() + 15, ec);
    }
    void on_field_impl(http::field, string_view name, string_view value, error_code& ec) override {
        count(name.size() + value.size() + 4, ec);
        if (!ec && !head_done) headers.add(std::string(name), std::string(value));
    }
    void on_header_impl(error_code&) override { head_done = true; }
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(string_view body, error_code& ec) override { return take(body, ec); }
    void on_chunk_header_impl(std::uint64_t size, string_view, error_code&) override { chunk_left_ = size; }
    std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code& ec) override {
        chunk_left_ -= body.size();
        return take(body, ec);
    }
    void on_finish_impl(error_code&) override {}

    /// Beast applies its limit to what is not parsed yet; fields that come one by one would add up for ever.
    void count(std::size_t bytes, error_code& ec) {
        head_size_ += bytes;
        if (head_size_ > max_header_) ec = http::error::header_limit;
    }
    std::size_t take(string_view body, error_code& ec) {
        if (sink_) ec = sink_error = sink_(std::string_view(body.data(), body.size()));
        return body.size();
    }

    std::size_t head_size_ = 0;
    std::uint64_t chunk_left_ = 0;
    std::uint32_t max_header_;
    const ResponseParser::BodySink& sink_;
};

}  // namespace

struct ResponseParser::Impl {
    Impl(Options o, BodySink s) : options(o), sink(std::move(s)) { restart(); }

    void restart() {
        raw.emplace(options.max_header, sink);
        if (options.no_body) raw->skip(true);
        line_checked = false;
    }

    /// "HTTP/1.1 200" without the space after it is common enough; RFC 9112, 4 lets a client take it.
    void mend_status_line() {
        if (line_checked) return;
        const auto end = pending.find("\r\n");
        if (end == pending.npos) return;
        line_checked = true;
        if (end == 12 && pending.starts_with("HTTP/1.") && pending[8] == ' ') pending.insert(12, " ");
    }

    /// Beast would wait for the end of the head before it looks at the first line.
    [[nodiscard]] bool is_http1() const {
        return line_checked ||
               std::string_view("HTTP/1.").starts_with(std::string_view(pending).substr(0, 7));
    }

    [[nodiscard]] bool interim_over() const {
        return raw->is_done() && raw->status / 100 == 1 && !(raw->status == 101 && options.upgrade);
    }

    error_code fail(error_code ec) {
        if (raw->sink_error) return failed = raw->sink_error;
        if (ec == http::error::header_limit) {
            detail = "the response head is larger than " + std::to_string(options.max_header) + " bytes";
            return failed = Error::header_too_large;
        }
        if (ec == http::error::partial_message || ec == http::error::end_of_stream)
            return failed = Error::connection_closed;
        detail = raw->head_done ? "malformed response body: " : "malformed response head: ";
        detail += interim > max_interim ? "too many interim responses" : ec.message();
        return failed = Error::malformed_response;
    }

    /// One put() of what is pending. True: go on with it.
    bool step(error_code& ec) {
        ec = {};
        if (!raw->can_take(pending)) return false;
        const auto used = raw->put(boost::asio::buffer(pending), ec);
        pending.erase(0, used);
        if (ec == http::error::need_more) {
            ec = {};
            if (raw->head_done && pending.size() > max_chunk_line) ec = http::error::bad_chunk_extension;
            return false;
        }
        if (ec) return false;
        if (interim_over()) {
            switched = raw->status == 101;
            if (++interim > max_interim) ec = http::error::bad_status;
            restart();
            return false;
        }
        return !pending.empty() && !raw->is_done();
    }

    /// As far as what is pending goes: one final response, after any number of interim ones.
    error_code parse() {
        unsigned before;
        do {
            before = interim;
            if (pending.empty() || raw->is_done()) return {};
            if (!is_http1()) {
                detail = switched ? "the answer changes the protocol (101), which was not asked for"
                                  : "the answer is not HTTP/1.x";
                return failed = Error::malformed_response;
            }
            mend_status_line();
            if (!line_checked && pending.size() <= options.max_header) return {};
            error_code ec;
            while (step(ec)) {
            }
            if (ec) return fail(ec);
        } while (interim != before);
        return {};
    }

    Options options;
    BodySink sink;
    std::optional<RawParser> raw;
    std::string pending, detail;
    error_code failed;
    unsigned interim = 0;
    bool some = false, line_checked = false;
    bool switched = false;  ///< the last interim response was 101
};

ResponseParser::ResponseParser(Options options, BodySink sink)
    : impl_(std::make_unique<Impl>(options, std::move(sink))) {}
ResponseParser::~ResponseParser() = default;
ResponseParser::ResponseParser(ResponseParser&&) noexcept = default;
ResponseParser& ResponseParser::operator=(ResponseParser&&) noexcept = default;

error_code ResponseParser::feed(std::string_view bytes) {
    if (impl_->failed) return impl_->failed;
    if (!bytes.empty()) impl_->some = true;
    impl_->pending.append(bytes);
    return impl_->parse();
}

error_code ResponseParser::end_of_stream() {
    if (impl_->failed) return impl_->failed;
    if (done()) return {};
    if (!impl_->raw->got_some()) return impl_->failed = Error::connection_closed;
    error_code ec;
    impl_->raw->put_eof(ec);
    return ec ? impl_->fail(ec) : ec;
}

bool ResponseParser::got_some() const noexcept {
    return impl_->some;
}
bool ResponseParser::head_done() const noexcept {
    return impl_->raw->head_done && !impl_->interim_over();
}
bool ResponseParser::done() const noexcept {
    return impl_->raw->is_done() && !impl_->failed;
}
bool ResponseParser::keep_alive() const noexcept {
    return done() && impl_->raw->keep_alive() && impl_->pending.empty();
}
unsigned ResponseParser::status() const noexcept {
    return impl_->raw->status;
}
unsigned ResponseParser::version() const noexcept {
    return impl_->raw->version;
}
const std::string& ResponseParser::reason() const noexcept {
    return impl_->raw->reason;
}
const Headers& ResponseParser::headers() const noexcept {
    return impl_->raw->headers;
}
unsigned ResponseParser::interim() const noexcept {
    return impl_->interim;
}
const std::string& ResponseParser::leftover() const noexcept {
    return impl_->pending;
}
const std::string& ResponseParser::detail() const noexcept {
    return impl_->detail;
}

}  // namespace ringback::net
