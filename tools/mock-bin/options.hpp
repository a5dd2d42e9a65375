// The command line of mock-bin.
#pragma once

#include "net/http_server.hpp"
#include "tools/mock-bin/app.hpp"

#include <boost/system/result.hpp>

#include <string>
#include <vector>

namespace ringback::mock_bin {

struct Options {
    net::ServerOptions server;
    AppOptions app;
    std::string state;  ///< file; empty: state in memory only
    unsigned threads = 0;
    bool help = false, version = false;
};

/// The error is a sentence for people.
[[nodiscard]] boost::system::result<Options, std::string> parse_options(
    const std::vector<std::string>& arguments);
[[nodiscard]] std::string help_text();

}  // namespace ringback::mock_bin
