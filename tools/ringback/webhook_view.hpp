// Messages and attempts as people and programs read them. Nothing secret is shown.
#pragma once

#include "store/store.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringback::webhook_tool {

/// "delivered", "parked" or "dead".
[[nodiscard]] std::string_view state_word(store::MessageState state) noexcept;

struct Listed {
    store::Message message;
    std::string test_name;
    bool behind = false;  ///< an earlier message to its target is not settled yet
};
/// A table: for each message a line, and one more with its target and why it was not delivered.
[[nodiscard]] std::string render_list(const std::vector<Listed>& list, store::Time now, std::size_t columns,
                                      bool color);

/// One message with its body and every attempt.
/// @param terminal for people at a terminal: JSON is indented
[[nodiscard]] std::string render_message(const Listed& listed, const std::vector<store::Attempt>& attempts,
                                         store::Time now, bool color, bool terminal);

[[nodiscard]] boost::json::object to_json(const Listed& listed);
[[nodiscard]] boost::json::object to_json(const store::Attempt& attempt);

/// A header's value without secrets and line breaks.
[[nodiscard]] std::string shown_header(std::string_view name, std::string_view value);
/// The text with secrets in it starred and nothing that could move the cursor.
/// @param indent JSON is indented, for people at a terminal
[[nodiscard]] std::string shown_body(const std::string& body,
                                     const std::vector<std::pair<std::string, std::string>>& headers,
                                     bool indent);
/// The bytes as they went over the wire, but for PagerDuty's key and for what could move the cursor.
[[nodiscard]] std::string sent_body(const std::string& body,
                                    const std::vector<std::pair<std::string, std::string>>& headers);
/// The phases of {"dns": 1.2, …} on one line: "dns 1.2 ms, connect 0.3 ms, …, total 4.5 ms".
[[nodiscard]] std::string timing_line(const boost::json::object& timings);
/// Text on a terminal: control characters and line breaks are made harmless.
[[nodiscard]] std::string one_line(std::string_view text);

}  // namespace ringback::webhook_tool
