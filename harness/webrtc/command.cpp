#include "harness/webrtc/command.hpp"

#include "run-options/parse_error.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <vector>

namespace ringback::harness {

namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, 8> kStrategies{
    "css selector", "xpath", "id", "name", "class name", "tag name", "link text", "partial link text"};

bool is_strategy(const json::value& value) {
    const auto* text = value.if_string();
    return text &&
           std::find(kStrategies.begin(), kStrategies.end(), std::string_view(*text)) != kStrategies.end();
}

std::optional<ScriptFunction> as_function(const json::value& value) {
    const auto* object = value.if_object();
    if (!object) return std::nullopt;
    const auto* number = object->if_contains("$function");
    if (!number || !number->is_number()) return std::nullopt;
    ScriptFunction function;
    function.number = number->to_number<std::int64_t>();
    if (const auto* source = object->if_contains("source"); source && source->is_string())
        function.source = std::string(source->get_string());
    if (const auto* arity = object->if_contains("arity"); arity && arity->is_number())
        function.arity = arity->to_number<std::int64_t>();
    return function;
}

/// Takes the locator off the front of the arguments.
std::string take_locator(const Command& command, json::array& arguments, std::string_view strategy,
                         Locator& to) {
    const auto wrong = [&] { return "it needs a selector: " + std::string(command.usage); };
    if (arguments.empty()) return wrong();
    to.strategy = strategy;
    if (const auto* object = arguments[0].if_object(); object && !as_function(arguments[0])) {
        const auto* selector = object->if_contains("selector");
        if (!selector || !selector->is_string()) return wrong();
        to.selector = std::string(selector->get_string());
        if (const auto* by = object->if_contains("locateStrategy"); by && is_strategy(*by))
            to.strategy = std::string(by->get_string());
        arguments.erase(arguments.begin());
        return {};
    }
    if (!arguments[0].is_string()) return wrong();
    // click('#join') or click('css selector', '#join'): only the number of arguments tells a selector `id`
    // from the strategy of that name.
    const auto rest = static_cast<std::size_t>(std::count_if(
        arguments.begin() + 1, arguments.end(), [](const json::value& v) { return !as_function(v); }));
    if (is_strategy(arguments[0]) && arguments.size() > 1 && arguments[1].is_string() &&
        rest > command.min_arguments) {
        to.strategy = std::string(arguments[0].get_string());
        arguments.erase(arguments.begin());
    }
    to.selector = std::string(arguments[0].get_string());
    arguments.erase(arguments.begin());
    return to.selector.empty() ? std::string("the selector is empty") : std::string{};
}

}  // namespace

std::string Locator::shown() const {
    const auto quoted = json::serialize(json::value(selector));
    return strategy == "css selector" ? quoted : strategy + " " + quoted;
}

bool Call::has(std::size_t index) const {
    return index < arguments.size() && !arguments[index].is_null() && !as_function(arguments[index]);
}

std::string Call::text(std::size_t index, std::string otherwise) const {
    if (!has(index)) return otherwise;
    const auto& value = arguments[index];
    return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

std::optional<double> Call::number(std::size_t index) const {
    if (!has(index)) return std::nullopt;
    const auto& value = arguments[index];
    if (value.is_number()) return value.to_number<double>();
    const auto* string = value.if_string();
    if (!string) return std::nullopt;
    double parsed = 0;
    const auto [end, error] = std::from_chars(string->data(), string->data() + string->size(), parsed);
    if (error != std::errc{} || end != string->data() + string->size()) return std::nullopt;
    return parsed;
}

std::optional<ScriptFunction> Call::function(std::size_t index) const {
    return index < arguments.size() ? as_function(arguments[index]) : std::nullopt;
}

std::chrono::milliseconds Call::milliseconds(std::size_t index, std::chrono::milliseconds otherwise) const {
    const auto value = number(index);
    if (!value || !std::isfinite(*value)) return otherwise;
    return std::chrono::milliseconds(static_cast<std::int64_t>(std::clamp(*value, 0.0, 1e12)));
}

CommandOutcome CommandOutcome::result(json::value value) {
    json::object object;
    object["status"] = 0;
    object["value"] = std::move(value);
    CommandOutcome outcome;
    outcome.callback_values.push_back(std::move(object));
    return outcome;
}

CommandOutcome CommandOutcome::plain(json::value value) {
    CommandOutcome outcome;
    outcome.callback_values.push_back(std::move(value));
    return outcome;
}

CommandOutcome CommandOutcome::failed(std::string error) {
    CommandOutcome outcome;
    outcome.error = std::move(error);
    return outcome;
}

std::span<const Command* const> all_commands() {
    static const auto all = [] {
        std::vector<const Command*> list;
        for (const auto table :
             {browser_commands(), element_commands(), assertion_commands(), rtc_commands()})
            for (const auto& command : table)
                list.push_back(&command);
        std::sort(list.begin(), list.end(),
                  [](const Command* a, const Command* b) { return a->name < b->name; });
        return list;
    }();
    return all;
}

const Command* find_command(std::string_view name) {
    const auto all = all_commands();
    const auto at = std::lower_bound(
        all.begin(), all.end(), name,
        [](const Command* command, std::string_view wanted) { return command->name < wanted; });
    return at != all.end() && (*at)->name == name ? *at : nullptr;
}

std::string unknown_command(std::string_view name) {
    std::vector<std::string_view> names{"include", "Keys"};
    for (const auto* command : all_commands())
        names.push_back(command->name);
    auto text = "unknown command '" + std::string(name) + "'";
    if (const auto near = nearest_name(name, names); !near.empty())
        text += " (did you mean '" + std::string(near) + "'?)";
    return text;
}

std::string prepare_call(const Command& command, QueuedCommand&& queued, std::string_view strategy,
                         Call& call) {
    call.name = std::move(queued.name);
    call.line = queued.line;
    call.source = std::move(queued.source);
    call.arguments = std::move(queued.arguments);
    if (command.on_element)
        if (auto error = take_locator(command, call.arguments, strategy, call.locator); !error.empty())
            return error;
    // A callback stands behind what the command needs; a function before that is an argument.
    for (std::size_t i = call.arguments.size(); i-- > command.min_arguments;)
        if (auto function = as_function(call.arguments[i])) {
            call.callback = std::move(function);
            call.arguments.erase(call.arguments.begin() + static_cast<std::ptrdiff_t>(i));
            break;
        }
    while (call.arguments.size() > command.min_arguments && call.arguments.back().is_null())
        call.arguments.pop_back();
    if (call.arguments.size() < command.min_arguments)
        return "it needs more arguments: " + std::string(command.usage);
    // As in any JavaScript, what is more than wanted is ignored.
    if (call.arguments.size() > command.max_arguments)
        call.arguments.erase(call.arguments.begin() + static_cast<std::ptrdiff_t>(command.max_arguments),
                             call.arguments.end());
    return {};
}

}  // namespace ringback::harness
