#include "tools/mock-bin/matcher.hpp"

#include "tools/mock-bin/json_members.hpp"
#include "tools/mock-bin/text.hpp"

#include <algorithm>

namespace ringback::mock_bin {

const json::value* Subject::json() const {
    if (!parsed_) {
        parsed_ = true;
        json::error_code ec;
        auto value = parse_json(text_, ec);
        if (!ec) json_ = std::move(value);
        too_deep_ = ec == json::error::too_deep;
    }
    return json_ ? &*json_ : nullptr;
}

std::string quoted(std::string_view text) {
    constexpr std::size_t kMost = 120;
    if (!is_utf8(text)) return std::to_string(text.size()) + " bytes that are not text";
    auto shown = text.substr(0, kMost);
    while (!is_utf8(shown))
        shown.remove_suffix(1);
    auto out = json::serialize(json::value(key(shown)));
    std::string result(out.data(), out.size());
    if (text.size() > shown.size()) result += "… (" + std::to_string(text.size()) + " bytes)";
    return result;
}

std::optional<std::string> compile(TextMatcher& matcher) {
    using Kind = TextMatcher::Kind;
    auto compiled = std::make_shared<TextMatcher::Compiled>();
    if (matcher.kind == Kind::regex || matcher.kind == Kind::equal_or_regex) {
        if (matcher.wanted.size() > 10'000) return "the regular expression is longer than 10,000 bytes";
        boost::regex regex(matcher.wanted, boost::regex::perl | boost::regex::no_except);
        // Text with "(" or "?" in it may be meant literally where both are allowed.
        if (regex.status() == 0)
            compiled->regex = std::move(regex);
        else if (matcher.kind == Kind::regex)
            return "is not a valid regular expression: " + matcher.wanted;
    } else if (matcher.kind == Kind::json) {
        json::error_code ec;
        compiled->json = parse_json(matcher.wanted, ec);
        if (ec) return "is not JSON: " + ec.message();
    } else if (matcher.kind == Kind::json_path) {
        auto path = JsonPath::parse(matcher.wanted);
        if (!path) return path.error();
        compiled->path = *std::move(path);
    }
    matcher.compiled = std::move(compiled);
    return std::nullopt;
}

namespace {

bool regex_holds(const TextMatcher& matcher, std::string_view text) {
    if (!matcher.compiled->regex) return false;
    try {
        return boost::regex_match(text.begin(), text.end(), *matcher.compiled->regex);
    } catch (const std::runtime_error&) {
        return false;  // Boost.Regex gives up on what would take for ever
    }
}

bool path_holds(const TextMatcher& matcher, const Subject& subject) {
    const auto* root = subject.json();
    if (!root) return false;
    const auto found = matcher.compiled->path->find(*root);
    if (!matcher.inner) return !found.empty();
    if (matcher.inner->kind == TextMatcher::Kind::absent) return found.empty();
    return std::any_of(found.begin(), found.end(), [&](const json::value* value) {
        const std::string text =
            value->is_string() ? std::string(view(value->get_string())) : json::serialize(*value);
        return holds(*matcher.inner, Subject(text));
    });
}

bool plainly_holds(const TextMatcher& matcher, const Subject& subject) {
    using Kind = TextMatcher::Kind;
    const auto text = subject.text();
    switch (matcher.kind) {
        case Kind::equal:
            return text == matcher.wanted;
        case Kind::equal_ignoring_case:
            return net::same_name(text, matcher.wanted);
        case Kind::contains:
            return text.find(matcher.wanted) != std::string_view::npos;
        case Kind::regex:
            return regex_holds(matcher, text);
        case Kind::equal_or_regex:
            return text == matcher.wanted || regex_holds(matcher, text);
        case Kind::json:
            return subject.json() &&
                   !json_difference(matcher.compiled->json, *subject.json(), matcher.ignore_array_order,
                                    matcher.ignore_extra_elements, "");
        case Kind::json_path:
            return path_holds(matcher, subject);
        case Kind::absent:
            return text.empty();
        case Kind::present:
            return true;
    }
    return false;
}

}  // namespace

bool holds(const TextMatcher& matcher, const Subject& subject) {
    return plainly_holds(matcher, subject) != matcher.negated;
}

std::string wanted_text(const TextMatcher& matcher) {
    using Kind = TextMatcher::Kind;
    const std::string no = matcher.negated ? "anything but " : "";
    switch (matcher.kind) {
        case Kind::equal:
        case Kind::equal_or_regex:
            return no + quoted(matcher.wanted);
        case Kind::equal_ignoring_case:
            return no + quoted(matcher.wanted) + " in any case";
        case Kind::contains:
            return (matcher.negated ? "text without " : "text with ") + quoted(matcher.wanted);
        case Kind::regex:
            return no + "a match of /" + matcher.wanted + "/";
        case Kind::json:
            return no + "JSON equal to " + quoted(matcher.wanted);
        case Kind::json_path:
            return (matcher.negated ? "nothing at " : "something at ") + matcher.wanted +
                   (matcher.inner ? " that is " + wanted_text(*matcher.inner) : "");
        case Kind::absent:
            return matcher.negated ? "anything" : "none";
        case Kind::present:
            return matcher.negated ? "none" : "anything";
    }
    return {};
}

namespace {

constexpr std::size_t kMostPairs = 1'000'000;

/// Gives each wanted element a found one of its own. Where extra members are ignored, one found element may
/// do for several wanted ones, and one that took it must be able to move on (augmenting paths).
class Pairing {
  public:
    Pairing(const json::array& wanted, const json::array& found, bool ignore_extra)
        : wanted_(wanted), found_(found), ignore_extra_(ignore_extra), owner_(found.size(), kNobody) {
        if (ignore_extra) fits_.resize(wanted.size() * found.size(), kUnknown);
    }

    [[nodiscard]] bool place(std::size_t i) {
        std::vector<bool> tried(found_.size());
        return place(i, tried);
    }

  private:
    static constexpr std::size_t kNobody = SIZE_MAX;
    static constexpr char kUnknown = 2;

    bool fits(std::size_t i, std::size_t k) {
        if (!ignore_extra_) return !json_difference(wanted_[i], found_[k], true, false, "");
        auto& known = fits_[i * found_.size() + k];
        if (known == kUnknown) known = !json_difference(wanted_[i], found_[k], true, true, "");
        return known != 0;
    }

    bool place(std::size_t i, std::vector<bool>& tried) {
        for (std::size_t k = 0; k < found_.size(); ++k) {
            const bool may_move = ignore_extra_ && !tried[k];
            if ((owner_[k] != kNobody && !may_move) || !fits(i, k)) continue;
            tried[k] = true;
            if (owner_[k] != kNobody && !place(owner_[k], tried)) continue;
            owner_[k] = i;
            return true;
        }
        return false;
    }

    const json::array &wanted_, &found_;
    const bool ignore_extra_;
    std::vector<std::size_t> owner_;
    std::vector<char> fits_;
};

std::optional<std::string> array_difference(const json::array& wanted, const json::array& found,
                                            bool ignore_order, bool ignore_extra,
                                            const std::string& pointer) {
    const auto place = pointer.empty() ? "the document" : pointer;
    if (wanted.size() > found.size() || (!ignore_extra && wanted.size() != found.size()))
        return place + " has " + std::to_string(found.size()) + " elements, wanted " +
               std::to_string(wanted.size());
    if (!ignore_order) {
        for (std::size_t i = 0; i < wanted.size(); ++i)
            if (auto other = json_difference(wanted[i], found[i], false, ignore_extra,
                                             pointer + "/" + std::to_string(i)))
                return other;
        return std::nullopt;
    }
    if (ignore_extra && wanted.size() * found.size() > kMostPairs)
        return place + " has too many elements to compare them in any order";
    Pairing pairing(wanted, found, ignore_extra);
    for (std::size_t i = 0; i < wanted.size(); ++i)
        if (!pairing.place(i)) return place + " has no element " + quoted(json::serialize(wanted[i]));
    return std::nullopt;
}

}  // namespace

std::optional<std::string> json_difference(const json::value& wanted, const json::value& found,
                                           bool ignore_order, bool ignore_extra, const std::string& pointer) {
    const auto place = pointer.empty() ? "the document" : pointer;
    if (const auto* a = wanted.if_object(), *b = found.if_object(); a && b) {
        for (const auto& member : *a) {
            const auto below = pointer + pointer_step(view(member.key()));
            const auto* value = b->if_contains(member.key());
            if (!value) return below + " is missing";
            if (auto other = json_difference(member.value(), *value, ignore_order, ignore_extra, below))
                return other;
        }
        if (!ignore_extra)
            for (const auto& member : *b)
                if (!a->contains(member.key()))
                    return pointer + pointer_step(view(member.key())) + " is not wanted";
        return std::nullopt;
    }
    if (const auto* a = wanted.if_array(), *b = found.if_array(); a && b)
        return array_difference(*a, *b, ignore_order, ignore_extra, pointer);
    const bool same = wanted.is_number() && found.is_number() ? exact_number(wanted) == exact_number(found)
                                                              : wanted == found;
    if (same) return std::nullopt;
    return place + " is " + quoted(json::serialize(found)) + ", wanted " + quoted(json::serialize(wanted));
}

}  // namespace ringback::mock_bin
