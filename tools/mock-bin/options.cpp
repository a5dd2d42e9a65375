#include "tools/mock-bin/options.hpp"

#include "run-options/parse_error.hpp"
#include "tools/mock-bin/text.hpp"

#include <boost/program_options.hpp>

#include <algorithm>
#include <thread>

namespace ringback::mock_bin {
namespace {

namespace po = boost::program_options;

/// "64M", "1G", "500k", "1000".
std::optional<std::uint64_t> parse_size(std::string_view text) {
    std::uint64_t scale = 1;
    for (const auto& [letter, factor] :
         {std::pair{'k', 1ull << 10}, std::pair{'m', 1ull << 20}, std::pair{'g', 1ull << 30}})
        if (!text.empty() && (text.back() | 0x20) == letter) scale = factor;
    if (scale != 1) text.remove_suffix(1);
    const auto number = parse_number(text);
    if (!number || *number > (1ull << 50) / scale) return std::nullopt;
    return *number * scale;
}

struct Given {
    std::string listen, ring, ring_bytes, total_bytes, bins, body_limit, threads;
    std::vector<std::string> replay_allow, words;
};

struct BadOption {
    std::string message;
};

/// "64M" for 64 MiB.
std::string size_text(std::uint64_t size) {
    for (const auto& [shift, letter] : {std::pair{30, "G"}, std::pair{20, "M"}, std::pair{10, "k"}})
        if (size >> shift && (size >> shift) << shift == size) return std::to_string(size >> shift) + letter;
    return std::to_string(size);
}

std::uint64_t need_number(const std::string& name, const std::string& text, std::uint64_t least,
                          std::uint64_t most, bool size) {
    const auto value = size ? parse_size(text) : parse_number(text);
    if (value && *value >= least && *value <= most) return *value;
    const auto shown = size ? size_text : static_cast<std::string (*)(std::uint64_t)>(std::to_string);
    throw BadOption{"--" + name + " must be a " + (size ? "size such as 64M" : "whole number") + " from " +
                    shown(least) + " to " + shown(most) + ", not \"" + text + "\""};
}

struct HostAndPort {
    std::string_view host, port;
};

/// "127.0.0.1:8090", "[::1]:8090", "8090", ":8090", "localhost".
std::optional<HostAndPort> split_address(std::string_view text) {
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string_view::npos || close == 1) return std::nullopt;
        const auto rest = text.substr(close + 1);
        if (!rest.empty() && !rest.starts_with(':')) return std::nullopt;
        return HostAndPort{text.substr(1, close - 1), rest.substr(rest.empty() ? 0 : 1)};
    }
    const auto colon = text.find(':');
    if (colon == std::string_view::npos)
        return parse_number(text) ? HostAndPort{{}, text} : HostAndPort{text, {}};
    if (text.find(':', colon + 1) != std::string_view::npos || text.find(']') != std::string_view::npos)
        return std::nullopt;
    return HostAndPort{text.substr(0, colon), text.substr(colon + 1)};
}

void set_address(net::ServerOptions& server, std::string_view text) {
    const auto parts = split_address(text);
    if (!parts)
        throw BadOption{"--listen must be HOST:PORT, an IPv6 address in brackets such as [::1]:8090, not \"" +
                        std::string(text) + "\""};
    if (!parts->host.empty()) server.host = std::string(parts->host);
    if (parts->port.empty()) return;
    const auto number = parse_number(parts->port);
    if (!number || *number > 65535)
        throw BadOption{"--listen must be HOST:PORT with a port from 0 to 65535, not \"" + std::string(text) +
                        "\""};
    server.port = static_cast<std::uint16_t>(*number);
}

po::options_description description(Options& out, Given& given) {
    po::options_description all;
    const auto text = [](std::string& to, const char* otherwise) {
        return po::value(&to)->default_value(otherwise);
    };
    all.add_options()                                                      //
        ("listen", text(given.listen, "127.0.0.1:8090"), "")               //
        ("state", po::value(&out.state), "")                               //
        ("certificate", po::value(&out.server.certificate), "")            //
        ("key", po::value(&out.server.key), "")                            //
        ("ring", text(given.ring, "1000"), "")                             //
        ("ring-bytes", text(given.ring_bytes, "64M"), "")                  //
        ("total-bytes", text(given.total_bytes, "1G"), "")                 //
        ("bins", text(given.bins, "250000"), "")                           //
        ("body-limit", text(given.body_limit, "100M"), "")                 //
        ("threads", text(given.threads, "0"), "")                          //
        ("replay-allow", po::value(&given.replay_allow)->composing(), "")  //
        ("word", po::value(&given.words), "")                              //
        ("help,h", po::bool_switch(&out.help), "")                         //
        ("version", po::bool_switch(&out.version), "");
    return all;
}

