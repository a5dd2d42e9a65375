// The pages and what they load.
#include "embedded/mock-bin-core.hpp"
#include "pages/assets.hpp"
#include "tools/mock-bin/app.hpp"
#include "tools/mock-bin/page.hpp"

namespace ringback::mock_bin {

net::ServerResponse bin_page() {
    return answer_page(std::string(embedded::bin_html()));
}
net::ServerResponse history_page() {
    return answer_page(std::string(embedded::history_html()));
}

namespace {

net::ServerResponse start(Call& call) {
    if (negotiated(call).format == Format::html && (call.method == "GET" || call.method == "HEAD"))
        return answer_page(std::string(embedded::start_html()));
    return answer_value(call, "Hello World!");
}

net::ServerResponse builder(Call&) {
    return answer_page(std::string(embedded::create_html()));
}

net::ServerResponse history(Call& call) {
    if (!call.app.bins().find(call.args.front())) return answer_no_bin(call, call.args.front());
    return history_page();
}

net::ServerResponse asset(Call& call) {
    const auto& name = call.args.front();
    auto bytes = embedded::find(name);
    if (name == "style.css") bytes = pages::style_sheet();
    if (name == "components.js") bytes = pages::components_script();
    const bool script = name.ends_with(".js"), style = name.ends_with(".css");
    if (!bytes || (!script && !style))
        return answer_error(call, 404, "unknown_route", "there is no such file");
    net::ServerResponse response;
    response.headers.add("Content-Type",
                         script ? "text/javascript; charset=utf-8" : "text/css; charset=utf-8");
    response.headers.add("X-Content-Type-Options", "nosniff");
    response.headers.add("Cache-Control", "no-cache");
    response.body = std::string(*bytes);
    return response;
}

net::ServerResponse no_icon(Call&) {
    return answer_status(204);
}

constexpr Route kRoutes[] = {
    {"*", "/", start},
    {"GET", "/bin/create", builder},
    {"GET", "/bin/:id/history", history},
    {"GET", "/static/:file", asset},
    {"GET", "/favicon.ico", no_icon},
};

}  // namespace

std::span<const Route> page_routes() {
    return kRoutes;
}

}  // namespace ringback::mock_bin
