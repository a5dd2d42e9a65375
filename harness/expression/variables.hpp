// Named text values of a run, in the order in which they were first set, with marks for those that are
// secret.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ringback::harness {

/// One variable. Values are text: what a JSON path found is stored in its text form (see comparison.hpp,
/// to_text).
struct Variable {
    std::string name, value;
    bool secret = false;
    [[nodiscard]] bool operator==(const Variable&) const = default;
};

/// Ordered name → value map; a later set() wins. A value type: a run works on its own copy.
class Variables {
  public:
    Variables() = default;
    Variables(std::initializer_list<Variable> list);

    /// Sets or replaces. A name once marked secret stays secret, whatever value it gets later.
    void set(std::string_view name, std::string value);
    /// Sets or replaces, and marks as secret.
    void set_secret(std::string_view name, std::string value);
    /// Hides `value` from redact() without giving it a name: what was derived from a secret (a Basic header,
    /// a hash).
    void hide(std::string value);
    /// Removes the variable; a secret value stays hidden. False when there was none.
    bool unset(std::string_view name);
    /// Sets every variable of `over`, marks and hidden values included.
    void merge(const Variables& over);

    /// The value, or null. Valid until the next change.
    [[nodiscard]] const std::string* find(std::string_view name) const noexcept;
    [[nodiscard]] bool contains(std::string_view name) const noexcept { return find(name) != nullptr; }
    [[nodiscard]] bool is_secret(std::string_view name) const noexcept;

    [[nodiscard]] auto begin() const noexcept { return list_.begin(); }
    [[nodiscard]] auto end() const noexcept { return list_.end(); }
    [[nodiscard]] std::size_t size() const noexcept { return list_.size(); }
    [[nodiscard]] bool empty() const noexcept { return list_.empty(); }
    [[nodiscard]] std::vector<std::string_view> names() const;

    /// `text` with every secret value, also its URL-encoded, JSON-escaped and Base64 form and former values,
    /// as "***". Secrets that overlap or touch end up as one mask.
    [[nodiscard]] std::string redact(std::string_view text) const;
    /// True when redact() would change `text`.
    [[nodiscard]] bool reveals_secret(std::string_view text) const;

    /// Names, values and marks; not the order, nor what was hidden.
    [[nodiscard]] bool operator==(const Variables& other) const;

  private:
    Variable& slot(std::string_view name);

    std::vector<Variable> list_;
    std::map<std::string, std::size_t, std::less<>> index_;
    std::vector<std::string> hidden_;  ///< every form to mask, longest first, without duplicates
};

}  // namespace ringback::harness
