// What a receiver would read, kept in a file per case. RINGBACK_UPDATE_GOLDEN=1 writes the files anew: look
// at the difference before you keep it.
#pragma once

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace ringback::webhook::test {

/// Compact JSON with line breaks and indentation put between its tokens; the tokens themselves stay as they
/// are.
inline std::string spread(std::string_view json) {
    std::string out;
    std::size_t depth = 0;
    bool in_string = false, escaped = false;
    const auto line = [&] { out += '\n' + std::string(2 * depth, ' '); };
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (in_string) {
            out += c;
            in_string = escaped || c != '"';
            escaped = !escaped && c == '\\';
            continue;
        }
        const bool empty =
            (c == '{' || c == '[') && i + 1 < json.size() && (json[i + 1] == '}' || json[i + 1] == ']');
        if ((c == '}' || c == ']') && !out.ends_with('{') && !out.ends_with('[')) {
            --depth;
            line();
        } else if (c == '}' || c == ']') {
            --depth;
        }
        out += c;
        in_string = c == '"';
        if (c == '{' || c == '[') {
            ++depth;
            if (!empty) line();
        }
        if (c == ',') line();
        if (c == ':') out += ' ';
    }
    return out + "\n";
}

inline void compare_with_golden(const std::string& name, const std::string& text) {
    const std::string path = std::string(RINGBACK_SOURCE_DIR) + "/tests/fixtures/payloads/" + name;
    if (std::getenv("RINGBACK_UPDATE_GOLDEN")) std::ofstream(path, std::ios::binary) << text;
    std::ifstream in(path, std::ios::binary);
    const std::string wanted{std::istreambuf_iterator<char>(in), {}};
    BOOST_TEST(text == wanted, name << " differs from its golden file; it is now:\n" << text);
}

}  // namespace ringback::webhook::test
