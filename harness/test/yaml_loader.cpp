// ringback's own test files. The grammar, for users: docs/writing-tests.md.
#include "harness/script/check_script.hpp"
#include "harness/test/firewall.hpp"
#include "harness/test/keys.hpp"
#include "harness/test/load.hpp"
#include "harness/test/mapping.hpp"
#include "harness/test/media_source.hpp"
#include "harness/test/network_conditions.hpp"
#include "harness/test/step_loader.hpp"
#include "harness/test/testrtc_import.hpp"

#include <boost/json/parse.hpp>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace ringback::harness {
namespace {

using namespace yaml;

constexpr std::uintmax_t kLargestFile = 4u << 20;

ParseError plain_error(const std::string& file, std::string message, std::string hint = {}) {
    ParseError error;
    error.source = file;
    error.message = std::move(message);
    error.hint = std::move(hint);
    return error;
}

Parsed<std::string> read_file(const std::string& path) {
    std::error_code failed;
    if (std::filesystem::is_directory(path, failed))
        return plain_error(path, "this is a directory", "name a test file");
    const auto size = std::filesystem::file_size(path, failed);
    if (failed) return plain_error(path, "cannot be read: " + failed.message());
    if (size > kLargestFile) return plain_error(path, "larger than 4 MiB");
    std::ifstream file(path, std::ios::binary);
    std::string text(std::istreambuf_iterator<char>(file), {});
    if (file.bad() || (!file.is_open())) return plain_error(path, "cannot be read");
    return Parsed<std::string>(boost::system::in_place_value, std::move(text));
}

Parsed<void> read_run_options(const Document& document, const Mapping& keys, Test& test) {
    RINGBACK_TRY(text, keys.run_options());
    auto options = parse_run_options(text);
    if (!options) return error_inside(document, keys.get("run-options"), options.error());
    test.run_options_text = std::move(text);
    test.run_options = std::move(*options);
    place_webhooks(document, keys.get("run-options"), test.run_options);
    return {};
}

Parsed<void> read_variables(const Document& document, const Mapping& keys, Test& test) {
    RINGBACK_TRY(entries, keys.entries("variables"));
    for (const auto& [name, value] : entries) {
        if (auto parsed = Template::parse(value.IsNull() ? "" : value.Scalar()); !parsed)
            return error_inside(document, value, parsed.error());
        test.variables.emplace_back(name, value.IsNull() ? "" : value.Scalar());
    }
    return {};
}

/// An inline script, or the name of a file beside the test.
Parsed<void> read_script(const Document& document, const Mapping& keys, WebrtcTest& webrtc) {
    const auto value = keys.get("script");
    if (!value.IsScalar() || value.Scalar().empty())
        return error_at(document, value, "'script' must be a text",
                        "a file name, or the script itself after '|'");
    const auto& text = value.Scalar();
    if (text.find('\n') != std::string::npos) {
        webrtc.script = text;
        webrtc.script_file = document.file;
        webrtc.script_line = static_cast<std::size_t>(value.Mark().line) + 2;
    } else {
        const auto path = std::filesystem::path(document.file).parent_path() / text;
        auto script = read_file(path.string());
        if (!script)
            return error_at(document, value, "script '" + text + "' " + script.error().message,
                            "a path relative to the test file");
        webrtc.script = std::move(*script);
        webrtc.script_file = path.string();
    }
    if (auto checked = check_script(webrtc.script, webrtc.script_file); !checked) {
        // Of an inline script, the place in the test file.
        if (webrtc.script_file == document.file) return error_inside(document, value, checked.error());
        return checked.error();
    }
    return {};
}

Parsed<void> read_expectations(const Document& document, const Mapping& keys, WebrtcTest& webrtc) {
    const auto list = keys.get("expectations");
    if (!list.IsDefined() || list.IsNull()) return {};
    if (!list.IsSequence())
        return error_at(document, list, "'expectations' must be a list", "- video.in.bitrate > 100");
    for (const auto& item : list) {
        TestExpectation made;
        YAML::Node criteria = item;
        if (item.IsMap()) {
            RINGBACK_TRY(fields, Mapping::read(document, item, "an expectation", kExpectationKeys));
            criteria.reset(fields.get("expect"));
            RINGBACK_TRY(message, fields.text("message"));
            RINGBACK_TRY(level, fields.text("level"));
            if (!level.empty() && level != "error" && level != "warning")
                return error_at(document, fields.get("level"), "'level' must be error or warning");
            made.message = message;
            made.warning = level == "warning";
        }
        if (!criteria.IsDefined() || !criteria.IsScalar())
            return error_at(document, item, "an expectation must be a text", "video.in.bitrate > 100");
        auto parsed = Expectation::parse(criteria.Scalar());
        if (!parsed) return error_inside(document, criteria, parsed.error());
        made.criteria = std::move(*parsed);
        webrtc.expectations.push_back(std::move(made));
    }
    return {};
}

Parsed<void> read_profiles(const Document& document, const Mapping& keys, WebrtcTest& webrtc) {
    const auto list = keys.get("profiles");
    if (!list.IsDefined() || list.IsNull()) return {};
    if (!list.IsSequence()) return error_at(document, list, "'profiles' must be a list");
    for (const auto& item : list) {
        RINGBACK_TRY(fields, Mapping::read(document, item, "a profile", kProfileKeys));
        Profile made;
        for (const auto& [key, target] : {std::pair<const char*, std::string*>{"browser", &made.browser},
                                          {"network", &made.network},
                                          {"firewall", &made.firewall},
                                          {"media", &made.media},
                                          {"location", &made.location}}) {
            RINGBACK_TRY(text, fields.text(key));
            if (!text.empty()) *target = text;
        }
        if (!is_known_browser(made.browser))
            return error_at(document, fields.get("browser"), "unknown browser '" + made.browser + "'",
                            "chromium, or testRTC's linux-chrome-stable");
        if (auto media = parse_media(made.media, folder_of(document.file)); !media)
            return error_at(document, fields.get("media"), media.error().message, media.error().hint);
        if (auto network = find_network_profile(made.network); !network)
            return error_at(document, fields.get("network"), network.error().message, network.error().hint);
        if (auto firewall = find_firewall(made.firewall); !firewall)
            return error_at(document, fields.get("firewall"), firewall.error().message,
                            firewall.error().hint);
        webrtc.profiles.push_back(std::move(made));
    }
    return {};
}

Parsed<void> read_webrtc(const Document& document, const Mapping& keys, Test& test) {
    WebrtcTest webrtc;
    if (keys.has("stop-on-failure"))
        return error_at(document, keys.get("stop-on-failure"),
                        "'stop-on-failure' belongs to a test with 'steps'");
    if (auto done = read_script(document, keys, webrtc); !done) return done.error();
    if (auto done = read_expectations(document, keys, webrtc); !done) return done.error();
    if (auto done = read_profiles(document, keys, webrtc); !done) return done.error();
    test.body = std::move(webrtc);
    return {};
}

Parsed<void> read_endpoint(const Document& document, const Mapping& keys, Test& test) {
    for (const auto* key : {"expectations", "profiles"})
        if (keys.has(key))
            return error_at(document, keys.get(key),
                            std::string("'") + key + "' belongs to a test with 'script'");
    EndpointTest endpoint;
    RINGBACK_TRY(steps, read_steps(document, keys.get("steps")));
    endpoint.steps = std::move(steps);
    RINGBACK_TRY(stop, keys.flag("stop-on-failure", false));
    endpoint.stop_on_failure = stop;
    test.body = std::move(endpoint);
    return {};
}

}  // namespace

