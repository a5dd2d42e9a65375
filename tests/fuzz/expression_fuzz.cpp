// Any text as a template, a JSON path, an assertion, a condition and an expectation: nothing crashes or
// hangs, and what is accepted reads back from its canonical text as the same thing. The part behind the first
// line break, if there is one, is the body that assertions look at.
#include "harness/expression/assertion.hpp"
#include "harness/expression/expectation.hpp"
#include "harness/expression/json_document.hpp"
#include "harness/expression/template.hpp"
#include "harness/run/run.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using namespace ringback::harness;

void demand(bool condition) {
    if (!condition) std::abort();
}

FunctionEnvironment environment() {
    FunctionEnvironment result;
    result.now = [] { return std::chrono::system_clock::time_point(std::chrono::seconds(1'764'000'000)); };
    result.random = [] { return std::uint64_t{7}; };
    return result;
}

class NoCall : public MetricSource {
  public:
    std::size_t channel_count(Media, Direction direction) const override {
        return direction == Direction::in ? 2 : 0;
    }
    std::optional<MetricValue> channel_metric(Media, Direction, std::size_t channel,
                                              ChannelMetric) const override {
        return MetricValue::of(static_cast<double>(channel));
    }
    std::optional<MetricValue> run_metric(RunMetric) const override { return std::nullopt; }
    std::optional<MetricValue> custom_metric(std::string_view) const override { return MetricValue::of(1); }
};

void feed(std::string_view text, std::string_view body) {
    const auto functions = environment();
    Variables variables{{"a", "1"}, {"b", "x y"}};
    variables.set_secret("s", "secret");
    const TemplateContext context{variables, functions};
    ResponseView view;
    view.body = body;
    view.has_body = true;
    view.status = 200;

    if (const auto parsed = Template::parse(text)) {
        (void)parsed->names();
        (void)parsed->render(context);
        demand(parsed->source() == text);
    }
    if (const auto path = JsonPath::parse(text))
        if (const auto document = parse_json(body))
            demand((path->find(*document) == nullptr) == !path->explain(*document).empty());
    if (const auto assertion = Assertion::parse(text)) {
        const auto again = Assertion::parse(assertion->text());
        demand(again && again->text() == assertion->text());
        const auto result = assertion->evaluate(view, context);
        demand(result.passed == again->evaluate(view, context).passed);
        demand(shown(result).find("secret") == std::string::npos ||
               text.find("secret") != std::string_view::npos);
    }
    if (const auto condition = Condition::parse(text)) {
        const auto again = Condition::parse(condition->text());
        demand(again && again->text() == condition->text());
        (void)condition->evaluate(context);
    }
    if (const auto expectation = Expectation::parse(text)) {
        (void)expectation->custom_names();
        demand(Expectation::parse(expectation->text())->evaluate(NoCall()).passed ==
               expectation->evaluate(NoCall()).passed);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto end = input.find('\n');
    feed(input.substr(0, end), end == std::string_view::npos ? std::string_view() : input.substr(end + 1));
    return 0;
}
