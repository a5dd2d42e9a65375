// docs/test-file.schema.json against the loader: the same keys, and the same verdict on files.
#include "harness/expression/json_schema.hpp"
#include "harness/test/keys.hpp"
#include "harness/test/load.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

using namespace ringback;
using namespace ringback::harness;
namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

std::string text_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

const std::string& schema_text() {
    static const auto text = text_of(fs::path(RINGBACK_SOURCE_DIR) / "docs" / "test-file.schema.json");
    return text;
}

/// YAML as editors hand it to a schema: plain scalars have the type that they look like.
json::value to_json(const YAML::Node& node) {
    if (node.IsSequence()) {
        json::array list;
        for (const auto& item : node)
            list.push_back(to_json(item));
        return list;
    }
    if (node.IsMap()) {
        json::object object;
        for (const auto& member : node)
            object[member.first.Scalar()] = to_json(member.second);
        return object;
    }
    if (!node.IsDefined() || node.IsNull()) return nullptr;
    if (node.Tag() != "?") return json::value(node.Scalar());
    bool flag = false;
    double number = 0;
    if (YAML::convert<bool>::decode(node, flag)) return flag;
    if (YAML::convert<double>::decode(node, number)) return number;
    return json::value(node.Scalar());
}

template <class Keys>
std::set<std::string> words(const Keys& keys) {
    return {keys.begin(), keys.end()};
}

std::set<std::string> properties(const json::value& schema) {
    std::set<std::string> names;
    for (const auto& member : schema.at("properties").as_object())
        names.emplace(member.key());
    return names;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(test_file_schema)

BOOST_AUTO_TEST_CASE(the_loader_and_the_schema_know_the_same_keys) {
    const auto schema = json::parse(schema_text());
    const auto& parts = schema.at("$defs").as_object();
    const auto same = [](const std::set<std::string>& in_schema, const std::set<std::string>& in_loader) {
        BOOST_CHECK_EQUAL_COLLECTIONS(in_schema.begin(), in_schema.end(), in_loader.begin(), in_loader.end());
    };
    same(properties(schema), words(yaml::kTestKeys));
    same(properties(parts.at("profile")), words(yaml::kProfileKeys));
    same(properties(parts.at("expectation")), words(yaml::kExpectationKeys));
    same(properties(parts.at("step")), words(yaml::kStepKeys));
    same(properties(parts.at("assertion")), words(yaml::kAssertionKeys));
    same(properties(parts.at("step").at("properties").at("basic")), words(yaml::kBasicKeys));
}

BOOST_AUTO_TEST_CASE(the_examples_are_valid) {
    const auto schema = JsonSchema::parse(schema_text());
    BOOST_REQUIRE(schema.has_value());
    std::size_t seen = 0;
    for (const auto& entry : fs::directory_iterator(fs::path(RINGBACK_SOURCE_DIR) / "examples")) {
        if (entry.path().extension() != ".yaml") continue;
        const auto root = YAML::Load(text_of(entry.path()));
        if (!root["name"]) continue;  // monitors
        ++seen;
        BOOST_CHECK_MESSAGE(schema->violation(to_json(root)).empty(),
                            entry.path() << ": " << schema->violation(to_json(root)));
    }
    BOOST_CHECK_GE(seen, 3u);
}

BOOST_AUTO_TEST_CASE(both_take_and_refuse_the_same_files) {
    const auto schema = JsonSchema::parse(schema_text());
    BOOST_REQUIRE(schema.has_value());
    const std::string step = "name: x\nsteps:\n  - ", call = "name: x\nscript: |\n  return;\n  //\n";
    const std::vector<std::pair<bool, std::string>> rows{
        {true, step + "{request: 'GET http://x/'}"},
        {true,
         "name: 12\nproject: p\ndescription:\nservice-url: http://x\nvariables: {a: 1, b: }\nrun-options: "
         "''\n"
         "stop-on-failure: true\nsteps: [{pause: 2}]"},
        {true, step +
                   "{request: 'GET http://x/', headers: {a: 1}, query: {b: true}, form: {c: }, skip: yes, "
                   "note: n, timeout: 1s, slow-after: 2, follow-redirects: no, verify-tls: false, extract: "
                   "{d: response_json e}, basic: {username: u, password: 1}}"},
        {true, step +
                   "{request: 'GET http://x/', json: {a: [1, null]}, assertions: [response_status "
                   "equal_number 200, {source: response_json, property: a, comparison: equal, value: [1]}], "
                   "warnings: }"},
        {true, step + "{if: '{{a}} not_empty', steps: [{pause: 1s, note: n}]}"},
        {true, call},
        {true, call + "expectations: [mos > 3, {expect: mos > 3, message: m, level: warning}]\nprofiles: "
                      "[{browser: linux-chrome-beta, network: Wifi, media: talking-head, location: eu}, {}]"},
        {false, "steps: [{pause: 1}]"},
        {false, "name: x"},
        {false, "name: x\nrun-options: #timeout:1\nsteps: [{pause: 1}]"},
        {false, "name: x\nsteps: []"},
        {false, "name: x\nsteps: {pause: 1}"},
        {false, step + "{pause: 1}\nscript: return;"},
        {false, step + "{pause: 1}\nprofiles: [{}]"},
        {false, step + "{pause: 1}\nexpectations: [mos > 3]"},
        {false, step + "{pause: 1}\nnames: y"},
        {false, step + "{pause: 1, request: 'GET http://x/'}"},
        {false, step + "{pause: 1, headers: {}}"},
        {false, step + "{note: nothing}"},
        {false, step + "{pause: 1, steps: [{pause: 1}]}"},
        {false, step + "{if: '{{a}} not_empty'}"},
        {false, step + "{request: 'GET http://x/', header: {a: 1}}"},
        {false, step + "{request: 'GET http://x/', basic: {user: u}}"},
        {false, step + "{request: 'GET http://x/', assertions: [{source: response_status, compare: equal}]}"},
        {false, step + "{request: 'GET http://x/', assertions: 'response_status equal 200'}"},
        {false, step + "{request: 'GET http://x/', skip: maybe}"},
        {false, step + "{request: 'GET http://x/', headers: {a: [1]}}"},
        {false, call + "stop-on-failure: true"},
        {false, call + "expectations: mos > 3"},
        {false, call + "expectations: [{message: m}]"},
        {false, call + "expectations: [{expect: mos > 3, level: info}]"},
        {false, call + "profiles: [{browser: firefox}]"},
        {false, call + "profiles: [{net: Wifi}]"},
        {false, call + "variables: [a]"},
    };
    for (const auto& [valid, text] : rows) {
        const auto loaded = parse_yaml_test(text, "test.yaml");
        BOOST_CHECK_MESSAGE(loaded.has_value() == valid,
                            text << "\nloader: " << (loaded ? "valid" : render(loaded.error())));
        const auto violation = schema->violation(to_json(YAML::Load(text)));
        BOOST_CHECK_MESSAGE(violation.empty() == valid, text << "\nschema: " << violation);
    }
}

BOOST_AUTO_TEST_SUITE_END()
