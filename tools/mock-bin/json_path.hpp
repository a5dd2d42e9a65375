// JSONPath after RFC 9535, as request patterns and templates use it: names, indexes, slices, wildcards,
// unions, descendants ("..") and filters ("[?@.price < 10 && @.name]"), and Jayway's "=~ /regex/i", which
// WireMock takes.
#pragma once

#include <boost/json/value.hpp>
#include <boost/system/result.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ringback::mock_bin {

class JsonPath {
  public:
    struct Segment;

    /// Bounded: 4,096 bytes, nesting of 32. The error is a sentence with the column.
    [[nodiscard]] static boost::system::result<JsonPath, std::string> parse(std::string_view text);
    /// All values there, in document order; they point into `root`. At most a million are visited.
    [[nodiscard]] std::vector<const boost::json::value*> find(const boost::json::value& root) const;

  private:
    std::shared_ptr<const std::vector<Segment>> segments_;
};

}  // namespace ringback::mock_bin
