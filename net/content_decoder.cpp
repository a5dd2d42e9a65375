#include "net/content_decoder.hpp"

#include "net/headers.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace ringback::net {
namespace {

constexpr std::size_t max_codings = 4;

enum class Coding { gzip, deflate };

/// Undoes one coding.
class Inflate {
  public:
    explicit Inflate(Coding coding) : coding_(coding) {
        if (coding_ == Coding::gzip) start(15 + 16);
    }
    ~Inflate() {
        if (started_) inflateEnd(&stream_);
    }
    Inflate(const Inflate&) = delete;
    Inflate& operator=(const Inflate&) = delete;

    template <class Next>
    error_code feed(std::string_view bytes, const Next& next) {
        if (bytes.empty()) return {};
        untouched_ = false;
        if (started_) return run(bytes, next);
        // "deflate" means the zlib format (RFC 9110, 8.4.1.2), yet some send the raw one: the first two bytes
        // tell.
        first_.append(bytes);
        if (first_.size() < 2) return {};
        const auto head =
            static_cast<unsigned char>(first_[0]) * 256u + static_cast<unsigned char>(first_[1]);
        const bool zlib = (head >> 8 & 15) == 8 && head % 31 == 0;
        start(zlib ? 15 : -15);
        return run(std::exchange(first_, {}), next);
    }

    [[nodiscard]] bool whole() const noexcept { return over_ || untouched_; }
    [[nodiscard]] std::string problem() const {
        return std::string(coding_ == Coding::gzip ? "gzip" : "deflate") +
               " body: " + (stream_.msg ? stream_.msg : "cut short");
    }

  private:
    void start(int window) { started_ = inflateInit2(&stream_, window) == Z_OK; }

    template <class Next>
    error_code run(std::string_view bytes, const Next& next) {
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
        stream_.avail_in = static_cast<uInt>(bytes.size());
        do {
            if (over_ && !begins_again()) return {};  // what follows the data is padding, as gzip(1) has it
            stream_.next_out = reinterpret_cast<Bytef*>(out_.data());
            stream_.avail_out = static_cast<uInt>(out_.size());
            const int result = inflate(&stream_, Z_NO_FLUSH);
            if (const auto produced = out_.size() - stream_.avail_out; produced > 0)
                if (auto ec = next(std::string_view(out_.data(), produced))) return ec;
            if (result == Z_BUF_ERROR) return {};  // neither input nor output moved: more must come
            if (result != Z_OK && result != Z_STREAM_END) return Error::malformed_response;
            over_ = result == Z_STREAM_END;
        } while (stream_.avail_in > 0 || (stream_.avail_out == 0 && !over_));
        return {};
    }

    /// Another gzip member may follow the first (RFC 1952, 2.2).
    bool begins_again() {
        if (coding_ != Coding::gzip || stream_.avail_in == 0 || *stream_.next_in != 0x1f) return false;
        over_ = false;
        return inflateReset(&stream_) == Z_OK;
    }

    Coding coding_;
    z_stream stream_{};
    std::array<char, 64 * 1024> out_;
    std::string first_;
    bool started_ = false, over_ = false, untouched_ = true;
};

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

struct ContentDecoder::Impl {
    error_code push(std::size_t stage, std::string_view bytes) {
        if (stage == stages.size()) return sink(bytes);
        error_code further;
        auto ec =
            stages[stage]->feed(bytes, [&](std::string_view out) { return further = push(stage + 1, out); });
        if (ec && !further) detail = stages[stage]->problem();
        return ec;
    }

    std::vector<std::unique_ptr<Inflate>> stages;
    Sink sink;
    std::string detail;
};

ContentDecoder::ContentDecoder(std::string_view content_encoding, Sink sink)
    : impl_(std::make_unique<Impl>()) {
    impl_->sink = std::move(sink);
    std::vector<Coding> codings;
    while (!content_encoding.empty()) {
        const auto comma = content_encoding.find(',');
        const auto name = trim(content_encoding.substr(0, comma));
        content_encoding =
            comma == content_encoding.npos ? std::string_view() : content_encoding.substr(comma + 1);
        if (name.empty() || same_name(name, "identity")) continue;
        const bool gzip = same_name(name, "gzip") || same_name(name, "x-gzip");
        if (!gzip && !same_name(name, "deflate")) return;  // not known: as it is
        if (codings.size() == max_codings) return;
        codings.push_back(gzip ? Coding::gzip : Coding::deflate);
    }
    for (auto coding = codings.rbegin(); coding != codings.rend();
         ++coding)  // the last applied comes off first
        impl_->stages.push_back(std::make_unique<Inflate>(*coding));
}
ContentDecoder::~ContentDecoder() = default;
ContentDecoder::ContentDecoder(ContentDecoder&&) noexcept = default;
ContentDecoder& ContentDecoder::operator=(ContentDecoder&&) noexcept = default;

error_code ContentDecoder::feed(std::string_view bytes) {
    return impl_->push(0, bytes);
}

error_code ContentDecoder::finish() {
    for (const auto& stage : impl_->stages) {
        if (stage->whole()) continue;
        impl_->detail = stage->problem();
        return Error::malformed_response;
    }
    return {};
}

const std::string& ContentDecoder::detail() const noexcept {
    return impl_->detail;
}

}  // namespace ringback::net
