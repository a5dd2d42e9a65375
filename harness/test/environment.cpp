#include "harness/test/environment.hpp"

#include "harness/expression/template.hpp"
#include "harness/test/mapping.hpp"
#include "harness/test/step_loader.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace ringback::harness {

Parsed<Environment> load_environment(const std::string& path) {
    constexpr std::array<std::string_view, 2> known{"name", "variables"};
    yaml::Document document{path, {}};
    std::ifstream file(path, std::ios::binary);
    if (!file || std::filesystem::is_directory(path)) {
        ParseError error;
        error.source = path;
        error.message = "cannot be read";
        return error;
    }
    document.text.assign(std::istreambuf_iterator<char>(file), {});
    RINGBACK_TRY(root, yaml::parse(document, "an environment", "variables"));
    RINGBACK_TRY(keys, yaml::Mapping::read(document, root, "an environment", known));
    Environment environment;
    RINGBACK_TRY(name, keys.name("name"));
    environment.name = name.empty() ? std::filesystem::path(path).stem().string() : name;
    RINGBACK_TRY(entries, keys.entries("variables"));
    for (const auto& [variable, value] : entries) {
        const auto text = value.IsNull() ? std::string{} : value.Scalar();
        if (auto parsed = Template::parse(text); !parsed)
            return yaml::error_inside(document, value, parsed.error());
        environment.variables.emplace_back(variable, text);
    }
    return environment;
}

}  // namespace ringback::harness
