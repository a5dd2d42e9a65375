// A webhook target inside a larger text, so that its errors point into that text.
#pragma once

#include "run-options/text/json_document.hpp"
#include "run-options/value/url.hpp"
#include "run-options/webhook_target.hpp"

#include <cstddef>
#include <string_view>

namespace ringback::value {

/// The JSON form, which fills [begin, end) of `text`.
[[nodiscard]] Parsed<WebhookTarget> read_webhook_json(std::string_view text, std::size_t begin,
                                                      std::size_t end);

/// The plain form: a URL.
[[nodiscard]] Parsed<WebhookTarget> read_webhook_url(const Words& words);

}  // namespace ringback::value
