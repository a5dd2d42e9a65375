#include "harness/expression/body_document.hpp"

#include "harness/expression/text_position.hpp"

#include <fmt/format.h>
#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

#include <cstring>

namespace ringback::harness {

namespace {

constexpr unsigned long max_xpath_steps = 5'000'000;
constexpr std::size_t max_xml = 64u << 20;
constexpr std::size_t max_expression = 4096;

template <auto release>
struct Release {
    template <class T>
    void operator()(T* object) const {
        release(object);
    }
};
using Document = std::unique_ptr<xmlDoc, Release<xmlFreeDoc>>;
using ParserContext = std::unique_ptr<xmlParserCtxt, Release<xmlFreeParserCtxt>>;
using XPathContext = std::unique_ptr<xmlXPathContext, Release<xmlXPathFreeContext>>;
using XPathExpression = std::unique_ptr<xmlXPathCompExpr, Release<xmlXPathFreeCompExpr>>;
using XPathObject = std::unique_ptr<xmlXPathObject, Release<xmlXPathFreeObject>>;

const xmlChar* xml_text(const char* text) {
    return reinterpret_cast<const xmlChar*>(text);
}

std::string taken(xmlChar* text) {
    const std::unique_ptr<xmlChar, void (*)(void*)> owner(text, xmlFree);
    return text ? reinterpret_cast<const char*>(text) : "";
}

std::string sentence(const char* message) {
    std::string_view text = trimmed(message ? message : "");
    while (text.ends_with('.') || text.ends_with('\n'))
        text.remove_suffix(1);
    return std::string(text);
}

/// libxml2 prints errors to the standard error stream unless something else takes them.
void ignore_error(void*, xmlErrorPtr) {}

XPathContext quiet_context(xmlDoc* document) {
    XPathContext context(xmlXPathNewContext(document));
    if (context) {
        context->error = ignore_error;
        context->opLimit = max_xpath_steps;
    }
    return context;
}

/// Documents that declare entities can be small and mean gigabytes, or name files: nothing that a test needs.
bool declares_entities(const xmlDoc& document) {
    return document.intSubset && (document.intSubset->entities || document.intSubset->pentities);
}

void register_namespaces(xmlXPathContext& context, xmlDoc* document) {
    const xmlNode* root = xmlDocGetRootElement(document);
    for (const xmlNs* ns = root ? root->nsDef : nullptr; ns; ns = ns->next)
        if (ns->prefix && ns->href) xmlXPathRegisterNs(&context, ns->prefix, ns->href);
}

/// libxml2 leaves only a code when it may not print.
std::string evaluation_error(const xmlXPathContext& context) {
    if (context.opCount > max_xpath_steps) return "the XPath takes too long on this document";
    switch (context.lastError.code - static_cast<int>(XML_XPATH_EXPRESSION_OK)) {
        case XPATH_OP_LIMIT_EXCEEDED:
            return "the XPath takes too long on this document";
        case XPATH_UNDEF_PREFIX_ERROR:
            return "the XPath has a prefix that the document's root does not declare";
        case XPATH_UNKNOWN_FUNC_ERROR:
            return "the XPath calls a function that does not exist";
        case XPATH_INVALID_ARITY:
            return "the XPath calls a function with a wrong number of arguments";
        case XPATH_UNDEF_VARIABLE_ERROR:
            return "the XPath names a variable; write {{name}} for one of the test's";
        default:
            return "the XPath cannot be evaluated on this document";
    }
}

Operand operand_of(xmlXPathObject& result) {
    if (result.type != XPATH_NODESET) return Operand::text(taken(xmlXPathCastToString(&result)));
    const auto* nodes = result.nodesetval;
    if (!nodes || nodes->nodeNr == 0) return Operand::absent("no node of the document matches");
    return Operand::text(taken(xmlXPathCastNodeToString(nodes->nodeTab[0])));
}

}  // namespace

struct BodyDocument::Xml {
    Document document;
    std::string error;

    explicit Xml(std::string_view body) {
        if (body.size() > max_xml) {
            error = fmt::format("it is longer than {} MiB", max_xml >> 20);
            return;
        }
        const ParserContext parser(xmlNewParserCtxt());
        parser->sax->serror = ignore_error;
        document.reset(xmlCtxtReadMemory(parser.get(), body.data(), static_cast<int>(body.size()), nullptr,
                                         nullptr, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING));
        if (!document) {
            const auto& last = parser->lastError;
            error = fmt::format("{} at line {}", sentence(last.message), last.line);
        } else if (declares_entities(*document)) {
            document.reset();
            error = "it declares entities, which are not expanded";
        }
    }
};

std::optional<ParseError> check_xpath(std::string_view expression) {
    if (expression.size() > max_expression)
        return error_at(expression.substr(0, 40), 0,
                        fmt::format("an XPath has at most {} bytes", max_expression));
    const auto context = quiet_context(nullptr);
    const std::string text(expression);
    const XPathExpression compiled(xmlXPathCtxtCompile(context.get(), xml_text(text.c_str())));
    if (compiled && text.find('\0') == std::string::npos) return std::nullopt;
    const auto& error = context->lastError;
    const auto offset = error.int1 > 0 ? static_cast<std::size_t>(error.int1) : 0;
    return error_at(expression, offset, fmt::format("'{}' is not an XPath", clipped(expression, 60)),
                    "write for instance //item/price or count(//item)");
}

BodyDocument::BodyDocument(std::string_view body) : body_(body) {}
BodyDocument::~BodyDocument() = default;

BodyDocument& BodyDocument::of(const ResponseView& response) {
    if (!response.document) response.document = std::make_shared<BodyDocument>(response.body);
    return *response.document;
}

const boost::system::result<boost::json::value, JsonError>& BodyDocument::json() {
    if (!json_) json_ = parse_json(body_);
    return *json_;
}

Operand BodyDocument::xpath(const std::string& expression) {
    if (!xml_) xml_ = std::make_unique<Xml>(body_);
    if (!xml_->document) return Operand::absent("the body is not XML: " + xml_->error);
    const auto context = quiet_context(xml_->document.get());
    register_namespaces(*context, xml_->document.get());
    const XPathExpression compiled(xmlXPathCtxtCompile(context.get(), xml_text(expression.c_str())));
    if (!compiled) return Operand::absent(fmt::format("'{}' is not an XPath", clipped(expression, 60)));
    const XPathObject result(xmlXPathCompiledEval(compiled.get(), context.get()));
    if (result) return operand_of(*result);
    return Operand::absent(evaluation_error(*context));
}

}  // namespace ringback::harness
