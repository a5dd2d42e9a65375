// Finding and questioning elements: what browser commands and assertions share.
#pragma once

#include "harness/webrtc/command.hpp"
#include "harness/webrtc/page.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace ringback::harness {

/// How long a command waits for its element, as Nightwatch does.
inline constexpr std::chrono::milliseconds kElementWait{5000};
inline constexpr std::chrono::milliseconds kPollInterval{100};

/// Puts the operation to the first element that matches (in_page/elements.js). Nothing inside: no element
/// does.
boost::asio::awaitable<Driven<std::optional<boost::json::value>>> ask_element(ProbeState& probe,
                                                                              Locator locator,
                                                                              std::string operation,
                                                                              boost::json::array more,
                                                                              net::Deadline deadline);

/// The same, waiting for the element to be there; none in time is an error.
boost::asio::awaitable<Driven<boost::json::value>> ask_present_element(ProbeState& probe, Locator locator,
                                                                       std::string operation,
                                                                       boost::json::array more,
                                                                       net::Deadline deadline);

/// objectId of the element, waiting for it to be there.
boost::asio::awaitable<Driven<std::string>> element_object(ProbeState& probe, Locator locator,
                                                           net::Deadline deadline);

}  // namespace ringback::harness
