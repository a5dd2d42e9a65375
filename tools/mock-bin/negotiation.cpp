#include "tools/mock-bin/negotiation.hpp"

#include "tools/mock-bin/text.hpp"

#include <array>
#include <charconv>

namespace ringback::mock_bin {
namespace {

struct TypeRow {
    std::string_view type;
    Format format;
};
/// Mockbin's list; the first of a form is what a wildcard gets.
constexpr std::array<TypeRow, 17> kTypes{{
    {"application/json", Format::json},
    {"text/json", Format::json},
    {"text/x-json", Format::json},
    {"application/x-json", Format::json},
    {"text/javascript", Format::json},
    {"application/javascript", Format::json},
    {"application/x-javascript", Format::json},
    {"text/xml", Format::xml},
    {"application/xml", Format::xml},
    {"application/x-xml", Format::xml},
    {"text/html", Format::html},
    {"application/xhtml+xml", Format::html},
    {"text/yaml", Format::yaml},
    {"text/x-yaml", Format::yaml},
    {"application/yaml", Format::yaml},
    {"application/x-yaml", Format::yaml},
    {"text/plain", Format::text},
}};

double quality_of(std::string_view parameters) {
    while (!parameters.empty()) {
        const auto end = parameters.find(';');
        const auto one = trim(parameters.substr(0, end));
        parameters.remove_prefix(end == std::string_view::npos ? parameters.size() : end + 1);
        if (one.size() < 2 || (one[0] != 'q' && one[0] != 'Q') || one[1] != '=') continue;
        double quality = 0;
        const auto value = one.substr(2);
        const auto [at, error] = std::from_chars(value.data(), value.data() + value.size(), quality);
        return error == std::errc() && quality >= 0 && quality <= 1 ? quality : 0;
    }
    return 1;
}

/// 3: the very type, 2: "text/*", 1: "*/*", 0: no.
int exactness(std::string_view range, std::string_view type) {
    if (range == type) return 3;
    if (range == "*/*" || range == "*") return 1;
    return range.ends_with("/*") && type.starts_with(range.substr(0, range.size() - 1)) ? 2 : 0;
}

}  // namespace

Negotiated negotiate(std::string_view accept) {
    Negotiated best;
    double best_quality = 0;
    int best_exactness = 0;
    while (!accept.empty()) {
        const auto end = accept.find(',');
        const auto part = accept.substr(0, end);
        accept.remove_prefix(end == std::string_view::npos ? accept.size() : end + 1);
        const auto semicolon = part.find(';');
        const auto range = lower(trim(part.substr(0, semicolon)));
        const double quality =
            semicolon == std::string_view::npos ? 1 : quality_of(part.substr(semicolon + 1));
        for (const auto& row : kTypes) {
            const int exact = exactness(range, row.type);
            if (!exact || quality <= 0) continue;
            if (quality > best_quality || (quality == best_quality && exact > best_exactness)) {
                best = {row.format, row.type};
                best_quality = quality, best_exactness = exact;
            }
            break;
        }
    }
    return best;
}

}  // namespace ringback::mock_bin
