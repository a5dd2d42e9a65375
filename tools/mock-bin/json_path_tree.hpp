// The parsed form of a JSONPath; for json_path*.cpp only.
#pragma once

#include "tools/mock-bin/json_path.hpp"

#include <boost/json.hpp>
#include <boost/regex.hpp>

#include <cstdint>
#include <optional>

namespace ringback::mock_bin::path_tree {

struct Expression;
using ExpressionPtr = std::shared_ptr<const Expression>;

struct Selector {
    enum class Kind { name, index, slice, wildcard, filter } kind = Kind::wildcard;
    std::string name;
    std::int64_t index = 0;
    std::optional<std::int64_t> start, stop;
    std::int64_t step = 1;
    ExpressionPtr filter;
};

/// Part of a filter. Comparisons have two children that are operands; and, or, not have conditions.
struct Expression {
    enum class Kind {
        either,
        both,
        negation,
        comparison,
        match,
        exists,
        query,
        literal,
        length
    } kind = Kind::literal;
    std::vector<ExpressionPtr> children;
    std::string comparison;  ///< "==", "!=", "<", "<=", ">", ">="
    bool from_root = false;  ///< of a query: "$" rather than "@"
    std::vector<JsonPath::Segment> query;
    boost::json::value literal;
    std::optional<boost::regex> regex;
};

}  // namespace ringback::mock_bin::path_tree

namespace ringback::mock_bin {

struct JsonPath::Segment {
    bool descendant = false;
    std::vector<path_tree::Selector> selectors;
};

}  // namespace ringback::mock_bin
