#include "harness/report/html.hpp"

#include "embedded/harness_report.hpp"
#include "harness/report/json.hpp"
#include "harness/report/thinning.hpp"
#include "net/request_head.hpp"
#include "pages/assets.hpp"
#include "pages/inline_module.hpp"
#include "pages/markup.hpp"
#include "run-options/text/utf8.hpp"

#include <boost/json/array.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace ringback::harness {
namespace json = boost::json;
namespace {

constexpr std::size_t kMaxSamples = 1'000'000;    ///< in one page: about 5 MB
constexpr std::size_t kMaxPictures = 24'000'000;  ///< bytes of all screenshots in one page
constexpr std::size_t kMaxConsoleLines = 20'000;  ///< in one page, the last ones of each probe

/// "image/jpeg" by the first bytes of a file, "" for anything that a browser would not show as a picture.
std::string_view picture_type(std::string_view bytes) {
    if (bytes.starts_with("\xFF\xD8\xFF")) return "image/jpeg";
    if (bytes.starts_with("\x89PNG\r\n\x1a\n")) return "image/png";
    return "";
}

/// "data:image/jpeg;base64,…", or "" when there is no such picture or no room for it.
std::string data_uri(const std::filesystem::path& path, std::size_t& room) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) return {};
    const auto size = std::filesystem::file_size(path, error);
    if (error || size > room) return {};
    std::ifstream file(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    const auto type = picture_type(bytes);
    if (type.empty() || bytes.size() > room) return {};
    room -= bytes.size();
    return "data:" + std::string(type) + ";base64," + net::base64(bytes);
}

/// Adds `image`, a data URI, to the screenshots that can be shown.
void add_pictures(json::object& run, const std::string& artifacts, std::size_t& room) {
    if (artifacts.empty()) return;
    for (auto& probe : run["probes"].as_array())
        for (auto& shot : probe.at("screenshots").as_array()) {
            auto image =
                data_uri(std::filesystem::path(artifacts) / shot.at("file").as_string().c_str(), room);
            if (!image.empty()) shot.as_object()["image"] = std::move(image);
        }
}

void shorten_consoles(Run& run, std::size_t most) {
    for (auto& probe : run.probes) {
        auto& lines = probe.console;
        if (lines.size() <= most) continue;
        lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(most));
        lines.insert(lines.begin(), "… earlier lines are not in this page");
    }
}

json::object document(std::span<const Run> runs) {
    std::size_t probes = 0, room = kMaxPictures;
    for (const auto& run : runs)
        probes += run.probes.size();
    probes = std::max<std::size_t>(probes, 1);
    json::array list;
    for (const auto& whole : runs) {
        auto run = whole;
        const double seconds = thin_samples(run, kMaxSamples * run.probes.size() / probes);
        shorten_consoles(run, kMaxConsoleLines / probes);
        auto object = to_json(run);
        if (seconds > 0) object["thinnedTo"] = seconds;
        add_pictures(object, run.artifacts, room);
        list.push_back(std::move(object));
    }
    return {{"ringback", RINGBACK_VERSION}, {"runs", std::move(list)}};
}

std::string sha256_base64(std::string_view text) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha256(), nullptr);
    return net::base64({reinterpret_cast<const char*>(digest), size});
}

/// One module: whoever is imported comes first.
std::string script() {
    std::string code = "\n/* uPlot:\n" + std::string(pages::uplot_license()) + "*/\n";
    // Twice the pixels, so that charts are sharp on paper; uPlot reads it once.
    code += "window.devicePixelRatio = Math.max(2, window.devicePixelRatio);\n";
    code += pages::uplot_script();
    for (const auto module : {pages::components_script(), pages::figures_script(), pages::charts_script(),
                              report::run_view_js(), report::report_js()})
        code += "\n" + pages::inline_module(module);
    return code;
}

std::string title(std::span<const Run> runs) {
    if (runs.size() == 1) return runs.front().test_name + " · " + std::string(to_string(runs.front().status));
    const auto passed =
        std::count_if(runs.begin(), runs.end(), [](const Run& run) { return is_pass(run.status); });
    return std::to_string(passed) + " of " + std::to_string(runs.size()) + " tests passed";
}

/// What is left where scripts do not run: mail programs, strict viewers.
std::string plain_summary(std::span<const Run> runs) {
    std::string out =
        "<noscript><div class=\"card stack\"><p>Charts and tables need JavaScript. In short:</p>\n";
    for (const auto& run : runs) {
        out +=
            "<h2>" + html_text(run.test_name) + "</h2>\n<p>" + std::string(to_string(run.status)) + "</p>\n";
        if (run.error) out += "<p>" + html_text(*run.error) + "</p>\n";
        for (const auto& reason : run.failure_reasons)
            out += "<p>" + html_text(reason) + "</p>\n";
    }
    return out + "</div></noscript>\n";
}

}  // namespace

std::string html_text(std::string_view words) {
    return pages::html_text(text::valid_utf8(words));
}

std::string script_safe(std::string_view json) {
    std::string out;
    out.reserve(json.size() + json.size() / 50);
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (c == '<')
            out += "\\u003c";
        else if (c == '>')
            out += "\\u003e";
        else if (c == '&')
            out += "\\u0026";
        else if (json.substr(i, 3) == "\u2028")
            out += "\\u2028", i += 2;
        else if (json.substr(i, 3) == "\u2029")
            out += "\\u2029", i += 2;
        else
            out += c;
    }
    return out;
}

std::string html_report(std::span<const Run> runs) {
    const auto code = script();
    std::string page = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
    // Nothing is fetched, and no script runs but the one below: whatever a tested service wrote stays text.
    page += "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'sha256-" +
            sha256_base64(code) +
            "'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'\">\n";
    page +=
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"generator\" content=\"ringback " RINGBACK_VERSION "\">\n<title>" +
        html_text(title(runs)) + "</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n";
    for (const auto sheet : {pages::uplot_style_sheet(), pages::style_sheet(), pages::figures_style_sheet()})
        page += std::string(sheet) + "\n";
    page +=
        "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#content\">Skip to the results</a>\n"
        "<header class=\"bar\"><span class=\"brand\">ringback</span></header>\n"
        "<main class=\"main stack\" id=\"content\" tabindex=\"-1\">\n" +
        plain_summary(runs) + "</main>\n<footer class=\"foot\"></footer>\n";
    page += "<script type=\"application/json\" id=\"report\">" + script_safe(compact(document(runs))) +
            "</script>\n<script type=\"module\">" + code + "</script>\n</body>\n</html>\n";
    return page;
}

}  // namespace ringback::harness
