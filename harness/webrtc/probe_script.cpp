#include "harness/webrtc/probe_script.hpp"

#include "embedded/harness_scripts.hpp"
#include "harness/script/web_api.hpp"
#include "harness/webrtc/keys.hpp"

#include <boost/json/object.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace ringback::harness {

namespace json = boost::json;
using Native = boost::system::result<json::value, NativeError>;

namespace {

/// Time a script may take between two commands.
constexpr std::chrono::seconds kScriptTime{10};
constexpr std::size_t kMaxInclude = std::size_t{4} << 20;

std::string utf8_of(char32_t code) {
    // All special keys are in the private use area: three bytes.
    return {static_cast<char>(0xe0 | (code >> 12)), static_cast<char>(0x80 | (code >> 6 & 0x3f)),
            static_cast<char>(0x80 | (code & 0x3f))};
}

/// What client.js asks for at its start.
json::value client_setup(const ProbeState& probe) {
    json::array names;
    for (const auto* command : all_commands())
        if (command->name.front() != '(') names.emplace_back(command->name);
    json::object keys;
    for (const auto& key : special_keys())
        keys[key.name] = utf8_of(key.code_point);
    json::object env;
    for (const auto& [name, value] : probe.env)
        env[name] = value;
    json::object setup;
    setup["names"] = std::move(names);
    setup["keys"] = std::move(keys);
    setup["env"] = std::move(env);
    return setup;
}

Native queue_command(ProbeState& probe, std::span<const json::value> arguments) {
    if (arguments.size() < 2 || !arguments[0].is_string() || !arguments[1].is_array())
        return NativeError{"a command could not be queued"};
    QueuedCommand command;
    command.name = std::string(arguments[0].get_string());
    command.arguments = arguments[1].get_array();
    if (const auto stack = probe.script->stack(); !stack.empty()) {
        command.source = stack.front().source;
        command.line = stack.front().line;
    }
    if (!probe.queue.add(std::move(command)))
        return NativeError{"more than " + std::to_string(ClientQueue::kMaxCommands) + " commands are queued"};
    return json::value(nullptr);
}

Native include_file(ProbeState& probe, std::span<const json::value> arguments) {
    const auto name = arguments.empty() || !arguments[0].is_string() ? std::string{}
                                                                     : std::string(arguments[0].get_string());
    const auto path = beside_script(probe, name);
    if (!probe.included.insert(path).second) return json::value(nullptr);  // its functions are known
    std::ifstream file(path, std::ios::binary);
    if (!file) return NativeError{"include: there is no file '" + name + "'"};
    std::string text{std::istreambuf_iterator<char>(file), {}};
    if (text.size() > kMaxInclude) return NativeError{"include: '" + name + "' is larger than 4 MiB"};
    const auto done = probe.script->evaluate(text, name);
    if (done.has_error()) return NativeError{"include: " + done.error().text()};
    return json::value(nullptr);
}

Native log_line(ProbeState& probe, std::span<const json::value> arguments) {
    const auto text = [&](std::size_t i) {
        return i < arguments.size() && arguments[i].is_string() ? std::string(arguments[i].get_string())
                                                                : std::string{};
    };
    const auto level = text(0);
    probe.note(level == "error" ? Level::error : level == "warning" ? Level::warning : Level::info, text(1));
    return json::value(nullptr);
}

/// A call of something that does not exist is most often a misspelt command.
std::string shown(ProbeState& probe, const ScriptError& error) {
    auto text = error.name.empty() ? error.message : error.name + ": " + error.message;
    if (error.name == "TypeError" && error.message.find("is not a function") != std::string::npos) {
        const auto missing = probe.script->call("__ringback.missing", {});
        if (missing.has_value() && missing->is_string() && !missing->get_string().empty()) {
            const std::string name(missing->get_string());
            const auto last = name.substr(name.find('.') + 1);
            if (error.message.find("." + last + " is not a function") != std::string::npos ||
                error.message.find("." + last + "(") != std::string::npos)
                text = unknown_command(name);
        }
    }
    const auto place = place_of(error.source, error.line);
    return place.empty() ? text : place + ": " + text;
}

}  // namespace

std::string place_of(const std::string& source, std::size_t line) {
    auto name = std::filesystem::path(source).filename().string();
    if (name.empty()) return {};
    return line ? name + ":" + std::to_string(line) : name;
}

std::string beside_script(const ProbeState& probe, const std::string& file) {
    const std::filesystem::path path(file);
    if (path.is_absolute()) return file;
    const auto& script = probe.run.webrtc().script_file;
    const std::filesystem::path base(script.empty() ? probe.run.test.file : script);
    return (base.parent_path() / path).string();
}

std::string run_script_body(ProbeState& probe) {
    ScriptLimits limits;
    limits.time = kScriptTime;
    std::string why;
    probe.script = ScriptContext::create(limits, &why);
    if (!probe.script) return why;
    auto& script = *probe.script;
    script.define("__native.setup", [&](auto) -> Native { return client_setup(probe); });
    script.define("__native.queue", [&](auto arguments) { return queue_command(probe, arguments); });
    script.define("__native.include", [&](auto arguments) { return include_file(probe, arguments); });
    script.define("__native.log", [&](auto arguments) { return log_line(probe, arguments); });
    script.define("__native.done", [&](std::span<const json::value> arguments) -> Native {
        if (!arguments.empty() && arguments[0].is_number())
            probe.done_functions.insert(arguments[0].to_number<std::int64_t>());
        return json::value(nullptr);
    });
    if (auto error = add_web_api(script); !error.empty()) return error;
    if (const auto ready = script.evaluate(scripts::client_js(), "[client]"); ready.has_error())
        return ready.error().text();
    const auto& test = probe.run.webrtc();
    const auto name = test.script_file.empty()
                          ? probe.run.test.file.empty() ? std::string("script") : probe.run.test.file
                          : test.script_file;
    const std::pair<std::string, std::string> parameters[] = {{"client", "client"}};
    // A script written inside a test file keeps the file's line numbers.
    const auto body = std::string(std::max<std::size_t>(test.script_line, 1) - 1, '\n') + test.script;
    const auto done = script.run_body(body, name, parameters);
    return done.has_error() ? shown(probe, done.error()) : std::string{};
}

std::string call_script(ProbeState& probe, const ScriptFunction& function, json::array arguments) {
    json::array given;
    given.emplace_back(function.number);
    given.emplace_back(std::move(arguments));
    const auto done = probe.script->call("__ringback.call", {given.data(), given.size()});
    return done.has_error() ? shown(probe, done.error()) : std::string{};
}

}  // namespace ringback::harness