bool is_loopback(const std::string& host) {
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

void apply(Options& out, const Given& given) {
    out.server.port = 8090;
    set_address(out.server, given.listen);
    auto& limits = out.app.limits;
    limits.ring = need_number("ring", given.ring, 1, 100'000'000, false);
    limits.ring_bytes = need_number("ring-bytes", given.ring_bytes, 1024, 1ull << 50, true);
    limits.total_bytes = need_number("total-bytes", given.total_bytes, 64u << 10, 1ull << 50, true);
    limits.bins = need_number("bins", given.bins, 1, 1'000'000'000, false);
    // A state file's record holds a whole call.
    out.server.limits.max_body = need_number("body-limit", given.body_limit, 0, 512ull << 20, true);
    out.threads = static_cast<unsigned>(need_number("threads", given.threads, 0, 256, false));
    if (out.threads == 0) out.threads = std::clamp(std::thread::hardware_concurrency(), 1u, 4u);
    if (out.server.certificate.empty() != out.server.key.empty())
        throw BadOption{"--certificate and --key go together: both are PEM files"};
    // Whoever can reach a mock-bin can make it send: one that others can reach must not reach into this
    // network.
    out.app.replay_to =
        is_loopback(out.server.host) ? net::AddressPolicy::command_line() : net::AddressPolicy::service();
    for (const auto& exception : given.replay_allow)
        if (const auto added = out.app.replay_to.allow(exception); !added)
            throw BadOption{"--replay-allow " + exception + ": " + added.error().message};
}

/// What was meant by an option that there is not.
std::string hint_for(std::string_view name) {
    constexpr std::string_view kNames[] = {"--listen",     "--state",   "--certificate",  "--key",
                                           "--ring",       "--bins",    "--ring-bytes",   "--total-bytes",
                                           "--body-limit", "--threads", "--replay-allow", "--version",
                                           "--help"};
    if (name == "--port" || name == "--host" || name == "-p") return "; did you mean --listen HOST:PORT?";
    const auto nearest = nearest_name(name, kNames);
    return nearest.empty() ? "" : "; did you mean " + std::string(nearest) + "?";
}

}  // namespace

boost::system::result<Options, std::string> parse_options(const std::vector<std::string>& arguments) {
    Options out;
    Given given;
    try {
        const auto all = description(out, given);
        po::variables_map map;
        po::store(po::command_line_parser(arguments)
                      .options(all)
                      .positional(po::positional_options_description().add("word", -1))
                      .style(po::command_line_style::default_style & ~po::command_line_style::allow_guessing)
                      .run(),
                  map);
        po::notify(map);
        if (!given.words.empty()) throw BadOption{"takes options only, not \"" + given.words.front() + "\""};
        if (!out.help && !out.version) apply(out, given);
    } catch (const po::unknown_option& error) {
        return error.what() + hint_for(error.get_option_name());
    } catch (const po::error& error) {
        return std::string(error.what());
    } catch (const BadOption& error) {
        return error.message;
    }
    return out;
}

std::string help_text() {
    return R"(mock-bin records HTTP requests, shows them, and answers as you say.

  mock-bin                                 listens on http://127.0.0.1:8090
  mock-bin --listen 0.0.0.0:9000           on every address, port 9000 (port 0: a free one)
  mock-bin --state calls.journal           keeps bins and calls over restarts

Then open the page it names, or:

  curl -d '{"status":200}' http://127.0.0.1:8090/bin/create      makes a bin, prints its id
  curl -d 'hello' http://127.0.0.1:8090/bin/ID                   is recorded and answered
  curl http://127.0.0.1:8090/bin/ID/log                          shows what came (HAR)
  curl http://127.0.0.1:8090/bin/ID/wait?count=2                 waits for two calls

Options
  --listen HOST:PORT     where to listen                                  [127.0.0.1:8090]
  --state FILE           keep state in this file; a call is on the disk before it is answered
  --certificate FILE     serve HTTPS with this PEM certificate chain
  --key FILE             and this PEM key
  --ring N               calls kept per bin, the newest                   [1000]
  --ring-bytes SIZE      and their bytes                                  [64M]
  --total-bytes SIZE     bytes kept of all bins together                  [1G]
  --bins N               bins at most                                     [250000]
  --body-limit SIZE      a larger request body gets 413                   [100M]
  --threads N            worker threads; 0: one per core, 4 at most       [0]
  --replay-allow CIDR:PORT
                         an address that calls may be replayed to, beside those allowed anyway
                         (from loopback: all but cloud metadata; else: public ones only)
  --version              print version and commit
  --help                 this text

Ctrl-C or SIGTERM stops it: calls under way are answered first, delayed ones at once.
)";
}

}  // namespace ringback::mock_bin
