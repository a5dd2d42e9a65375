#include "net/event_stream.hpp"

#include <boost/test/unit_test.hpp>

using namespace ringback::net;

BOOST_AUTO_TEST_SUITE(event_stream)

BOOST_AUTO_TEST_CASE(a_frame_as_the_standard_writes_it) {
    const struct {
        std::string data, event, id, frame;
    } rows[] = {
        {"hello", "", "", "data: hello\n\n"},
        {"", "", "", "data: \n\n"},
        {"{}", "entry", "7", "id: 7\nevent: entry\ndata: {}\n\n"},
        {"a\nb", "", "", "data: a\ndata: b\n\n"},
        {"a\r\nb\rc\n", "", "", "data: a\ndata: b\ndata: c\ndata: \n\n"},
        {"x", "two\nlines", "1\r\ndata: forged", "id: 1\nevent: two\ndata: x\n\n"},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.frame) BOOST_TEST(event_frame(row.data, row.event, row.id) == row.frame);
}

BOOST_AUTO_TEST_SUITE_END()
