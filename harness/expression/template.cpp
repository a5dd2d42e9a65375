#include "harness/expression/template.hpp"

#include "harness/expression/template_document.hpp"
#include "harness/expression/text_position.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

namespace ringback::harness {

namespace {

using Part = TemplatePart;
using Parts = TemplateParts;

constexpr std::size_t max_result = 64u << 20;

/// Renders parts in order. The first error ends it.
class Renderer {
  public:
    Renderer(const std::string& source, const TemplateContext& context)
        : source_(source), context_(context) {}

    boost::system::result<std::string, TemplateError> render(const Parts& parts) {
        std::string out;
        bool secret = false;
        append(parts, out, secret);
        if (error_) return std::move(*error_);
        return out;
    }

  private:
    void fail(const Part& part, std::string message, std::string hint = {}) {
        if (error_) return;
        const auto [line, column] = position_of(source_, part.at);
        error_ = TemplateError{std::move(message), std::move(hint), std::string(name_of(part)), line, column};
    }

    std::string_view name_of(const Part& part) const {
        return std::string_view(source_).substr(part.begin, part.end - part.begin);
    }

    void append(const Parts& parts, std::string& out, bool& secret) {
        for (const auto& part : parts) {
            if (part.kind == Part::Kind::literal)
                add(part, out, name_of(part));
            else if (const auto* value =
                         part.kind == Part::Kind::name ? context_.variables.find(name_of(part)) : nullptr)
                add_variable(part, *value, out, secret);
            else
                add_call(part, out, secret);
            if (error_) return;
        }
    }

    void add(const Part& part, std::string& out, std::string_view text) {
        if (out.size() + text.size() > max_result)
            return fail(part,
                        fmt::format("the text with its variables is longer than {} MiB", max_result >> 20));
        out += text;
    }

    void add_variable(const Part& part, const std::string& value, std::string& out, bool& secret) {
        if (context_.sensitive && !secret)
            secret = context_.variables.is_secret(name_of(part)) || context_.variables.reveals_secret(value);
        add(part, out, value);
    }

    void add_call(const Part& part, std::string& out, bool& secret) {
        const auto* function = part.kind == Part::Kind::call ? part.function : find_function(name_of(part));
        if (!function) return undefined(part);
        if (!function->accepts(part.arguments.size()))
            return fail(part, fmt::format("{} needs arguments", function->name),
                        fmt::format("write {}", function->signature));
        std::vector<std::string> arguments(part.arguments.size());
        bool from_secret = false;
        for (std::size_t i = 0; i < arguments.size(); ++i) {
            append(part.arguments[i], arguments[i], from_secret);
            if (error_) return;
        }
        auto result = function->call(arguments, context_.functions);
        if (!result) return refuse(part, result.error(), from_secret);
        if (from_secret && context_.sensitive) context_.sensitive->push_back(*result);
        secret = secret || from_secret;
        add(part, out, *result);
    }

    /// What the function got is masked before it is cut, so that no half of a secret stays.
    void refuse(const Part& part, const FunctionError& error, bool from_secret) {
        constexpr std::size_t shown_limit = 40;
        std::string message = error.message;
        if (error.got)
            message += fmt::format(
                ", got '{}'",
                from_secret ? "***" : clipped(context_.variables.redact(*error.got), shown_limit));
        fail(part, std::move(message));
    }

    void undefined(const Part& part) {
        auto candidates = context_.variables.names();
        for (const auto& function : all_functions())
            if (function.accepts(0)) candidates.push_back(function.name);
        fail(part, fmt::format("undefined variable '{}'", name_of(part)),
             did_you_mean(nearest_name(name_of(part), candidates)));
    }

    const std::string& source_;
    const TemplateContext& context_;
    std::optional<TemplateError> error_;
};

void collect_names(const std::string& source, const Parts& parts, std::vector<std::string>& names) {
    for (const auto& part : parts) {
        auto name = source.substr(part.begin, part.end - part.begin);
        if (part.kind == Part::Kind::name && std::find(names.begin(), names.end(), name) == names.end())
            names.push_back(std::move(name));
        for (const auto& argument : part.arguments)
            collect_names(source, argument, names);
    }
}

}  // namespace

std::string TemplateError::text() const {
    return hint.empty() ? message : message + " (" + hint + ")";
}

void throw_exception_from_error(const TemplateError& error, const boost::source_location&) {
    throw std::invalid_argument(error.text());
}

Parsed<Template> Template::parse(std::string_view text) {
    auto parts = parse_template(text);
    if (!parts) return parts.error();
    Template result;
    if (!text.empty())
        result.document_ = std::make_shared<Document>(Document{std::string(text), std::move(*parts)});
    return result;
}

Template Template::literal(std::string text) {
    Template result;
    const std::size_t size = text.size();
    if (size == 0) return result;
    Parts parts{{Part::Kind::literal, 0, size, 0, nullptr, {}}};
    result.document_ = std::make_shared<Document>(Document{std::move(text), std::move(parts)});
    return result;
}

boost::system::result<std::string, TemplateError> Template::render(const TemplateContext& context) const {
    if (!document_) return std::string();
    return Renderer(document_->source, context).render(document_->parts);
}

const std::string& Template::source() const noexcept {
    static const std::string empty;
    return document_ ? document_->source : empty;
}

bool Template::is_literal() const noexcept {
    return !document_ || std::all_of(document_->parts.begin(), document_->parts.end(),
                                     [](const Part& part) { return part.kind == Part::Kind::literal; });
}

std::size_t Template::find_in_literals(std::string_view characters) const noexcept {
    if (document_)
        for (const auto& part : document_->parts)
            if (const auto at = document_->source.find_first_of(characters, part.begin);
                part.kind == Part::Kind::literal && at < part.end)
                return at;
    return std::string::npos;
}

std::vector<std::string> Template::names() const {
    std::vector<std::string> names;
    if (document_) collect_names(document_->source, document_->parts, names);
    return names;
}

}  // namespace ringback::harness
