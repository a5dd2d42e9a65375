// One command of a script's `client`: a row in a table, and a function that does it.
#pragma once

#include "harness/webrtc/client_queue.hpp"
#include "net/deadline.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ringback::harness {

struct ProbeState;

/// A function of the script, which only the script's context can call.
struct ScriptFunction {
    std::int64_t number = 0;
    std::string source;
    std::int64_t arity = 0;  ///< of declared parameters
};

/// How an element is found.
struct Locator {
    std::string strategy;  ///< "css selector", "xpath", "id", …
    std::string selector;
    /// `"#join"`, or `xpath "//a"`
    [[nodiscard]] std::string shown() const;
};

/// A call with its arguments taken apart.
struct Call {
    std::string name;
    Locator locator;               ///< of commands on an element
    boost::json::array arguments;  ///< without the locator
    std::optional<ScriptFunction> callback;
    net::Deadline deadline;  ///< by which it must be over, whatever it waits for
    std::size_t line = 0;
    std::string source;

    [[nodiscard]] bool has(std::size_t index) const;  ///< given, and neither null nor a function
    [[nodiscard]] std::string text(std::size_t index, std::string otherwise = {}) const;  ///< numbers as text
    [[nodiscard]] std::optional<double> number(std::size_t index) const;                  ///< also from text
    [[nodiscard]] std::optional<ScriptFunction> function(std::size_t index) const;
    /// Milliseconds; negative ones count as none.
    [[nodiscard]] std::chrono::milliseconds milliseconds(std::size_t index,
                                                         std::chrono::milliseconds otherwise) const;
};

struct CommandOutcome {
    std::string error;                   ///< one sentence without a full stop; empty: it worked
    bool goes_on = false;                ///< after the error: it is noted, and the script continues
    boost::json::array callback_values;  ///< what the callback is called with

    [[nodiscard]] static CommandOutcome done() { return {}; }
    /// A callback that takes Nightwatch's result object: {status: 0, value}.
    [[nodiscard]] static CommandOutcome result(boost::json::value value);
    /// A callback that takes the bare value.
    [[nodiscard]] static CommandOutcome plain(boost::json::value value);
    [[nodiscard]] static CommandOutcome failed(std::string error);
};

struct Command {
    std::string_view name;
    std::size_t min_arguments = 0, max_arguments = 0;  ///< without locator and callback
    bool on_element = false;                           ///< starts with a selector
    boost::asio::awaitable<CommandOutcome> (*run)(ProbeState& probe, Call& call);
    std::string_view usage;  ///< "click(selector[, callback])"
    bool own_time = false;   ///< waits as long as its arguments say; others are ended after kCommandLimit
};
inline constexpr std::chrono::seconds kCommandLimit{60};

/// All commands there are: those of browser_commands, element_commands, assertion_commands and rtc_commands.
[[nodiscard]] std::span<const Command* const> all_commands();
/// Null: there is no such command.
[[nodiscard]] const Command* find_command(std::string_view name);
/// "unknown command 'clik' (did you mean 'click'?)"
[[nodiscard]] std::string unknown_command(std::string_view name);

/// Takes the arguments of a queued command apart. The error is a sentence.
/// @param strategy in force for plain selectors (useXpath, useCss)
[[nodiscard]] std::string prepare_call(const Command& command, QueuedCommand&& queued,
                                       std::string_view strategy, Call& call);

[[nodiscard]] std::span<const Command> browser_commands();
[[nodiscard]] std::span<const Command> element_commands();
[[nodiscard]] std::span<const Command> assertion_commands();
[[nodiscard]] std::span<const Command> rtc_commands();

}  // namespace ringback::harness
