#include "harness/test/testrtc_import.hpp"

#include "harness/script/check_script.hpp"

#include <boost/json/object.hpp>

#include <algorithm>

namespace ringback::harness {
namespace {

namespace json = boost::json;

ParseError error_of(const std::string& file, const std::string& key, std::string message,
                    std::string hint = {}) {
    ParseError error;
    error.source = file;
    error.message = "'" + key + "': " + std::move(message);
    error.hint = std::move(hint);
    return error;
}

/// The text of a key; "" when absent, null or of another type.
std::string text_of(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value && value->is_string() ? std::string(value->get_string()) : std::string{};
}

/// A whole number of at least 1, written as a number or as a text (exports have both).
std::optional<std::uint32_t> count_of(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    if (!value) return std::nullopt;
    double number = 0;
    if (value->is_number())
        number = value->to_number<double>();
    else if (value->is_string())
        number = std::atof(std::string(value->get_string()).c_str());
    if (number < 1 || number > 10000 || number != static_cast<double>(static_cast<std::uint32_t>(number)))
        return std::nullopt;
    return static_cast<std::uint32_t>(number);
}

/// Scripts pasted on Windows have CRLF line ends; a lone CR is one too.
std::string unix_lines(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\r')
            out += text[i];
        else if (i + 1 >= text.size() || text[i + 1] != '\n')
            out += '\n';
    }
    return out;
}

/// "undefined" and "default" stand for nothing chosen.
std::string choice(const json::object& profile, std::string_view key) {
    auto text = text_of(profile, key);
    return text == "undefined" || text == "default" ? std::string{} : text;
}

std::vector<Profile> profiles_of(const json::object& object) {
    std::vector<Profile> profiles;
    const auto* list = object.if_contains("testProfiles");
    if (!list || !list->is_array()) return profiles;
    for (const auto& item : list->get_array()) {
        if (!item.is_object()) continue;
        const auto& fields = item.get_object();
        Profile profile;
        if (auto browser = choice(fields, "browser"); !browser.empty()) profile.browser = std::move(browser);
        profile.network = choice(fields, "network");
        profile.firewall = choice(fields, "firewall");
        profile.media = choice(fields, "media");
        profile.location = choice(fields, "location");
        profiles.push_back(std::move(profile));
    }
    return profiles;
}

/// What the export says in keys of its own, where its run options do not.
Parsed<void> fill_options(const json::object& object, const std::string& file, RunOptions& options) {
    if (!options.session) options.session = count_of(object, "sessionSize");
    if (!options.probes) {
        const auto* parameters = object.if_contains("parameters");
        if (parameters && parameters->is_object())
            options.probes = count_of(parameters->get_object(), "concurrentUsers");
        if (const auto sessions = count_of(object, "numberOfSessions"); !options.probes && sessions)
            options.probes = *sessions * options.session_size();
        // Exports are not always consistent: testRTC rounds up to whole sessions.
        if (options.probes && *options.probes % options.session_size() != 0)
            options.probes = (*options.probes / options.session_size() + 1) * options.session_size();
    }
    const auto webhook = text_of(object, "webhook");
    if (!options.webhooks.empty() || webhook.empty()) return {};
    auto target = parse_webhook_target(webhook);
    if (!target) {
        auto error = target.error();
        error.source = file + " (webhook)";
        return error;
    }
    options.webhooks.push_back(std::move(*target));
    return {};
}

}  // namespace

bool is_testrtc_export(const json::value& document) {
    return document.is_object() && document.get_object().contains("testScript");
}

Parsed<Test> import_testrtc(const json::value& document, const std::string& file) {
    const auto& object = document.get_object();
    Test test;
    test.file = file;
    test.name = text_of(object, "name");
    if (test.name.empty()) return error_of(file, "name", "a test needs a name");
    test.description = text_of(object, "info");
    test.service_url = text_of(object, "serviceUrl");
    test.run_options_text = text_of(object, "runOptions");
    auto options = parse_run_options(test.run_options_text);
    if (!options) {
        auto error = options.error();
        error.source = file + " (runOptions)";
        return error;
    }
    test.run_options = std::move(*options);
    if (auto filled = fill_options(object, file, test.run_options); !filled) return filled.error();
    WebrtcTest webrtc;
    webrtc.script = unix_lines(text_of(object, "testScript"));
    if (webrtc.script.find_first_not_of(" \t\n") == std::string::npos)
        return error_of(file, "testScript", "the script is empty");
    webrtc.script_file = file + " (testScript)";
    webrtc.profiles = profiles_of(object);
    if (auto checked = check_script(webrtc.script, webrtc.script_file); !checked) return checked.error();
    test.body = std::move(webrtc);
    return test;
}

}  // namespace ringback::harness
