#include "run-options/option_grammar.hpp"

#include <boost/test/unit_test.hpp>

using namespace ringback;

namespace {

/// "name@offset form value@offset; …", or the error.
std::string shown(std::string_view text) {
    const auto options = split_options(text);
    if (!options) return std::to_string(options.error().column) + ": " + options.error().message;
    std::string out;
    for (const OptionText& option : *options) {
        constexpr std::string_view kForms[] = {"", " plain ", " json ", " quoted "};
        out += (out.empty() ? "" : "; ") + std::string(option.name) + "@" + std::to_string(option.offset);
        if (option.form == ValueForm::none) continue;
        out += std::string(kForms[static_cast<int>(option.form)]) + "<" + std::string(option.value) + ">@" +
               std::to_string(option.value_offset);
    }
    return out;
}

struct Row {
    std::string_view text, expected;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(option_grammar)

BOOST_AUTO_TEST_CASE(options_values_and_their_places) {
    const Row rows[] = {
        {"", ""},
        {" ,\n\t", ""},
        {"#vnc", "vnc@0"},
        {"#session:2, #timeout:10", "session@0 plain <2>@9; timeout@12 plain <10>@21"},
        {"#vnc #session:10", "vnc@0; session@5 plain <10>@14"},
        {"#vnc,#random", "vnc@0; random@5"},
        {"#a:1,#b:2", "a@0 plain <1>@3; b@5 plain <2>@8"},
        {"  #a:1 , , ", "a@2 plain <1>@5"},
        {"#a: 1", "a@0 plain <1>@4"},
        {"#a:", "a@0 plain <>@3"},
        {"#a: #b", "a@0 plain <>@3; b@4"},
        {"#a:#b", "a@0 plain <#b>@3"},  // no white space: the "#" is the value's own
        {"#webhook:https://x/#part #vnc", "webhook@0 plain <https://x/#part>@9; vnc@25"},
        {"#chrome-cli:a=Entire screen,b #extension:https://x/e.tar.gz",
         "chrome-cli@0 plain <a=Entire screen,b>@12; extension@30 plain <https://x/e.tar.gz>@41"},
        {"#webhook:\nhttps://a\nhttps://b\n#vnc", "webhook@0 plain <https://a\nhttps://b>@10; vnc@30"},
        {R"(#a:{"x": "} #b", "y": {"z": "\"}"}} #c)",
         R"(a@0 json <{"x": "} #b", "y": {"z": "\"}"}}>@3; c@36)"},
        {R"(#a:" #b \" " , #c)", R"(a@0 quoted <" #b \" ">@3; c@15)"},
        {"#Name-1_x:v", "Name-1_x@0 plain <v>@10"},
    };
    for (const Row& row : rows)
        BOOST_TEST(shown(row.text) == row.expected);
}

BOOST_AUTO_TEST_CASE(what_is_no_option) {
    const Row rows[] = {
        {"hello", "1: text before the first option: 'hello'"},
        {" , x,y #a", "4: text before the first option: 'x'"},
        {"#", "1: an option without a name"},
        {"#a #:2", "4: an option without a name"},
        {"##", "1: an option without a name"},
        {"# a", "1: an option without a name"},
        {"#1:2", "2: an option's name begins with a letter, not with '1'"},
        {"#-a", "2: an option's name begins with a letter, not with '-'"},
        {"#é", "2: an option's name begins with a letter, not with 'é'"},
        {"#a=2", "3: unexpected '=' in the name of an option"},
        {"#a#b", "3: unexpected '#' in the name of an option"},
        {"#vnc yes", "6: text behind '#vnc': 'yes'"},
        {R"(#a:{"x":1} y)", "12: text behind the JSON value: 'y'"},
        {R"(#a:{"x":1}#b)", "11: text behind the JSON value: '#b'"},
        {R"(#a:"x"y)", "7: text behind the JSON value: 'y'"},
        {R"(#a:{"x":1)", "4: the JSON that begins here is not closed"},
        {R"(#a:{"x":"1})", "9: the string that begins here is not closed"},
        {R"(#a:"x)", "4: the string that begins here is not closed"},
        {R"(#a:{"x": y, "z": {)", "10: malformed JSON: unexpected 'y'"},
        {R"(#a:{"x":"\)", "9: the string that begins here is not closed"},
    };
    for (const Row& row : rows)
        BOOST_TEST(shown(row.text) == row.expected);
}

BOOST_AUTO_TEST_SUITE_END()
