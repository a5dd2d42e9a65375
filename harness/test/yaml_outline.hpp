// What a first reading of a YAML text tells, before nodes are made of it. Inside of harness/test.
#pragma once

#include <yaml-cpp/exceptions.h>
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
    /// Where something begins behind the first document, which may be nothing that YAML knows.
    std::optional<YAML::Mark> second_document;
    /// What is wrong behind the first document.
    std::optional<YAML::Exception> broken;
};

/// As far as the text can be read, and no further than into a second document: a syntax error ends it.
[[nodiscard]] Outline outline_of(const std::string& text);

}  // namespace ringback::harness::yaml
