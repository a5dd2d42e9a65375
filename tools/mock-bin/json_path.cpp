#include "tools/mock-bin/json_path.hpp"

#include "tools/mock-bin/json_members.hpp"
#include "tools/mock-bin/json_path_tree.hpp"

#include <algorithm>

namespace ringback::mock_bin {
namespace {

using namespace path_tree;
namespace json = boost::json;
using Nodes = std::vector<const json::value*>;

class Finder {
  public:
    explicit Finder(const json::value& root) : root_(root) {}

    Nodes find(const std::vector<JsonPath::Segment>& segments, const json::value& from) {
        Nodes nodes{&from};
        for (const auto& segment : segments) {
            Nodes next;
            for (const auto* node : nodes) {
                if (segment.descendant)
                    descend(segment, *node, next, 0);
                else
                    select(segment, *node, next);
            }
            nodes = std::move(next);
        }
        return nodes;
    }

  private:
    bool spent() { return ++visited_ > 1'000'000; }

    void descend(const JsonPath::Segment& segment, const json::value& node, Nodes& out, int depth) {
        if (spent() || depth > 64) return;
        select(segment, node, out);
        if (const auto* array = node.if_array()) {
            for (const auto& child : *array)
                descend(segment, child, out, depth + 1);
        } else if (const auto* object = node.if_object()) {
            for (const auto& child : *object)
                descend(segment, child.value(), out, depth + 1);
        }
    }

    void select(const JsonPath::Segment& segment, const json::value& node, Nodes& out) {
        for (const auto& selector : segment.selectors)
            select(selector, node, out);
    }

    void select(const Selector& selector, const json::value& node, Nodes& out) {
        switch (selector.kind) {
            case Selector::Kind::name:
                if (const auto* object = node.if_object())
                    if (const auto* value = object->if_contains({selector.name.data(), selector.name.size()}))
                        out.push_back(value);
                break;
            case Selector::Kind::index:
                if (const auto* array = node.if_array()) {
                    const auto size = static_cast<std::int64_t>(array->size());
                    const auto index = selector.index < 0 ? selector.index + size : selector.index;
                    if (index >= 0 && index < size) out.push_back(&(*array)[static_cast<std::size_t>(index)]);
                }
                break;
            case Selector::Kind::slice:
                if (const auto* array = node.if_array()) slice(selector, *array, out);
                break;
            case Selector::Kind::wildcard:
                children(node, out, [](const json::value&) { return true; });
                break;
            case Selector::Kind::filter:
                children(node, out, [&](const json::value& child) { return holds(*selector.filter, child); });
                break;
        }
    }

    template <class Keep>
    void children(const json::value& node, Nodes& out, Keep keep) {
        if (const auto* array = node.if_array()) {
            for (const auto& child : *array)
                if (!spent() && keep(child)) out.push_back(&child);
        } else if (const auto* object = node.if_object()) {
            for (const auto& child : *object)
                if (!spent() && keep(child.value())) out.push_back(&child.value());
        }
    }

    /// RFC 9535, 2.3.4.2.2.
    static void slice(const Selector& selector, const json::array& array, Nodes& out) {
        const auto size = static_cast<std::int64_t>(array.size());
        const auto step = selector.step;
        if (step == 0) return;
        const auto normal = [&](std::int64_t i) { return i < 0 ? i + size : i; };
        if (step > 0) {
            auto i = std::clamp<std::int64_t>(normal(selector.start.value_or(0)), 0, size);
            const auto stop = std::clamp<std::int64_t>(normal(selector.stop.value_or(size)), 0, size);
            while (i < stop) {
                out.push_back(&array[static_cast<std::size_t>(i)]);
                if (step >= size) break;
                i += step;
            }
        } else {
            auto i =
                std::clamp<std::int64_t>(selector.start ? normal(*selector.start) : size - 1, -1, size - 1);
            const auto stop =
                selector.stop ? std::clamp<std::int64_t>(normal(*selector.stop), -1, size - 1) : -1;
            while (i > stop) {
                out.push_back(&array[static_cast<std::size_t>(i)]);
                if (step <= -size) break;
                i += step;
            }
        }
    }

    bool holds(const Expression& expression, const json::value& current) {
        const auto holds_child = [&](const ExpressionPtr& child) { return holds(*child, current); };
        const auto& children = expression.children;
        switch (expression.kind) {
            case Expression::Kind::either:
                return std::any_of(children.begin(), children.end(), holds_child);
            case Expression::Kind::both:
                return std::all_of(children.begin(), children.end(), holds_child);
            case Expression::Kind::negation:
                return !holds(*children.front(), current);
            case Expression::Kind::exists: {
                const auto& query = *children.front();
                return !find(query.query, query.from_root ? root_ : current).empty();
            }
            case Expression::Kind::comparison:
                return compares(value(*children[0], current), expression.comparison,
                                value(*children[1], current));
            case Expression::Kind::match: {
                const auto left = value(*children.front(), current);
                const auto* text = left ? left->if_string() : nullptr;
                if (!text) return false;
                try {
                    return boost::regex_match(text->begin(), text->end(), *expression.regex);
                } catch (const std::runtime_error&) {
                    return false;  // Boost.Regex gives up on patterns that would take for ever
                }
            }
            default:
                return false;
        }
    }

    std::optional<json::value> value(const Expression& operand, const json::value& current) {
        if (operand.kind == Expression::Kind::literal) return operand.literal;
        if (operand.kind == Expression::Kind::query) {
            const auto found = find(operand.query, operand.from_root ? root_ : current);
            if (found.size() == 1) return *found.front();
            return std::nullopt;
        }
        if (operand.kind != Expression::Kind::length) return std::nullopt;
        const auto of = value(*operand.children.front(), current);
        if (!of) return std::nullopt;
        if (const auto* text = of->if_string()) return json::value(static_cast<double>(text->size()));
        if (const auto* array = of->if_array()) return json::value(static_cast<double>(array->size()));
        if (const auto* object = of->if_object()) return json::value(static_cast<double>(object->size()));
        return std::nullopt;
    }

    static bool compares(const std::optional<json::value>& a, const std::string& sign,
                         const std::optional<json::value>& b) {
        if (sign == "==") return same(a, b);
        if (sign == "!=") return !same(a, b);
        if (!a || !b) return false;
        int order = 2;
        if (a->is_number() && b->is_number()) {
            const auto x = exact_number(*a), y = exact_number(*b);
            order = x < y ? -1 : x > y ? 1 : x == y ? 0 : 2;
        } else if (a->is_string() && b->is_string()) {
            const auto compared = a->get_string().compare(b->get_string());
            order = compared < 0 ? -1 : compared > 0 ? 1 : 0;
        }
        if (order == 2) return false;
        if (sign == "<") return order < 0;
        if (sign == "<=") return order <= 0;
        if (sign == ">") return order > 0;
        return order >= 0;
    }

    static bool same(const std::optional<json::value>& a, const std::optional<json::value>& b) {
        if (!a || !b) return !a && !b;
        if (a->is_number() && b->is_number()) return exact_number(*a) == exact_number(*b);
        return *a == *b;
    }

    const json::value& root_;
    std::size_t visited_ = 0;
};

}  // namespace

std::vector<const json::value*> JsonPath::find(const json::value& root) const {
    return Finder(root).find(*segments_, root);
}

}  // namespace ringback::mock_bin
