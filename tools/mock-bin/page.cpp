#include "tools/mock-bin/page.hpp"

#include "embedded/mock-bin-core.hpp"
#include "pages/markup.hpp"
#include "tools/mock-bin/definition.hpp"
#include "tools/mock-bin/negotiation.hpp"
#include "tools/mock-bin/text.hpp"

namespace ringback::mock_bin {
namespace {

void put_in(std::string& page, std::string_view mark, std::string_view html) {
    const auto at = page.find(mark);
    if (at != std::string::npos) page.replace(at, mark.size(), html);
}

/// The content goes in last, so that marks inside it stay what they are.
std::string message_page(std::string_view title, std::string_view content, std::string_view head = {}) {
    std::string page(embedded::message_html());
    put_in(page, "<!--head-->", head);
    put_in(page, "<!--title-->", pages::html_text(title));
    put_in(page, "<!--heading-->", pages::html_text(title));
    put_in(page, "<!--content-->", content);
    return page;
}

}  // namespace

std::string value_page(std::string_view title, const boost::json::value& value) {
    return message_page(to_text(title), "<pre class=\"code\" tabindex=\"0\">" +
                                            pages::html_text(to_json(value, 2)) + "</pre>");
}

std::string error_page(unsigned status, std::string_view message) {
    return message_page(std::to_string(status) + " " + standard_reason(status),
                        "<p class=\"notice bad\" role=\"alert\">" + pages::html_text(message) +
                            "</p><p><a class=\"button\" href=\"/\">To the start page</a></p>");
}

std::string no_bin_page(std::string_view id) {
    return message_page("404 Not Found", "<p class=\"notice bad\" role=\"alert\">there is no bin \"" +
                                             pages::html_text(to_text(id)) +
                                             "\"</p><p><a class=\"button\" href=\"/bin/create\">Create a "
                                             "bin</a> <a class=\"button\" href=\"/\">To the start "
                                             "page</a></p>");
}

std::string created_page(std::string_view location) {
    const auto view = pages::html_text(location) + "/view";
    return message_page("Bin created", "<p>Your bin is at <a href=\"" + view + "\">" + view + "</a>.</p>",
                        "<meta http-equiv=\"refresh\" content=\"0; url=" + view + "\">");
}

}  // namespace ringback::mock_bin
