// What a first reading of a YAML text tells, before nodes are made of it. Inside of harness/test.
#pragma once

#include <yaml-cpp/mark.h>

#include <optional>
#include <string>

namespace ringback::harness::yaml {

struct AliasFault {
    YAML::Mark mark;
    std::string message;
};

struct Outline {
    YAML::Mark last_scalar = YAML::Mark::null_mark();
    /// The first alias that must not be followed: what the file's aliases stand for is too much in all, or an
    /// alias stands inside the very part that it stands for.
    std::optional<AliasFault> alias;
};

/// As far as the text can be read: a syntax error ends it.
[[nodiscard]] Outline outline_of(const std::string& text);

}  // namespace ringback::harness::yaml
