#include "net/resolver.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <ares.h>
#include <netdb.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>

namespace ringback::net {
namespace {

using namespace std::chrono_literals;

constexpr int class_in = 1;
enum RecordType { type_a = 1, type_ns = 2, type_cname = 5, type_aaaa = 28 };

/// How long the other address family is waited for once one has answered.
constexpr auto other_family_grace = 1s;

void push_unique(std::vector<std::string>& list, std::string value) {
    if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(std::move(value));
}

/// The records of an answer (RFC 1035, 4.1). Stops quietly at the first one that is broken: c-ares has judged
/// the message.
class AnswerReader {
  public:
    AnswerReader(const unsigned char* message, int size) : begin_(message), at_(message), size_(size) {}

    void read(Resolution& into) {
        if (size_ < 12) return;
        const int questions = number(4), answers = number(6);
        at_ = begin_ + 12;
        std::string name;
        for (int i = 0; i < questions; ++i) {
            if (!read_name(name) || left() < 4) return;
            at_ += 4;
        }
        for (int i = 0; i < answers; ++i)
            if (!read_record(into)) return;
    }

  private:
    [[nodiscard]] int number(int offset) const { return begin_[offset] << 8 | begin_[offset + 1]; }
    [[nodiscard]] long left() const { return size_ - (at_ - begin_); }

    bool read_name(std::string& name) {
        char* text = nullptr;
        long used = 0;
        if (ares_expand_name(at_, begin_, size_, &text, &used) != ARES_SUCCESS) return false;
        name = text;
        ares_free_string(text);
        at_ += used;
        return left() >= 0;
    }

    bool read_record(Resolution& into) {
        std::string name;
        if (!read_name(name) || left() < 10) return false;
        const auto offset = static_cast<int>(at_ - begin_);
        const int type = number(offset), length = number(offset + 8);
        at_ += 10;
        if (left() < length) return false;
        const auto* data = at_;
        take(type, data, length, into);
        at_ = data + length;
        return true;
    }

    void take(int type, const unsigned char* data, int length, Resolution& into) {
        if (type == type_a && length == 4) {
            asio::ip::address_v4::bytes_type bytes;
            std::copy(data, data + 4, bytes.begin());
            push_unique(into.records.a, asio::ip::address_v4(bytes).to_string());
        } else if (type == type_aaaa && length == 16) {
            asio::ip::address_v6::bytes_type bytes;
            std::copy(data, data + 16, bytes.begin());
            push_unique(into.records.aaaa, asio::ip::address_v6(bytes).to_string());
        } else if (type == type_cname || type == type_ns) {
            std::string target;
            if (read_name(target))
                push_unique(type == type_ns ? into.ns : into.records.cname, std::move(target));
        }
    }

    const unsigned char* begin_;
    const unsigned char* at_;
    int size_;
};

/// One look-up: a c-ares channel of its own, so that it can be ended at any time without touching another.
class Lookup : public std::enable_shared_from_this<Lookup> {
  public:
    explicit Lookup(const asio::any_io_executor& executor) : changed(executor), timeout_(executor) {}
    ~Lookup() { finish(); }

    /// @param plain a server's failure is the answer, in place of a reason to ask the next server
    /// @return an ARES status
    int open(const std::string& name_servers, bool plain) {
        static std::once_flag once;
        std::call_once(once, [] { ares_library_init(ARES_LIB_INIT_ALL); });
        ares_options options{};
        options.sock_state_cb = [](void* self, ares_socket_t fd, int readable, int writable) {
            static_cast<Lookup*>(self)->watch(fd, readable != 0, writable != 0);
        };
        options.sock_state_cb_data = this;
        options.timeout = 1500;
        options.tries = 4;
        int mask = ARES_OPT_SOCK_STATE_CB | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES;
        if (!name_servers.empty()) mask |= ARES_OPT_DOMAINS;  // no search list
        if (plain) mask |= ARES_OPT_FLAGS;
        options.flags = ARES_FLAG_NOCHECKRESP;
        if (const int status = ares_init_options(&channel_, &options, mask); status != ARES_SUCCESS)
            return status;
        open_ = true;
        return name_servers.empty() ? ARES_SUCCESS
                                    : ares_set_servers_ports_csv(channel_, name_servers.c_str());
    }

    /// /etc/hosts, whose few lines are read at each look-up, as the system's own resolver does.
    std::vector<asio::ip::address> from_hosts_file(const std::string& name) {
        std::vector<asio::ip::address> found;
        for (const int family : {AF_INET6, AF_INET}) {
            hostent* host = nullptr;
            if (ares_gethostbyname_file(channel_, name.c_str(), family, &host) != ARES_SUCCESS) continue;
            for (char** entry = host->h_addr_list; *entry; ++entry) {
                if (family == AF_INET) {
                    asio::ip::address_v4::bytes_type bytes;
                    std::memcpy(bytes.data(), *entry, bytes.size());
                    found.emplace_back(asio::ip::address_v4(bytes));
                } else {
                    asio::ip::address_v6::bytes_type bytes;
                    std::memcpy(bytes.data(), *entry, bytes.size());
                    found.emplace_back(asio::ip::address_v6(bytes));
                }
            }
            ares_free_hostent(host);
        }
        return found;
    }

