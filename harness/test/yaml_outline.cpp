#include "harness/test/yaml_outline.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/parser.h>

#include <cstdint>
#include <map>
#include <sstream>
#include <vector>

namespace ringback::harness::yaml {
namespace {

constexpr std::uint64_t kMostOfAliases = 4u << 20;  ///< bytes: as much as a whole file may hold
constexpr std::uint64_t kNode = 40;                 ///< bytes that a node counts beside its text

/// Weighs every part that has an anchor, and adds up what the aliases stand for.
class Reader final : public YAML::EventHandler {
  public:
    Outline outline;
    bool ended = false;  ///< the first document

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (ended) outline.second_document = mark;
    }
    void OnDocumentEnd() override { ended = true; }
    void OnNull(const YAML::Mark&, YAML::anchor_t anchor) override { leaf(anchor, kNode); }
    void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  const std::string& value) override {
        outline.last_scalar = mark;
        leaf(anchor, kNode + value.size());
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        if (outline.alias) return;
        const auto known = weights_.find(anchor);
        if (known == weights_.end()) {
            outline.alias = {mark, "this alias stands inside the very part that it stands for"};
            return;
        }
        aliases_ += known->second;
        if (aliases_ > kMostOfAliases)
            outline.alias = {mark, "the aliases up to here stand for more than 4 MiB"};
        else
            add(known->second);
    }
    void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        open_.push_back({anchor, kNode});
    }
    void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        open_.push_back({anchor, kNode});
    }
    void OnSequenceEnd() override { close(); }
    void OnMapEnd() override { close(); }

  private:
    struct Part {
        YAML::anchor_t anchor;
        std::uint64_t weight;
    };

    void add(std::uint64_t weight) {
        if (!open_.empty()) open_.back().weight += weight;
    }
    void leaf(YAML::anchor_t anchor, std::uint64_t weight) {
        if (anchor != YAML::NullAnchor) weights_[anchor] = weight;
        add(weight);
    }
    void close() {
        const auto part = open_.back();
        open_.pop_back();
        leaf(part.anchor, part.weight);
    }

    std::vector<Part> open_;  ///< from the document inwards
    std::map<YAML::anchor_t, std::uint64_t> weights_;
    std::uint64_t aliases_ = 0;
};

}  // namespace

Outline outline_of(const std::string& text) {
    Reader reader;
    std::istringstream stream(text);
    try {
        YAML::Parser parser(stream);
        // Not to the end: yaml-cpp finds documents without end where a text begins with "," or "]".
        for (int document = 0; document < 2; ++document)
            if (!parser.HandleNextDocument(reader)) break;
    } catch (const YAML::Exception& broken) {
        // What is wrong in the first document, the reading that makes nodes of it says.
        if (reader.ended) reader.outline.broken = broken;
    }
    return std::move(reader.outline);
}

}  // namespace ringback::harness::yaml
