#include "harness/expression/template.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace ringback::harness {

namespace {

/// Renders each initial variable after those that it needs.
class InitialVariables {
  public:
    InitialVariables(const Variables& initial, const FunctionEnvironment& functions)
        : initial_(initial), functions_(functions) {}

    boost::system::result<Variables, TemplateError> render() {
        for (const auto& variable : initial_)
            if (auto error = resolve(variable, 0)) return std::move(*error);
        Variables ordered = initial_;  // for its order, and for what it hides
        ordered.merge(known_);
        return ordered;
    }

  private:
    static constexpr std::size_t longest_chain = 100;
    using Failure = std::optional<TemplateError>;

    Failure resolve(const Variable& variable, std::size_t depth) {
        auto& state = states_[variable.name];
        if (state == State::done) return std::nullopt;
        if (state == State::begun || depth > longest_chain)
            return TemplateError{
                fmt::format("variable '{}' needs its own value", variable.name), {}, variable.name};
        state = State::begun;
        if (variable.secret) {
            known_.set_secret(variable.name, variable.value);
            state = State::done;
            return std::nullopt;
        }
        auto parsed = Template::parse(variable.value);
        if (!parsed)
            return of_variable(variable, {parsed.error().message, parsed.error().hint, variable.name});
        for (const auto& name : parsed->names())
            if (auto failure = resolve_needed(variable, name, depth)) return failure;
        std::vector<std::string> sensitive;
        auto value = parsed->render({known_, functions_, &sensitive});
        if (!value) return of_variable(variable, value.error());
        for (auto& secret : sensitive)
            known_.hide(std::move(secret));
        known_.set(variable.name, std::move(*value));
        states_[variable.name] = State::done;
        return std::nullopt;
    }

    /// A variable may be named after the built-in it holds: `uuid: '{{uuid}}'` means the built-in.
    Failure resolve_needed(const Variable& variable, const std::string& name, std::size_t depth) {
        if (!initial_.contains(name)) return std::nullopt;
        if (const auto* function = find_function(name);
            name == variable.name && function && function->accepts(0))
            return std::nullopt;
        const auto needed = std::find_if(initial_.begin(), initial_.end(),
                                         [&](const Variable& other) { return other.name == name; });
        return resolve(*needed, depth + 1);
    }

    static TemplateError of_variable(const Variable& variable, TemplateError error) {
        error.message = fmt::format("variable '{}': {}", variable.name, error.message);
        return error;
    }

    enum class State { untouched, begun, done };
    const Variables& initial_;
    const FunctionEnvironment& functions_;
    Variables known_;
    std::map<std::string, State> states_;
};

}  // namespace

boost::system::result<Variables, TemplateError> render_initial(const Variables& initial,
                                                               const FunctionEnvironment& functions) {
    return InitialVariables(initial, functions).render();
}

}  // namespace ringback::harness
