// Header fields in the order, case and number in which they stand on the wire.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringback::net {

struct Header {
    std::string name, value;
    [[nodiscard]] bool operator==(const Header&) const = default;
};

class Headers {
  public:
    Headers() = default;
    Headers(std::initializer_list<Header> list) : list_(list) {}

    void add(std::string name, std::string value) { list_.push_back({std::move(name), std::move(value)}); }
    void set(std::string_view name, std::string value);  ///< replaces all of that name
    void remove(std::string_view name);
    [[nodiscard]] bool contains(std::string_view name) const noexcept;
    /// First value of that name (case-insensitive), or nullopt. Valid until the next change.
    [[nodiscard]] std::optional<std::string_view> get(std::string_view name) const noexcept;
    [[nodiscard]] std::vector<std::string_view> all(std::string_view name) const;

    [[nodiscard]] auto begin() const noexcept { return list_.begin(); }
    [[nodiscard]] auto end() const noexcept { return list_.end(); }
    [[nodiscard]] std::size_t size() const noexcept { return list_.size(); }
    [[nodiscard]] bool empty() const noexcept { return list_.empty(); }
    void reserve(std::size_t n) { list_.reserve(n); }
    void clear() noexcept { list_.clear(); }
    [[nodiscard]] bool operator==(const Headers&) const = default;

  private:
    std::vector<Header> list_;
};

/// ASCII case-insensitive equality, as field names compare (RFC 9110, 5.1).
[[nodiscard]] bool same_name(std::string_view a, std::string_view b) noexcept;

}  // namespace ringback::net
