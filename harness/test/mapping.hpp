// Reads one YAML mapping by a table of keys: unknown and repeated keys are errors with their place and the
// nearest name. Inside of harness/test; nobody else includes it.
#pragma once

#include "run-options/parse_error.hpp"
#include "run-options/run_options.hpp"

#include <yaml-cpp/yaml.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ringback::harness::yaml {

/// The file that nodes come from, for messages.
struct Document {
    std::string file;
    std::string text;
};

/// An error at `node`.
[[nodiscard]] ParseError error_at(const Document& document, const YAML::Node& node, std::string message,
                                  std::string hint = {});
[[nodiscard]] ParseError error_at(const Document& document, const YAML::Mark& mark, std::string message,
                                  std::string hint = {});
/// An error inside the text of a scalar: `inner` counts lines and columns from the text's first character.
[[nodiscard]] ParseError error_inside(const Document& document, const YAML::Node& scalar,
                                      const ParseError& inner);
/// Puts the webhooks of run options that were read from a scalar where they stand in the file, and makes
/// their paths absolute, which are relative to it.
void place_webhooks(const Document& document, const YAML::Node& scalar, RunOptions& options);
/// Parses the text as YAML with one document; what is no UTF-8 and a syntax error are placed.
/// @param what for messages: "a test"
/// @param first_key what such a file begins with
[[nodiscard]] Parsed<YAML::Node> parse(const Document& document, std::string_view what,
                                       std::string_view first_key);

class Mapping {
  public:
    /// @param what for messages: "a test", "a step"
    [[nodiscard]] static Parsed<Mapping> read(const Document& document, const YAML::Node& node,
                                              std::string_view what, std::span<const std::string_view> known);
    /// The value of a key; an undefined node when absent.
    [[nodiscard]] YAML::Node get(std::string_view key) const;
    [[nodiscard]] bool has(std::string_view key) const;
    [[nodiscard]] const YAML::Node& node() const { return node_; }

    /// A scalar's text, "" when absent.
    [[nodiscard]] Parsed<std::string> text(std::string_view key) const;
    /// The same of what is shown as a name: one line of at most 255 bytes, without control characters.
    [[nodiscard]] Parsed<std::string> name(std::string_view key) const;
    /// The text of `run-options`, "" when absent. Without a value it is an error: unquoted, they are a
    /// comment.
    [[nodiscard]] Parsed<std::string> run_options() const;
    [[nodiscard]] Parsed<bool> flag(std::string_view key, bool otherwise) const;
    /// The entries of a mapping of names to scalars, in their order, each name once.
    [[nodiscard]] Parsed<std::vector<std::pair<std::string, YAML::Node>>> entries(std::string_view key) const;

  private:
    const Document* document_ = nullptr;
    YAML::Node node_;
    std::vector<std::pair<std::string, YAML::Node>> members_;
};

}  // namespace ringback::harness::yaml
