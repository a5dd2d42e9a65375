#include "tools/mock-bin/template.hpp"

#include "tools/mock-bin/json_members.hpp"
#include "tools/mock-bin/json_path.hpp"
#include "tools/mock-bin/text.hpp"

#include <boost/json.hpp>

namespace ringback::mock_bin {
namespace {

struct Piece {
    std::string_view literal, expression;
    bool has_expression = false, closed = true;
};

/// The literal up to the next "{{", and the expression inside it.
Piece take_piece(std::string_view& text) {
    Piece piece;
    const auto open = text.find("{{");
    piece.literal = text.substr(0, open);
    if (open == std::string_view::npos) {
        text = {};
        return piece;
    }
    piece.has_expression = true;
    const auto close = text.find("}}", open);
    piece.closed = close != std::string_view::npos;
    piece.expression = trim(text.substr(open + 2, piece.closed ? close - open - 2 : std::string_view::npos));
    text = piece.closed ? text.substr(close + 2) : std::string_view();
    return piece;
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

/// "a.b[0]" as the JSONPath "$.a.b[0]"; "" is the whole body.
std::string json_path_of(std::string_view rest) {
    return "$" + std::string(rest);
}

}  // namespace

std::optional<std::string> check_template(std::string_view text) {
    while (!text.empty()) {
        const auto piece = take_piece(text);
        if (!piece.has_expression) continue;
        if (!piece.closed) return "\"{{\" without \"}}\"";
        auto name = piece.expression;
        take_prefix(name, "request.");
        if (name == "method" || name == "path" || name == "url" || name == "body") continue;
        if ((name.starts_with("query.") && name.size() > 6) ||
            (name.starts_with("headers.") && name.size() > 8))
            continue;
        if (take_prefix(name, "body") && (name.starts_with('.') || name.starts_with('['))) {
            const auto path = JsonPath::parse(json_path_of(name));
            if (path) continue;
            return "{{" + std::string(piece.expression) + "}}: " + path.error();
        }
        return "unknown value {{" + std::string(piece.expression) +
               "}}; known: method, path, url, query.NAME, headers.NAME, body, body.JSON.PATH";
    }
    return std::nullopt;
}

std::optional<std::string> TemplateFiller::fill(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto piece = take_piece(text);
        out += piece.literal;
        if (piece.has_expression) out += value(piece.expression);
        if (out.size() > left_) return std::nullopt;
    }
    left_ -= out.size();
    return out;
}

std::string TemplateFiller::value(std::string_view name) {
    take_prefix(name, "request.");
    if (name == "method") return std::string(request_.method);
    if (name == "path") return to_text(request_.path());
    if (name == "url") return to_text(request_.target);
    if (name == "body") return std::string(request_.body);
    if (take_prefix(name, "query.")) {
        for (const auto& [query, value] : net::parse_query(request_.query()))
            if (query == name) return value;
        return {};
    }
    if (take_prefix(name, "headers.")) return std::string(request_.header(name).value_or(""));
    if (take_prefix(name, "body")) return body_value(name);
    return {};
}

std::string TemplateFiller::body_value(std::string_view path) {
    if (!parsed_) {
        parsed_ = true;
        boost::json::error_code ec;
        auto value = parse_json(request_.body, ec);
        if (!ec) body_ = std::move(value);
    }
    if (!body_) return {};
    const auto parsed = JsonPath::parse(json_path_of(path));
    if (!parsed) return {};
    const auto found = parsed->find(*body_);
    if (found.empty()) return {};
    if (const auto* text = found.front()->if_string()) return {text->data(), text->size()};
    return boost::json::serialize(*found.front());
}

}  // namespace ringback::mock_bin
