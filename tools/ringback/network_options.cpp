#include "tools/ringback/network_options.hpp"

#include "net/target.hpp"

#include <boost/program_options/value_semantic.hpp>

#include <vector>

namespace ringback {
namespace {

namespace po = boost::program_options;

/// "http://user:password@host:port" is not repeated: the sentence may end up in a log.
std::optional<std::string> wrong_proxy(const std::string& url) {
    const auto target = net::parse_target(url);
    if (!target) return "--proxy: " + target.error();
    if (target->secure || target->websocket || target->path != "/")
        return "--proxy: an http URL without a path is needed, such as http://proxy.example:3128";
    return std::nullopt;
}

/// One of "127.0.0.1", "127.0.0.1:5353", "::1" and "[::1]:5353". An address with a port is what a URL holds
/// between "http://" and the path, so it is read as one.
bool is_name_server(const std::string& text) {
    if (text.empty() || text.find_first_of("/?#@\\ ") != std::string::npos) return false;
    for (const auto& written : {text, "[" + text + "]"}) {
        const auto target = net::parse_target("http://" + written);
        if (target && target->literal) return true;
    }
    return false;
}

std::optional<std::string> wrong_name_servers(const std::string& csv) {
    std::size_t begin = 0;
    for (;;) {
        const auto comma = csv.find(',', begin);
        const auto one = csv.substr(begin, comma == csv.npos ? comma : comma - begin);
        if (!is_name_server(one))
            return "--name-servers: '" + one +
                   "' is not an IP address, or one with a port such as 127.0.0.1:5353";
        if (comma == csv.npos) return std::nullopt;
        begin = comma + 1;
    }
}

}  // namespace

void add_network_options(po::options_description& into) {
    auto add = into.add_options();
    add("allow-net", po::value<std::vector<std::string>>()->value_name("CIDR[:PORT]")->composing(),
        "let webhooks reach these addresses, which are otherwise refused, e.g. 127.0.0.1/32:8090; may be "
        "repeated");
    add("proxy", po::value<std::string>()->value_name("URL"),
        "call webhooks through this HTTP proxy, http://[user:password@]host:port");
    add("name-servers", po::value<std::string>()->value_name("LIST"),
        "ask these name servers for webhooks' hosts in place of the system's, e.g. 10.0.0.2,10.0.0.3:5353");
}

std::optional<std::string> read_network_options(const po::variables_map& given,
                                                webhook::DeliveryOptions& delivery) {
    if (given.contains("allow-net"))
        for (const auto& network : given["allow-net"].as<std::vector<std::string>>())
            if (const auto allowed = delivery.policy.allow(network); !allowed)
                return "--allow-net " + allowed.error().message;
    if (given.contains("proxy")) {
        delivery.proxy = given["proxy"].as<std::string>();
        if (auto wrong = wrong_proxy(delivery.proxy)) return wrong;
    }
    if (given.contains("name-servers")) {
        delivery.name_servers = given["name-servers"].as<std::string>();
        if (auto wrong = wrong_name_servers(delivery.name_servers)) return wrong;
    }
    return std::nullopt;
}

}  // namespace ringback
