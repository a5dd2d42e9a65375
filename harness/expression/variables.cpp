#include "harness/expression/variables.hpp"

#include "harness/expression/encoding.hpp"
#include "net/target.hpp"

#include <algorithm>
#include <utility>

namespace ringback::harness {

namespace {

constexpr std::string_view mask = "***";

/// The digits that `secret` contributes to a Base64 text in which it starts `lead` bytes into a group of
/// three, without those at its edges that it shares with its neighbours. How a password looks inside "Basic
/// dXNlcjpwYXNz".
std::string embedded_base64(std::string_view secret, std::size_t lead) {
    const std::size_t whole_bits = 8 * (lead + secret.size());
    const std::size_t first = lead == 0 ? 0 : (8 * lead + 5) / 6;
    const std::size_t last = whole_bits / 6;
    if (last <= first) return {};
    return base64(std::string(lead, '\0') + std::string(secret)).substr(first, last - first);
}

/// Every form in which the secret may turn up in a text that is shown.
std::vector<std::string> forms_of(const std::string& secret) {
    // Shorter Base64 fragments would turn up by chance in any longer token.
    constexpr std::size_t shortest_fragment = 6;
    std::vector<std::string> forms{secret, url_encoded(secret), net::escape_target(secret),
                                   json_escaped(secret), base64(secret)};
    for (const std::size_t lead : {0, 1, 2})
        if (auto fragment = embedded_base64(secret, lead); fragment.size() >= shortest_fragment)
            forms.push_back(std::move(fragment));
    return forms;
}

bool longer_first(const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
}

using Interval = std::pair<std::size_t, std::size_t>;

std::vector<Interval> occurrences(std::string_view text, const std::vector<std::string>& words) {
    std::vector<Interval> found;
    for (const auto& word : words)
        for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1))
            found.emplace_back(at, at + word.size());
    std::sort(found.begin(), found.end());
    return found;
}

}  // namespace

Variables::Variables(std::initializer_list<Variable> list) {
    for (const auto& variable : list)
        if (variable.secret)
            set_secret(variable.name, variable.value);
        else
            set(variable.name, variable.value);
}

Variable& Variables::slot(std::string_view name) {
    if (const auto found = index_.find(name); found != index_.end()) return list_[found->second];
    index_.emplace(std::string(name), list_.size());
    return list_.emplace_back(Variable{std::string(name), {}, false});
}

void Variables::set(std::string_view name, std::string value) {
    auto& variable = slot(name);
    if (variable.secret) hide(value);
    variable.value = std::move(value);
}

void Variables::set_secret(std::string_view name, std::string value) {
    auto& variable = slot(name);
    variable.secret = true;
    hide(value);
    variable.value = std::move(value);
}

void Variables::hide(std::string value) {
    if (value.empty()) return;
    for (auto& form : forms_of(value)) {
        const auto place = std::lower_bound(hidden_.begin(), hidden_.end(), form, longer_first);
        if (place == hidden_.end() || *place != form) hidden_.insert(place, std::move(form));
    }
}

bool Variables::unset(std::string_view name) {
    const auto found = index_.find(name);
    if (found == index_.end()) return false;
    const auto position = found->second;
    index_.erase(found);
    list_.erase(list_.begin() + static_cast<std::ptrdiff_t>(position));
    for (auto& [other, index] : index_)
        if (index > position) --index;
    return true;
}

void Variables::merge(const Variables& over) {
    for (const auto& variable : over)
        if (variable.secret)
            set_secret(variable.name, variable.value);
        else
            set(variable.name, variable.value);
    std::vector<std::string> both;
    both.reserve(hidden_.size() + over.hidden_.size());
    std::set_union(hidden_.begin(), hidden_.end(), over.hidden_.begin(), over.hidden_.end(),
                   std::back_inserter(both), longer_first);
    hidden_ = std::move(both);
}

const std::string* Variables::find(std::string_view name) const noexcept {
    const auto found = index_.find(name);
    return found == index_.end() ? nullptr : &list_[found->second].value;
}

bool Variables::is_secret(std::string_view name) const noexcept {
    const auto found = index_.find(name);
    return found != index_.end() && list_[found->second].secret;
}

std::vector<std::string_view> Variables::names() const {
    std::vector<std::string_view> names;
    names.reserve(list_.size());
    for (const auto& variable : list_)
        names.push_back(variable.name);
    return names;
}

std::string Variables::redact(std::string_view text) const {
    std::string out;
    std::size_t copied = 0;
    const auto found = occurrences(text, hidden_);
    for (std::size_t i = 0; i < found.size();) {
        auto [begin, end] = found[i];
        while (++i < found.size() && found[i].first <= end)
            end = std::max(end, found[i].second);
        out.append(text.substr(copied, begin - copied)).append(mask);
        copied = end;
    }
    return out.append(text.substr(copied));
}

bool Variables::reveals_secret(std::string_view text) const {
    return std::any_of(hidden_.begin(), hidden_.end(),
                       [&](const std::string& form) { return text.find(form) != std::string_view::npos; });
}

bool Variables::operator==(const Variables& other) const {
    if (size() != other.size()) return false;
    return std::all_of(begin(), end(), [&](const Variable& variable) {
        const auto* value = other.find(variable.name);
        return value && *value == variable.value && other.is_secret(variable.name) == variable.secret;
    });
}

}  // namespace ringback::harness
