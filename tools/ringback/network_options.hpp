// How webhooks reach the network: the options that `run`, `serve` and `webhook` share. Only a command line
// has them, never a test file.
#pragma once

#include "webhook/delivery.hpp"

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/variables_map.hpp>

#include <optional>
#include <string>

namespace ringback {

/// --allow-net, --proxy and --name-servers.
void add_network_options(boost::program_options::options_description& into);

/// Puts what was given into `delivery`, over what it allows already. What is wrong, as one sentence without
/// secrets; nullopt when all is well.
[[nodiscard]] std::optional<std::string> read_network_options(
    const boost::program_options::variables_map& given, webhook::DeliveryOptions& delivery);

}  // namespace ringback
