// Text and WebDriver's special keys as events for the DevTools command Input.dispatchKeyEvent.
#pragma once

#include <boost/json/object.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ringback::harness {

/// Names of `client.Keys` with their code points, as https://www.w3.org/TR/webdriver2/#keyboard-actions has
/// them.
struct SpecialKey {
    std::string_view name;  ///< "ENTER"
    char32_t code_point;    ///< U+E007
    std::string_view key;   ///< "Enter", as KeyboardEvent.key
    std::string_view code;  ///< "Enter", as KeyboardEvent.code
    int virtual_key = 0;    ///< Windows' number, which KeyboardEvent.keyCode shows
    std::string_view text;  ///< what it types; mostly nothing
};
[[nodiscard]] std::span<const SpecialKey> special_keys() noexcept;

/// The parameters of each event in order, keys down and up. Modifiers (SHIFT, CONTROL, ALT, META) hold until
/// they come again, NULL comes, or the text ends.
[[nodiscard]] std::vector<boost::json::object> key_events(std::string_view text);

}  // namespace ringback::harness
