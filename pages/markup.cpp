#include "pages/markup.hpp"

namespace ringback::pages {
namespace {

/// What stands for a character that means something in markup; "" for any other.
std::string_view reference(char c) {
    switch (c) {
        case '&':
            return "&amp;";
        case '<':
            return "&lt;";
        case '>':
            return "&gt;";
        case '"':
            return "&quot;";
        case '\'':
            return "&#39;";
        default:
            return {};
    }
}

/// The same in XML, where white space in attributes is lost unless it is a reference, and where some
/// characters cannot be written at all.
std::string_view xml_reference(char c) {
    switch (c) {
        case '\t':
            return "&#9;";
        case '\n':
            return "&#10;";
        case '\r':
            return "&#13;";
        default:
            return static_cast<unsigned char>(c) < 0x20 ? std::string_view("\xEF\xBF\xBD") : reference(c);
    }
}

std::string with_references(std::string_view text, std::string_view (*reference_of)(char)) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        const auto instead = reference_of(c);
        if (instead.empty())
            out += c;
        else
            out += instead;
    }
    return out;
}

}  // namespace

std::string html_text(std::string_view text) {
    return with_references(text, reference);
}

std::string xml_text(std::string_view text) {
    auto out = with_references(text, xml_reference);
    // U+FFFE and U+FFFF become U+FFFD.
    for (auto at = out.find("\xEF\xBF"); at != std::string::npos; at = out.find("\xEF\xBF", at + 3))
        if (at + 2 < out.size() && static_cast<unsigned char>(out[at + 2]) >= 0xBE) out[at + 2] = '\xBD';
    return out;
}

}  // namespace ringback::pages
