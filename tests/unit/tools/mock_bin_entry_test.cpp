#include "tests/support/fake_responder.hpp"
#include "tools/mock-bin/entry.hpp"
#include "tools/mock-bin/form_data.hpp"

#include <boost/test/unit_test.hpp>

using namespace ringback;
using namespace ringback::mock_bin;

BOOST_AUTO_TEST_SUITE(mock_bin_entry)

BOOST_AUTO_TEST_CASE(a_request_comes_back_whole) {
    auto request =
        test::make_request("PoST", "/bin/x/y?a=1&a=2", {{"Host", "h:1"}, {"X-A", "1"}, {"x-a", ""}},
                           std::string("\0\xFF body", 7));
    request.trailers.add("Digest", "abc");
    request.version = 10;
    request.secure = true;
    request.head_at = request.began + std::chrono::milliseconds(3);
    request.body_at = request.head_at + std::chrono::milliseconds(4);
    const auto bytes = pack(request);
    const auto got = unpack(bytes);
    BOOST_REQUIRE(got);
    BOOST_TEST(got->method == "PoST");
    BOOST_TEST(got->target == "/bin/x/y?a=1&a=2");
    BOOST_TEST(got->path() == "/bin/x/y");
    BOOST_TEST(got->path_in_bin() == "/y");
    BOOST_TEST(got->query() == "a=1&a=2");
    BOOST_TEST(got->headers.size() == 3u);
    BOOST_TEST(got->headers[2].first == "x-a");
    BOOST_TEST(got->header("X-a").value() == "1");
    BOOST_TEST(!got->header("nope"));
    BOOST_TEST(got->trailers.at(0).second == "abc");
    BOOST_TEST(got->body == std::string_view("\0\xFF body", 7));
    BOOST_TEST((got->received_at == request.received_at));
    BOOST_TEST(got->head_time.count() == 3000);
    BOOST_TEST(got->body_time.count() == 4000);
    BOOST_TEST(got->version == 10u);
    BOOST_TEST(got->secure);
    BOOST_TEST(got->peer == "127.0.0.1");
    BOOST_TEST(got->peer_port == 54321);
}

BOOST_AUTO_TEST_CASE(cut_bytes_are_not_an_entry) {
    const auto bytes = pack(test::make_request("POST", "/bin/x", {{"A", "b"}}, "body"));
    for (std::size_t size = 0; size < bytes.size(); ++size)
        BOOST_TEST(!unpack(std::string_view(bytes).substr(0, size)), size);
    BOOST_TEST(!unpack(bytes + "x"));
}

BOOST_AUTO_TEST_CASE(paths_below_the_bin) {
    const std::string_view rows[][2] = {{"/bin/x", "/"},
                                        {"/bin/x/", "/"},
                                        {"/bin/x/a/b?c", "/a/b"},
                                        {"/bin/x?y/z", "/"},
                                        {"/other", "/other"}};
    for (const auto& [target, path] : rows) {
        const auto bytes = pack(test::make_request("GET", std::string(target)));
        BOOST_TEST(unpack(bytes)->path_in_bin() == path, target);
    }
}

BOOST_AUTO_TEST_CASE(media_types) {
    const std::string_view rows[][2] = {{"application/json", "application/json"},
                                        {"Application/JSON; charset=utf-8", "application/json"},
                                        {" text/plain ;x", "text/plain"},
                                        {"nonsense", ""},
                                        {"/", ""},
                                        {"a/b/c", "a/b/c"},
                                        {"", ""},
                                        {";", ""},
                                        {"te xt/plain", ""},
                                        {"application/vnd.api+json", "application/vnd.api+json"}};
    for (const auto& [field, type] : rows)
        BOOST_TEST(media_type(field) == type, field);
}

BOOST_AUTO_TEST_CASE(parameters_of_fields) {
    const struct {
        std::string_view field, name, value;
    } rows[] = {
        {"multipart/form-data; boundary=abc", "boundary", "abc"},
        {"multipart/form-data; charset=x; Boundary=\"a;b\"; z=1", "boundary", "a;b"},
        {"multipart/form-data; charset=x; Boundary=\"a;b\"; z=1", "z", "1"},
        {"form-data; name=\"a\\\"b\"; filename=\"C:\\tmp\\x.txt\"", "name", "a\"b"},
        {"form-data; name=\"a\\\"b\"; filename=\"C:\\tmp\\x.txt\"", "filename", "C:\\tmp\\x.txt"},
        {"form-data; flag; name=x", "name", "x"},
        {"form-data; name=\"open", "name", "open"},
    };
    for (const auto& row : rows)
        BOOST_TEST(field_parameter(row.field, row.name).value_or("(none)") == row.value, row.field);
    for (const auto* field : {"", ";", ";;;", "a; b", "a; =", "a; name"})
        BOOST_TEST(!field_parameter(field, "name"), field);
}

BOOST_AUTO_TEST_CASE(cookies) {
    const auto got = parse_cookies("a=1; b=\"two\"; c=%C3%BC; d=%FF; nonsense; e=x=y; a=again");
    std::string text;
    for (const auto& [name, value] : got)
        text += name + "=" + value + "|";
    BOOST_TEST(text == "a=1|b=two|c=\xC3\xBC|d=%FF|e=x=y|a=again|");
}

BOOST_AUTO_TEST_CASE(multipart_bodies) {
    const auto text = [](std::string_view body) {
        std::string out;
        for (const auto& part : parse_multipart(body, "B"))
            out += part.name + (part.is_file ? "[" + part.file_name + "," + part.content_type + "]" : "") +
                   "=" + std::string(part.value) + "|";
        return out;
    };
    const std::string_view rows[][2] = {
        {"--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--B--\r\n", "a=1|"},
        {"preamble\r\n--B\r\ncontent-disposition:form-data; name=a\r\n\r\n\r\n--B\r\nContent-Disposition: "
         "form-data; name=b; "
         "filename=\"f.bin\"\r\nContent-Type: image/png\r\n\r\nx\r\ny\r\n--B--",
         "a=|b[f.bin,image/png]=x\r\ny|"},
        {"--B\r\n\r\nbare\r\n--B--", "=bare|"},
        {"--B--\r\n", ""},
        {"--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nnever ends", ""},
        {"--B\r\nno end of head", ""},
        {"--B", ""},
        {"", ""},
    };
    for (const auto& [body, parts] : rows)
        BOOST_TEST(text(body) == parts, body);
    BOOST_TEST(parse_multipart("--\r\n\r\nx\r\n----", "").empty());
}

BOOST_AUTO_TEST_SUITE_END()
