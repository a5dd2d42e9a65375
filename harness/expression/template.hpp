// Text with {{variables}} and {{functions(…)}}, parsed once, rendered as often as needed.
//
//   text      = { literal | "{{" name "}}" | "{{" function [ "(" [ argument { "," argument } ] ")" ] "}}" }
//   argument  = text without quotes, may hold further {{…}}; white space next to a separating comma is
//   dropped
//   "\{{"     = two plain braces. Of three or more opening braces the last two open: '{{{key}}' is '{' and
//   the key.
// A user's variable shadows a built-in of its name. Functions: functions.hpp. For users: docs/expressions.md.
#pragma once

#include "harness/expression/functions.hpp"
#include "harness/expression/variables.hpp"
#include "run-options/parse_error.hpp"

#include <boost/system/result.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ringback::harness {

/// Why a template could not be rendered.
struct TemplateError {
    TemplateError() = default;
    TemplateError(std::string what, std::string what_instead, std::string whose, std::size_t at_line = 1,
                  std::size_t at_column = 1)
        : message(std::move(what)),
          hint(std::move(what_instead)),
          name(std::move(whose)),
          line(at_line),
          column(at_column) {}

    std::string message;     ///< "undefined variable 'tokn'"; never holds a secret
    std::string hint;        ///< "did you mean 'token'?"; may be empty
    std::string name;        ///< the variable or function
    std::size_t line = 1;    ///< position of the {{…}} in the template, from 1
    std::size_t column = 1;  ///< in code points, from 1

    /// "undefined variable 'tokn' (did you mean 'token'?)"
    [[nodiscard]] std::string text() const;
};
[[noreturn]] void throw_exception_from_error(const TemplateError& error, const boost::source_location& where);

/// What a template is rendered with. References: keep what they name alive for the call.
struct TemplateContext {
    const Variables& variables;
    const FunctionEnvironment& functions;
    /// When given, gets every function result that was made from a secret: hand each to Variables::hide().
    std::vector<std::string>* sensitive = nullptr;
};

class Template {
  public:
    /// The empty text.
    Template() = default;
    /// Errors: an unclosed "{{", something that is no name between the braces, an unknown function (with the
    /// nearest name), a wrong number of arguments. Bounded: 16 MiB of text, calls nested at most 16 deep.
    [[nodiscard]] static Parsed<Template> parse(std::string_view text);
    /// A text that renders as itself, whatever braces it holds.
    [[nodiscard]] static Template literal(std::string text);

    /// Bounded: the result is at most 64 MiB. The values of variables are not templates; they are inserted as
    /// they are.
    [[nodiscard]] boost::system::result<std::string, TemplateError> render(
        const TemplateContext& context) const;

    /// As written.
    [[nodiscard]] const std::string& source() const noexcept;
    /// True when rendering needs no variable and no function.
    [[nodiscard]] bool is_literal() const noexcept;
    /// Where in the source the first of these characters stands that rendering keeps as written; npos:
    /// nowhere.
    [[nodiscard]] std::size_t find_in_literals(std::string_view characters) const noexcept;
    [[nodiscard]] bool empty() const noexcept { return source().empty(); }
    /// Names used without parentheses, nested ones included, each once: variables, or built-ins without
    /// arguments.
    [[nodiscard]] std::vector<std::string> names() const;
    [[nodiscard]] bool operator==(const Template& other) const noexcept { return source() == other.source(); }

    struct Document;  // inside template.cpp

  private:
    std::shared_ptr<const Document>
        document_;  ///< shared: a Template is immutable and cheap to copy; null: empty
};

/// Renders the values of initial variables, once per run, so that a built-in in one gives the same value all
/// run long. A value may name variables that stand before or after it. Errors name the variable; a circle is
/// an error.
[[nodiscard]] boost::system::result<Variables, TemplateError> render_initial(
    const Variables& initial, const FunctionEnvironment& functions);

}  // namespace ringback::harness