Parsed<Test> parse_yaml_test(std::string_view text, const std::string& file) {
    const Document document{file, std::string(text)};
    RINGBACK_TRY(root, parse(document, "a test", "name"));
    RINGBACK_TRY(keys, Mapping::read(document, root, "a test", kTestKeys));
    Test test;
    test.file = file;
    RINGBACK_TRY(name, keys.name("name"));
    test.name = std::move(name);
    RINGBACK_TRY(project, keys.name("project"));
    if (!project.empty()) test.project = std::move(project);
    for (const auto& [key, target] : {std::pair<const char*, std::string*>{"description", &test.description},
                                      {"service-url", &test.service_url}}) {
        RINGBACK_TRY(value, keys.text(key));
        if (!value.empty()) *target = value;
    }
    if (test.name.empty())
        return error_at(document, keys.has("name") ? keys.get("name") : root, "a test needs a 'name'");
    if (auto url = Template::parse(test.service_url); !url)
        return error_inside(document, keys.get("service-url"), url.error());
    if (auto done = read_run_options(document, keys, test); !done) return done.error();
    if (auto done = read_variables(document, keys, test); !done) return done.error();
    if (keys.has("steps") == keys.has("script"))
        return error_at(document, root,
                        "a test has either 'steps' (endpoint test) or 'script' (WebRTC test)");
    if (auto done =
            keys.has("steps") ? read_endpoint(document, keys, test) : read_webrtc(document, keys, test);
        !done)
        return done.error();
    return test;
}

