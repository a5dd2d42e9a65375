#include "run-options/duration.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace ringback {
namespace {
constexpr std::array<std::pair<std::string_view, long long>, 6> kUnits{
    {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"min", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
constexpr double kLongest = 10'000.0 * 86'400'000.0;
}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text,
                                                        std::chrono::milliseconds bare_unit) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    double number = 0;
    // Digits only: no sign, no "inf", no exponent ("1e9" is a slip more often than a wish).
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (error != std::errc{} || text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
    const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
    double factor = 0;
    if (unit.empty()) factor = static_cast<double>(bare_unit.count());
    for (const auto& [name, milliseconds] : kUnits)
        if (unit == name) factor = static_cast<double>(milliseconds);
    const double product = number * factor;
    if (factor <= 0 || !std::isfinite(product) || product > kLongest) return std::nullopt;
    return std::chrono::milliseconds(std::llround(product));
}

}  // namespace ringback
