// A response body read as JSON or XML, once.
#pragma once

#include "harness/expression/comparison.hpp"
#include "harness/expression/json_document.hpp"
#include "harness/expression/response_view.hpp"
#include "run-options/parse_error.hpp"

#include <boost/json/value.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ringback::harness {

/// What is wrong with an XPath expression, or nullopt.
[[nodiscard]] std::optional<ParseError> check_xpath(std::string_view expression);

class BodyDocument {
  public:
    /// The document of `response`, made on first use.
    [[nodiscard]] static BodyDocument& of(const ResponseView& response);

    explicit BodyDocument(std::string_view body);
    ~BodyDocument();
    BodyDocument(const BodyDocument&) = delete;
    BodyDocument& operator=(const BodyDocument&) = delete;

    [[nodiscard]] const boost::system::result<boost::json::value, JsonError>& json();
    /// The string value of the first node, or the string, number or boolean that the XPath 1.0 expression
    /// yields. Prefixes are those declared at the document's root. Reads neither network nor files nor DTDs;
    /// a document that declares entities is refused, and an expression is given up after some millions of
    /// steps.
    [[nodiscard]] Operand xpath(const std::string& expression);

  private:
    struct Xml;
    std::string_view body_;
    std::optional<boost::system::result<boost::json::value, JsonError>> json_;
    std::unique_ptr<Xml> xml_;
};

}  // namespace ringback::harness
