// The parsed form of an expectation. Insides of Expectation: nobody else includes this.
#pragma once

#include "harness/expression/expectation.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace ringback::harness {

enum class Operator { equal, not_equal, greater, greater_or_equal, less, less_or_equal };
[[nodiscard]] std::string_view to_string(Operator op) noexcept;

/// One comparison: `video.in.channel.bitrate.min >= 200`.
struct ExpectationTerm {
    enum class Scope { channel_count, aggregate, channel, run, custom } scope = Scope::custom;
    enum class Statistic { average, minimum, maximum } statistic = Statistic::average;
    Media media = Media::audio;
    Direction direction = Direction::in;
    const ChannelMetricInfo* channel_metric = nullptr;  ///< of scopes aggregate and channel
    const RunMetricInfo* run_metric = nullptr;          ///< of scope run
    std::string name;  ///< as written; of scope custom without "custom." and statistic
    Operator op = Operator::equal;
    double number = 0;
    std::string value;  ///< as written, for messages; the text to compare with for a codec

    [[nodiscard]] bool is_text() const noexcept {
        return channel_metric && channel_metric->metric == ChannelMetric::codec;
    }
    [[nodiscard]] std::string_view unit() const noexcept;
};

struct Expectation::Node {
    enum class Kind { any, all, term } kind = Kind::term;
    std::vector<Node> children;  ///< of `any` and `all`
    ExpectationTerm term;
};

/// Grammar and bounds: expectation.hpp.
[[nodiscard]] Parsed<Expectation::Node> parse_expectation(std::string_view text);

}  // namespace ringback::harness