namespace {

/// The steps of a Runscope export have a 'step_type', ringback's own have not.
bool is_own_test(const boost::json::value& item) {
    const auto* object = item.if_object();
    const auto* steps = object ? object->if_contains("steps") : nullptr;
    const auto* list = steps ? steps->if_array() : nullptr;
    return list && !list->empty() && list->front().is_object() &&
           !list->front().get_object().contains("step_type");
}

/// Exports of other systems are JSON: one object, or an array of them.
Parsed<std::vector<Test>> import_json(const std::string& text, const std::string& path) {
    boost::system::error_code failed;
    boost::json::parse_options limits;
    limits.max_depth = 64;
    const auto document = boost::json::parse(text, failed, {}, limits);
    if (failed) return plain_error(path, "not valid JSON: " + failed.message());
    const boost::json::array one{document};
    std::vector<Test> tests;
    for (const auto& item : document.is_array() ? document.get_array() : one) {
        if (is_own_test(item))
            return plain_error(path, "this is a test of ringback's own, written as JSON",
                               "write it as YAML, without the outer braces: see docs/writing-tests.md");
        if (item.is_object() && item.get_object().contains("steps"))
            return plain_error(path, "Runscope exports are not supported yet",
                               "write the test in YAML, see docs/writing-tests.md");
        if (!is_testrtc_export(item))
            return plain_error(path, "this JSON is no export that is known here",
                               "a testRTC export has a key 'testScript'");
        RINGBACK_TRY(test, import_testrtc(item, path));
        tests.push_back(std::move(test));
    }
    if (tests.empty()) return plain_error(path, "the export holds no test");
    return tests;
}

bool looks_like_json(const std::string& path, const std::string& text) {
    const auto first = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
    return path.ends_with(".json") || (first != std::string::npos && text[first] == '{');
}

}  // namespace

Parsed<std::vector<Test>> load_exports(const std::string& path) {
    RINGBACK_TRY(text, read_file(path));
    if (!looks_like_json(path, text))
        return plain_error(path, "this is no export", "exports are JSON; ringback runs YAML as it is");
    return import_json(text.starts_with("\xEF\xBB\xBF") ? text.substr(3) : text, path);
}

Parsed<std::vector<Test>> load_tests(const std::string& path) {
    RINGBACK_TRY(text, read_file(path));
    if (looks_like_json(path, text)) return load_exports(path);
    RINGBACK_TRY(test, parse_yaml_test(text, path));
    std::vector<Test> tests;
    tests.push_back(std::move(test));
    return tests;
}

}  // namespace ringback::harness
