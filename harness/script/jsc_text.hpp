// Text between ringback and JavaScriptCore: UTF-8 outside, UTF-16 inside.
#pragma once

#include "harness/script/jsc_library.hpp"

#include <string>
#include <string_view>

namespace ringback::harness {

/// The library, which was loaded before.
[[nodiscard]] const JscLibrary& jsc();

/// An owned JSString.
class JscText {
  public:
    explicit JscText(std::string_view utf8);
    explicit JscText(JSStringRef owned) : text_(owned) {}
    ~JscText();
    JscText(const JscText&) = delete;
    JscText& operator=(const JscText&) = delete;
    operator JSStringRef() const { return text_; }
    /// Half a surrogate pair becomes U+FFFD.
    [[nodiscard]] std::string utf8() const;

  private:
    JSStringRef text_ = nullptr;
};

/// JSON.stringify writes half a surrogate pair as an escape, which no JSON reader need accept: U+FFFD
/// instead.
[[nodiscard]] std::string without_lone_surrogates(std::string text);

}  // namespace ringback::harness
