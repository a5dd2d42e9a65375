#include "tools/mock-bin/json_path.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

using namespace ringback::mock_bin;
namespace json = boost::json;

namespace {

const auto kShop = R"({"store": {"book": [
    {"category": "reference", "author": "Nigel Rees", "title": "Sayings", "price": 8.95},
    {"category": "fiction", "author": "Evelyn Waugh", "title": "Sword", "price": 12.99, "isbn": null},
    {"category": "fiction", "author": "Herman Melville", "title": "Moby Dick", "isbn": "0-553-21311-3", "price": 8.99},
    {"category": "fiction", "author": "J. R. R. Tolkien", "title": "Rings", "isbn": "0-395-19395-8", "price": 22.99}],
  "bicycle": {"color": "red", "price": 399, "with dash": true}}, "limit": 10})";

std::string found(const char* text) {
    const auto root = json::parse(kShop);
    const auto path = JsonPath::parse(text);
    if (!path) return "error: " + path.error();
    std::string out;
    for (const auto* value : path->find(root))
        out += (out.empty() ? "" : " ") + json::serialize(*value);
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mock_bin_json_path)

BOOST_AUTO_TEST_CASE(large_whole_numbers_are_compared_exactly) {
    const auto root =
        json::parse(R"([{"id":9007199254740992},{"id":9007199254740993},{"id":18446744073709551615}])");
    const auto count = [&](const char* path) { return JsonPath::parse(path)->find(root).size(); };
    BOOST_TEST(count("$[?(@.id == 9007199254740993)]") == 1u);
    BOOST_TEST(count("$[?(@.id > 9007199254740992)]") == 2u);
    BOOST_TEST(count("$[?(@.id == 18446744073709551614)]") == 0u);
}

BOOST_AUTO_TEST_CASE(places) {
    const struct {
        const char *path, *values;
    } rows[] = {
        {"$.limit", "10"},
        {"$['limit']", "10"},
        {"$.store.bicycle[\"with dash\"]", "true"},
        {"$.store.book[0].title", "\"Sayings\""},
        {"$.store.book[-1].title", "\"Rings\""},
        {"$.store.book[9]", ""},
        {"$.store.book[*].title", R"("Sayings" "Sword" "Moby Dick" "Rings")"},
        {"$.store.book[0,2].title", R"("Sayings" "Moby Dick")"},
        {"$.store.book[1:3].title", R"("Sword" "Moby Dick")"},
        {"$.store.book[::-2].title", R"("Rings" "Sword")"},
        {"$.store.book[-2:].title", R"("Moby Dick" "Rings")"},
        {"$..price", "8.95E0 1.299E1 8.99E0 2.299E1 399"},
        {"$..book[?@.price < 10].title", R"("Sayings" "Moby Dick")"},
        {"$..book[?(@.price < $.limit)].title", R"("Sayings" "Moby Dick")"},
        {"$..book[?(@.isbn)].title", R"("Sword" "Moby Dick" "Rings")"},
        {"$..book[?(@.isbn == null)].title", "\"Sword\""},
        {"$..book[?(!@.isbn)].title", "\"Sayings\""},
        {"$..book[?(@.category == 'fiction' && @.price > 10)].title", R"("Sword" "Rings")"},
        {"$..book[?(@.title == 'Sword' || @.title == 'Rings')].price", "1.299E1 2.299E1"},
        {"$..book[?(@.author =~ /.*tolkien/i)].title", "\"Rings\""},
        {"$..book[?length(@.title) == 5].title", R"("Sword" "Rings")"},
        {"$..book[?(@.title.length() > 7)].title", "\"Moby Dick\""},
        {"$.store.*.color", "\"red\""},
        {"$.nothing.at.all", ""},
    };
    for (const auto& row : rows)
        BOOST_TEST(found(row.path) == row.values, row.path << ": " << found(row.path));
}

BOOST_AUTO_TEST_CASE(errors_name_the_column) {
    const struct {
        const char *path, *error;
    } rows[] = {
        {"", "error: a path begins with \"$\" at column 1"},
        {"store", "error: a path begins with \"$\" at column 1"},
        {"$.", "error: expected a name at column 3"},
        {"$[", "error: expected a name in quotes, an index, \"*\" or \"?\" at column 3"},
        {"$['a]", "error: text without its closing quote at column 6"},
        {"$.a b", "error: unexpected \"b\" at column 5"},
        {"$[?@.a ==]",
         "error: expected a value: a path, a number, text in quotes, true, false or null at column 10"},
        {"$[?@.a =~ /(/]", "error: the regular expression is not valid at column 14"},
        {"$[?1]", "error: expected a comparison at column 5"},
        {"$[99999999999999999999]", "error: number too large at column 3"},
    };
    for (const auto& row : rows)
        BOOST_TEST(found(row.path) == row.error, row.path << ": " << found(row.path));
}

BOOST_AUTO_TEST_CASE(costly_paths_end) {
    std::string deep = "$" + std::string(100, '[');
    BOOST_TEST(!JsonPath::parse(deep));
    deep = "$[?" + std::string(200, '(') + "@";
    BOOST_TEST(!JsonPath::parse(deep));
    BOOST_TEST(!JsonPath::parse("$" + std::string(5000, 'a')));
    // "..*" six times over would visit astronomically many values of a nested document.
    json::value nest = 1;
    for (int i = 0; i < 30; ++i)
        nest = json::array{nest, nest.is_array() ? json::value(2) : json::value(3)};
    const auto path = JsonPath::parse("$..*..*..*..*..*..*");
    BOOST_REQUIRE(path);
    BOOST_TEST(path->find(nest).size() <= 1'000'000u);
}

BOOST_AUTO_TEST_SUITE_END()
