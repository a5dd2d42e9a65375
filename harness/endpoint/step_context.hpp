// What every kind of step works with. Inside of harness/endpoint.
#pragma once

#include "harness/expression/functions.hpp"
#include "harness/expression/variables.hpp"
#include "harness/run/engine.hpp"
#include "harness/test/test.hpp"
#include "net/http_client.hpp"

#include <boost/asio/awaitable.hpp>

namespace ringback::harness {

struct StepContext {
    EngineContext& engine;
    net::HttpClient& client;
    FunctionEnvironment functions;
    Variables variables;  ///< of the run as it goes

    std::vector<std::string> sensitive;  ///< what templates made of secrets, until hide_sensitive()

    [[nodiscard]] TemplateContext templates() { return {variables, functions, &sensitive}; }
    /// Keeps what was made of secrets (hashes, credentials) out of everything shown.
    void hide_sensitive() {
        for (auto& text : sensitive)
            variables.hide(std::move(text));
        sensitive.clear();
    }
};

/// Sends the request, follows redirects, extracts and judges. Fills `result`; never throws for what the
/// network does.
boost::asio::awaitable<void> run_http_step(const RequestStep& step, StepContext& context, StepResult& result);

}  // namespace ringback::harness
