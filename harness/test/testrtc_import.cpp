#include "harness/test/testrtc_import.hpp"

#include "harness/expression/template.hpp"
#include "harness/script/check_script.hpp"
#include "harness/test/firewall.hpp"
#include "harness/test/media_source.hpp"
#include "harness/test/network_conditions.hpp"
#include "harness/test/option_use.hpp"
#include "harness/test/step_loader.hpp"

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

/// A name is one line of at most 255 bytes, as in a test file; exports know no such bound.
std::string one_line(std::string text) {
    constexpr std::size_t most = 255;
    for (auto& c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    if (text.size() > most) {
        text.resize(most);
        while ((static_cast<unsigned char>(text.back()) & 0xc0) == 0x80)
            text.pop_back();
        if (static_cast<unsigned char>(text.back()) >= 0xc0) text.pop_back();
    }
    const auto first = text.find_first_not_of(' ');
    return first == std::string::npos ? std::string{}
                                      : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

/// "undefined" and "default" stand for nothing chosen.
std::string choice(const json::object& profile, std::string_view key) {
    auto text = text_of(profile, key);
    return text == "undefined" || text == "default" || text == "DEFAULT" ? std::string{} : text;
}

/// testRTC has films of its own ("Salsa-720p.mp4", "KrankyGeek-2-1080p"). Unless the user has put a file of
/// that name beside the export, the talking head stands in, in about that size.
std::string media_of(std::string name, const std::string& file, std::vector<std::string>& remarks) {
    if (parse_media(name, folder_of(file)).has_value()) return name;
    const bool large = name.find("720") != std::string::npos || name.find("1080") != std::string::npos;
    const std::string stand_in = large ? "talking-head-720p" : "talking-head";
    auto remark = "the media " + quoted(name) + " is not here: '" + stand_in + "' stands in";
    if (std::find(remarks.begin(), remarks.end(), remark) == remarks.end())
        remarks.push_back(std::move(remark));
    return stand_in;
}

Parsed<std::vector<Profile>> profiles_of(const json::object& object, const std::string& file,
                                         std::vector<std::string>& remarks) {
    std::vector<Profile> profiles;
    const auto* list = object.if_contains("testProfiles");
    if (!list || !list->is_array()) return profiles;
    for (const auto& item : list->get_array()) {
        if (!item.is_object()) continue;
        const auto& fields = item.get_object();
        Profile profile;
        if (auto browser = choice(fields, "browser"); !browser.empty()) profile.browser = std::move(browser);
        if (!is_known_browser(profile.browser))
            return error_of(
                file, "testProfiles",
                "the browser " + quoted(profile.browser) + " is not supported yet, only Chromium is",
                "chromium, or testRTC's linux-chrome-stable");
        profile.network = choice(fields, "network");
        profile.firewall = choice(fields, "firewall");
        if (auto network = find_network_profile(profile.network); !network)
            return error_of(file, "testProfiles", network.error().message, network.error().hint);
        if (auto firewall = find_firewall(profile.firewall); !firewall)
            return error_of(file, "testProfiles", firewall.error().message, firewall.error().hint);
        profile.media = media_of(choice(fields, "media"), file, remarks);
        profile.location = choice(fields, "location");
        profiles.push_back(std::move(profile));
    }
    return profiles;
}

/// Probes in all; 0: the export does not say.
std::uint32_t probes_of(const json::object& object, const RunOptions& options) {
    const auto size = options.session_size();
    std::optional<std::uint32_t> probes;
    if (const auto* parameters = object.if_contains("parameters"); parameters && parameters->is_object())
        probes = count_of(parameters->get_object(), "concurrentUsers");
    if (const auto sessions = count_of(object, "numberOfSessions"); !probes && sessions)
        probes = *sessions * size;
    // Exports are not always consistent: testRTC rounds up to whole sessions.
    return probes ? (*probes + size - 1) / size * size : 0;
}

/// The webhook field as run options: a URL, several of them, one per line, or JSON.
Parsed<std::string> webhook_option(const std::string& written, const std::string& file) {
    const auto first = written.find_first_not_of(" \t\r\n");
    const auto text = written.substr(first, written.find_last_not_of(" \t\r\n") - first + 1);
    auto wrong = [&]() -> std::optional<ParseError> {
        if (text.front() != '{' && text.find('\n') != std::string::npos) {
            const auto several = parse_run_options("#webhook:" + text);
            return several ? std::nullopt : std::optional(several.error());
        }
        const auto one = parse_webhook_target(text);
        return one ? std::nullopt : std::optional(one.error());
    }();
    if (!wrong) return Parsed<std::string>(boost::system::in_place_value, " #webhook:" + text);
    wrong->source = file + " (webhook)";
    return *wrong;
}

/// What the export says in keys of its own, where its run options do not: added to their text, so that the
/// text alone says it all.
Parsed<void> read_options(const json::object& object, const std::string& file, Test& test) {
    auto& text = test.run_options_text;
    text = text_of(object, "runOptions");
    const auto parse = [&]() -> Parsed<void> {
        auto parsed = parse_run_options(text);
        if (parsed) {
            test.run_options = std::move(*parsed);
            for (auto& target : test.run_options.webhooks)
                target.place.source = file + " (runOptions)";
            resolve_tls_files(test.run_options, file);
            return {};
        }
        auto error = parsed.error();
        error.source = file + " (runOptions)";
        return error;
    };
    if (auto parsed = parse(); !parsed) return parsed.error();
    const auto& options = test.run_options;
    std::string more;
    if (const auto session = count_of(object, "sessionSize"); !options.session && session) {
        more += " #session:" + std::to_string(*session);
        test.run_options.session = session;
    }
    if (const auto probes = options.probes ? 0 : probes_of(object, options))
        more += " #probes:" + std::to_string(probes);
    const auto webhook = text_of(object, "webhook");
    if (options.webhooks.empty() && webhook.find_first_not_of(" \t\r\n") != std::string::npos) {
        RINGBACK_TRY(option, webhook_option(webhook, file));
        more += option;
    }
    if (more.empty()) return {};
    text = text.find_first_not_of(" \t\r\n") == std::string::npos ? more.substr(1) : text + more;
    return parse();
}

/// Keys that ask for something which is not done here.
void remark_loops(const json::object& object, std::vector<std::string>& remarks) {
    const auto* parameters = object.if_contains("parameters");
    if (!parameters || !parameters->is_object()) return;
    if (const auto loops = count_of(parameters->get_object(), "loopCount"); loops && *loops > 1)
        remarks.push_back("'loopCount' is " + std::to_string(*loops) + ": the test is run once");
}

}  // namespace

bool is_testrtc_export(const json::value& document) {
    return document.is_object() && document.get_object().contains("testScript");
}

Parsed<Test> import_testrtc(const json::value& document, const std::string& file) {
    const auto& object = document.get_object();
    Test test;
    test.file = file;
    test.name = one_line(text_of(object, "name"));
    if (test.name.empty()) return error_of(file, "name", "a test needs a name");
    test.description = text_of(object, "info");
    test.service_url = text_of(object, "serviceUrl");
    if (auto url = Template::parse(test.service_url); !url)
        return error_of(file, "serviceUrl", url.error().message, url.error().hint);
    if (auto read = read_options(object, file, test); !read) return read.error();
    remark_loops(object, test.remarks);
    WebrtcTest webrtc;
    webrtc.script = unix_lines(text_of(object, "testScript"));
    if (webrtc.script.find_first_not_of(" \t\n") == std::string::npos)
        return error_of(file, "testScript", "the script is empty");
    webrtc.script_file = file + " (testScript)";
    RINGBACK_TRY(profiles, profiles_of(object, file, test.remarks));
    webrtc.profiles = std::move(profiles);
    if (auto checked = check_script(webrtc.script, webrtc.script_file); !checked) return checked.error();
    test.body = std::move(webrtc);
    return test;
}

}  // namespace ringback::harness
