#include "net/headers.hpp"

#include <algorithm>

namespace ringback::net {

bool same_name(std::string_view a, std::string_view b) noexcept {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](char x, char y) { return lower(x) == lower(y); });
}

void Headers::set(std::string_view name, std::string value) {
    const auto first =
        std::find_if(list_.begin(), list_.end(), [&](const Header& h) { return same_name(h.name, name); });
    if (first == list_.end()) return add(std::string(name), std::move(value));
    first->value = std::move(value);
    list_.erase(
        std::remove_if(first + 1, list_.end(), [&](const Header& h) { return same_name(h.name, name); }),
        list_.end());
}

void Headers::remove(std::string_view name) {
    std::erase_if(list_, [&](const Header& h) { return same_name(h.name, name); });
}

bool Headers::contains(std::string_view name) const noexcept {
    return get(name).has_value();
}

std::optional<std::string_view> Headers::get(std::string_view name) const noexcept {
    for (const auto& header : list_)
        if (same_name(header.name, name)) return header.value;
    return std::nullopt;
}

std::vector<std::string_view> Headers::all(std::string_view name) const {
    std::vector<std::string_view> values;
    for (const auto& header : list_)
        if (same_name(header.name, name)) values.emplace_back(header.value);
    return values;
}

}  // namespace ringback::net