    void ask(const std::string& name, RecordType type) {
        ++pending;
        auto* question = new Question{this, type};
        const auto answered = [](void* given, int status, int, unsigned char* message, int size) {
            const std::unique_ptr<Question> of(static_cast<Question*>(given));
            of->lookup->take(of->type, status, message, size);
        };
        if (type == type_ns)
            ares_query(channel_, name.c_str(), class_in, type, answered, question);
        else
            ares_search(channel_, name.c_str(), class_in, type, answered, question);
        schedule();
    }

    /// Idempotent. No callback comes after it.
    void finish() {
        if (!open_) return;
        open_ = false;
        ares_destroy(channel_);
        timeout_.cancel();
        for (auto& [fd, socket] : sockets_)
            socket->drop();
        sockets_.clear();
    }

    Resolution result;
    std::map<RecordType, int> statuses;  ///< of the questions that were answered
    int pending = 0;
    asio::steady_timer changed;  ///< cancelled when an answer has come

  private:
    struct Question {
        Lookup* lookup;
        RecordType type;
    };

    /// A socket of c-ares; it stays c-ares' to close.
    struct Socket {
        Socket(const asio::any_io_executor& executor, int fd) : descriptor(executor) {
            error_code ignored;
            descriptor.assign(fd, ignored);
        }
        ~Socket() { drop(); }
        void drop() {
            want_read = want_write = false;
            if (descriptor.is_open()) descriptor.release();
        }
        asio::posix::stream_descriptor descriptor;
        bool want_read = false, want_write = false, reading = false, writing = false;
    };

    void watch(int fd, bool readable, bool writable) {
        auto& socket = sockets_[fd];
        if (!readable && !writable) {
            if (socket) socket->drop();
            sockets_.erase(fd);
            return;
        }
        if (!socket) socket = std::make_shared<Socket>(timeout_.get_executor(), fd);
        socket->want_read = readable;
        socket->want_write = writable;
        wait_on(socket, fd);
    }

    void wait_on(const std::shared_ptr<Socket>& socket, int fd) {
        if (socket->want_read && !std::exchange(socket->reading, true)) wait_for(socket, fd, false);
        if (socket->want_write && !std::exchange(socket->writing, true)) wait_for(socket, fd, true);
    }

    void wait_for(const std::shared_ptr<Socket>& socket, int fd, bool write) {
        const auto what =
            write ? asio::posix::descriptor_base::wait_write : asio::posix::descriptor_base::wait_read;
        socket->descriptor.async_wait(what, [self = shared_from_this(), socket, fd, write](error_code ec) {
            (write ? socket->writing : socket->reading) = false;
            if (ec || !self->open_ || !(write ? socket->want_write : socket->want_read)) return;
            ares_process_fd(self->channel_, write ? ARES_SOCKET_BAD : fd, write ? fd : ARES_SOCKET_BAD);
            if (!self->open_) return;
            self->schedule();
            if (socket->descriptor.is_open()) self->wait_on(socket, fd);
        });
    }

