#include "harness/expression/functions.hpp"

#include "expression_support.hpp"

#include <boost/test/unit_test.hpp>

using namespace ringback::harness;
using namespace ringback::harness::testing;

namespace {

struct Row {
    std::string call, wanted;
};

void check(std::initializer_list<Row> table) {
    for (const auto& [call, wanted] : table) {
        const auto found = rendered("{{" + call + "}}", {});
        BOOST_TEST(found == wanted, call << "\n  gives  " << found << "\n  wanted " << wanted);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(functions)

BOOST_AUTO_TEST_CASE(time) {
    check({
        {"timestamp", "1383852281"},
        {"utc_datetime", "2013-11-07T19:24:41.418968"},
        {"timestamp_offset(60)", "1383852341"},
        {"timestamp_offset(-86400)", "1383765881"},
        {"timestamp_offset(+0)", "1383852281"},
        {"timestamp_offset(1.5)", "!column 1: timestamp_offset wants a whole number of seconds, got '1.5'"},
        {"timestamp_offset()", "!column 1: timestamp_offset wants a whole number of seconds, got ''"},
        {"timestamp_offset(9223372036854775807)",
         "!column 1: timestamp_offset wants a whole number of seconds, got '9223372036854775807'"},
        {"format_timestamp({{timestamp}}, YYYY-MM-DD hh:mm:ss)", "2013-11-07 07:24:41"},
        {"format_timestamp({{timestamp}}, YY/MM/DD HH.mm.ss)", "13/11/07 19.24.41"},
        {"format_timestamp(0, hh)", "12"},
        {"format_timestamp(951782400, DD.MM.YYYY)", "29.02.2000"},
        {"format_timestamp(-1, YYYY HH:mm:ss)", "1969 23:59:59"},
        {"format_timestamp(1.9, ss)", "01"},
        {"format_timestamp(0, YYYYMMDDTHHmmssZ)", "19700101T000000Z"},
        {"format_timestamp(253402300800, YYYY)",
         "!column 1: format_timestamp wants seconds since 1970 in years 0 to 9999, got '253402300800'"},
        {"format_timestamp(nan, YYYY)",
         "!column 1: format_timestamp wants seconds since 1970 in years 0 to 9999, got 'nan'"},
    });
}

BOOST_AUTO_TEST_CASE(random) {
    check({
        {"random_int", "1"},
        {"random_int(1, 6)", "2"},
        {"random_int(-3,-3)", "-3"},
        {"random_int(-9223372036854775808,9223372036854775807)", "-9223372036854775807"},
        {"random_int(6,1)", "!column 1: random_int wants the smaller bound first, got '6,1'"},
        {"random_int(a,1)", "!column 1: random_int wants two whole numbers, got 'a'"},
        {"random_int(1,2,3)", "!column 1: random_int wants two whole numbers, got '2,3'"},
        {"random_string(5)", "BCDEF"},
        {"random_string(0)", ""},
        {"random_string(1001)", "!column 1: random_string wants a length of 0 to 1000, got '1001'"},
        {"random_string(-1)", "!column 1: random_string wants a length of 0 to 1000, got '-1'"},
        {"uuid", "00000000-0000-4001-8000-000000000002"},
    });
    BOOST_TEST(rendered("{{random_string(1000)}}", {}).size() == 1000u);
}

BOOST_AUTO_TEST_CASE(random_numbers_are_even_and_never_hang) {
    auto environment = frozen_environment();
    const auto* random_int = find_function("random_int");
    const std::vector<std::string> bounds{"0", "2"};
    // 2^64 − 1 is the one surplus value modulo 3: it is drawn again.
    environment.random = [n = 0]() mutable { return n++ == 0 ? ~std::uint64_t{0} : 1; };
    BOOST_TEST(*random_int->call(bounds, environment) == "1");
    environment.random = [] { return ~std::uint64_t{0}; };
    BOOST_TEST(random_int->call(bounds, environment).has_value());
}

BOOST_AUTO_TEST_CASE(encodings_agree_with_published_values) {
    check({
        {"encode_base64()", ""},
        {"encode_base64(f)", "Zg=="},
        {"encode_base64(fo)", "Zm8="},
        {"encode_base64(foobar)", "Zm9vYmFy"},  // RFC 4648, section 10
        {"encode_base64(ÿþ>?)", "w7/Dvj4/"},
        {"url_encode(AZaz09-._~ /?&=ä%)", "AZaz09-._~%20%2F%3F%26%3D%C3%A4%25"},
        {"md5()", "d41d8cd98f00b204e9800998ecf8427e"},
        {"md5(abc)", "900150983cd24fb0d6963f7d28e17f72"},           // RFC 1321
        {"sha1(abc)", "a9993e364706816aba3e25717850c26c9cd0d89d"},  // FIPS 180
        {"sha256(abc)", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"hmac_sha1(what do ya want for nothing?, Jefe)",
         "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},  // RFC 2202
        {"hmac_sha256(what do ya want for nothing?, Jefe)",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},  // RFC 4231
        {"hmac_sha256(,)", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
    });
}

BOOST_AUTO_TEST_CASE(context) {
    check({
        {"runscope_environment", "staging"},
        {"runscope_test_name", "Checkout API"},
        {"runscope_region", "eu1"},
        {"runscope_agent", ""},
        {"service_url", "https://shop.example"},
    });
    const FunctionEnvironment nowhere = FunctionEnvironment::system();
    BOOST_TEST(find_function("service_url")->call({}, nowhere).error().message ==
               "the test has no service-url");
}

BOOST_AUTO_TEST_CASE(the_system_environment_is_real) {
    const auto environment = FunctionEnvironment::system();
    const auto* uuid = find_function("uuid");
    const auto a = *uuid->call({}, environment), b = *uuid->call({}, environment);
    BOOST_TEST(a != b);
    BOOST_TEST(a.size() == 36u);
    BOOST_TEST(a[14] == '4');
    BOOST_TEST(std::string("89ab").find(a[19]) != std::string::npos);
    BOOST_TEST(std::stoll(*find_function("timestamp")->call({}, environment)) > 1'700'000'000);
}

BOOST_AUTO_TEST_CASE(every_row_is_sound) {
    for (const auto& function : all_functions()) {
        BOOST_TEST(find_function(function.name) == &function, function.name << " is there twice");
        BOOST_TEST(function.arities != 0, function.name);
        BOOST_TEST(function.signature.starts_with(function.name), function.name);
        BOOST_TEST(!function.help.empty(), function.name);
    }
    BOOST_TEST(find_function("nothing") == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