    /// Has c-ares look after its own time-outs, which make it ask again or ask the next server.
    void schedule() {
        timeval next{};
        if (!open_ || !ares_timeout(channel_, nullptr, &next)) return;
        timeout_.expires_after(std::chrono::seconds(next.tv_sec) + std::chrono::microseconds(next.tv_usec) +
                               1ms);
        timeout_.async_wait([self = shared_from_this()](error_code ec) {
            if (ec || !self->open_) return;
            ares_process_fd(self->channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
            self->schedule();
        });
    }

    void take(RecordType type, int status, const unsigned char* message, int size) {
        if (!open_) return;
        statuses[type] = status;
        --pending;
        if (message && (status == ARES_SUCCESS || status == ARES_ENODATA))
            AnswerReader(message, size).read(result);
        changed.cancel();
    }

    ares_channel channel_ = nullptr;
    bool open_ = false;
    asio::steady_timer timeout_;
    std::map<int, std::shared_ptr<Socket>> sockets_;
};

/// A datagram socket "connects" without sending anything; it fails when there is no way to IPv6 from here.
bool ipv6_reachable(const asio::any_io_executor& executor, const asio::ip::address& address) {
    error_code ec;
    asio::ip::udp::socket probe(executor);
    probe.open(asio::ip::udp::v6(), ec);
    if (!ec) probe.connect({address, 53}, ec);
    return !ec;
}

/// IPv6 first when it can be reached at all, else last; the order within a family is the name server's.
void put_in_order(const asio::any_io_executor& executor, std::vector<asio::ip::address>& addresses) {
    const auto v6 = std::find_if(addresses.begin(), addresses.end(), [](const auto& a) { return a.is_v6(); });
    if (v6 == addresses.end()) return;
    const bool first = ipv6_reachable(executor, *v6);
    std::stable_partition(addresses.begin(), addresses.end(),
                          [&](const auto& a) { return a.is_v6() == first; });
}

bool is_localhost(std::string_view host) {
    if (host.ends_with('.')) host.remove_suffix(1);
    return same_name(host, "localhost") ||
           (host.size() > 10 && same_name(host.substr(host.size() - 10), ".localhost"));
}

void fail(Resolution& result, Error error, std::string detail) {
    result.error = error;
    result.detail = std::move(detail);
}

/// The verdict over the answers, once no more are awaited.
void conclude(const ResolveRequest& request, const Lookup& lookup, Resolution& result,
              std::chrono::milliseconds waited) {
    for (const auto* list : {&result.records.a, &result.records.aaaa})
        for (const auto& text : *list)
            result.addresses.push_back(asio::ip::make_address(text));
    if (request.addresses ? !result.addresses.empty() : !result.ns.empty()) return;

    const auto any = [&](std::initializer_list<int> wanted) {
        for (const auto& [type, status] : lookup.statuses)
            if (std::find(wanted.begin(), wanted.end(), status) != wanted.end()) return status;
        return 0;
    };
    if (any({ARES_ENOTFOUND}))
        return fail(result, Error::name_not_found, request.host + ": no such host name (NXDOMAIN)");
    if (lookup.pending > 0 || any({ARES_ETIMEOUT}))
        return fail(
            result, Error::resolve_timeout,
            request.host + ": no answer from a name server within " + std::to_string(waited.count()) + " ms");
    for (const auto& [type, status] : lookup.statuses)
        if (status != ARES_SUCCESS && status != ARES_ENODATA)
            return fail(result, Error::resolve_failed, request.host + ": " + ares_strerror(status));
    fail(result, Error::no_address,
         request.host +
             (request.addresses ? ": the name has no A or AAAA record" : ": the name has no NS record"));
}

/// Answers that need no name server. True when the result is final.
bool known_locally(const asio::any_io_executor& executor, const ResolveRequest& request, Resolution& result) {
    error_code ec;
    if (const auto literal = asio::ip::make_address(request.host, ec); !ec) {
        result.addresses = {literal};
        return true;
    }
    if (!is_localhost(request.host)) return false;
    result.addresses = {asio::ip::address_v4::loopback(), asio::ip::address_v6::loopback()};
    if (!ipv6_reachable(executor, result.addresses[1])) result.addresses.pop_back();
    return true;
}

/// Asks and waits, until all has been answered, the deadline, or a cancellation. False for the latter.
asio::awaitable<bool> question(const ResolveRequest& request, Lookup& lookup, Deadline deadline) {
    if (request.addresses) {
        lookup.ask(request.host, type_a);
        lookup.ask(request.host, type_aaaa);
    }
    if (request.name_server_records) lookup.ask(request.host, type_ns);

    Deadline limit = deadline;
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    while (lookup.pending > 0 && !limit.expired()) {
        lookup.changed.expires_at(limit.at());
        co_await lookup.changed.async_wait(asio::as_tuple(asio::use_awaitable));
        if (cancellation.cancelled() != asio::cancellation_type::none) co_return false;
        const bool some = !lookup.result.records.a.empty() || !lookup.result.records.aaaa.empty();
        if (some && limit == deadline) limit = deadline.within(other_family_grace);
    }
    co_return true;
}

/// c-ares says "could not contact" when every server has failed to answer, whatever their answers were.
bool hides_its_reason(const Lookup& lookup) {
    return std::any_of(lookup.statuses.begin(), lookup.statuses.end(),
                       [](const auto& entry) { return entry.second == ARES_ECONNREFUSED; });
}

}  // namespace

asio::awaitable<Resolution> resolve(asio::any_io_executor executor, ResolveRequest request,
                                    Deadline deadline) {
    const auto began = Deadline::Clock::now();
    Resolution result;
    if (request.local && known_locally(executor, request, result)) co_return result;

    for (const bool plain : {false, true}) {
        const auto lookup = std::make_shared<Lookup>(executor);
        // Ends the look-up also when this coroutine is destroyed while it waits.
        const std::shared_ptr<void> end(nullptr, [lookup](void*) { lookup->finish(); });
        if (const int status = lookup->open(request.name_servers, plain); status != ARES_SUCCESS) {
            fail(result, Error::resolve_failed,
                 "name servers '" + request.name_servers + "': " + ares_strerror(status));
            break;
        }
        if (request.local && request.addresses && !plain) {
            result.addresses = lookup->from_hosts_file(request.host);
            if (!result.addresses.empty()) break;
        }
        result.asked = true;
        const bool go_on = co_await question(request, *lookup, deadline);
        if (!go_on) {
            fail(result, Error::canceled, request.host + ": canceled");
            break;
        }
        // Once more, to learn why.
        if (!plain && hides_its_reason(*lookup) && !deadline.expired()) continue;
        result.records = std::move(lookup->result.records);
        result.ns = std::move(lookup->result.ns);
        conclude(request, *lookup, result,
                 std::chrono::duration_cast<std::chrono::milliseconds>(Deadline::Clock::now() - began));
        break;
    }
    put_in_order(executor, result.addresses);
    co_return result;
}

}  // namespace ringback::net
