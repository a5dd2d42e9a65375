#include "tools/ringback/webhook_view.hpp"

#include "harness/expression/encoding.hpp"
#include "harness/report/json.hpp"
#include "harness/run/run.hpp"
#include "net/headers.hpp"
#include "run-options/redaction.hpp"
#include "run-options/text/utf8.hpp"
#include "webhook/courier.hpp"
#include "webhook/message.hpp"
#include "webhook/recovery.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <cstdio>

namespace ringback::webhook_tool {
namespace {

namespace json = boost::json;
using store::MessageState;

constexpr const char *kBold = "\x1b[1m", *kDim = "\x1b[2m", *kGreen = "\x1b[32m", *kYellow = "\x1b[33m",
                     *kRed = "\x1b[31m", *kPlain = "\x1b[0m";

const char* color_of(MessageState state) {
    return state == MessageState::delivered ? kGreen : state == MessageState::due ? kYellow : kRed;
}

std::string painted(const std::string& text, const char* color, bool on) {
    return on ? color + text + kPlain : text;
}

std::size_t width(std::string_view line) {
    std::size_t cells = 0;
    for (std::size_t at = 0; at < line.size();) {
        const auto point = text::code_point_at(line, at);
        cells += text::cells(point.value);
        at += point.length;
    }
    return cells;
}

/// Cut to `most` cells.
std::string fitted(std::string_view line, std::size_t most) {
    if (width(line) <= most) return std::string(line);
    std::string out;
    std::size_t used = 0;
    for (std::size_t at = 0; at < line.size();) {
        const auto point = text::code_point_at(line, at);
        if (used + text::cells(point.value) + 1 > most) break;
        used += text::cells(point.value);
        out.append(line.substr(at, point.length));
        at += point.length;
    }
    return out + "…";
}

std::string padded(std::string text, std::size_t to) {
    const auto now = width(text);
    if (now < to) text.append(to - now, ' ');
    return text;
}

/// "2026-01-31 12:00:00.123 UTC"
std::string stamp(store::Time time) {
    auto text = harness::iso8601(time);
    std::replace(text.begin(), text.end(), 'T', ' ');
    if (text.ends_with('Z')) text.replace(text.size() - 1, 1, " UTC");
    return text;
}

std::string when(const Listed& listed, store::Time now) {
    const auto& message = listed.message;
    if (message.state != MessageState::due) return stamp(message.created_at).substr(0, 19);
    if (!message.claimed_by.empty() && message.claimed_until > now &&
        !webhook::owner_is_gone(message.claimed_by))
        return "being tried";
    if (listed.behind) return "behind another";
    return message.due_at <= now ? "due now" : "due in " + webhook::human_wait(now, message.due_at);
}

std::string tries(std::uint32_t attempts) {
    return std::to_string(attempts) + (attempts == 1 ? " attempt" : " attempts");
}

/// Member `name` of a detail as text; "" when it is not there.
std::string member(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    if (!value || value->is_null()) return {};
    return value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
}

json::object read_object(const std::string& text) {
    boost::system::error_code error;
    auto value = json::parse(text, error);
    return !error && value.is_object() ? std::move(value.get_object()) : json::object();
}

std::string indented(const std::string& text, std::size_t by) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        out += std::string(by, ' ') + text.substr(at, end - at) + "\n";
        at = end + 1;
    }
    return out;
}

/// Control characters but line breaks made harmless.
std::string harmless(std::string_view text, bool keep_lines) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto point = text::code_point_at(text, at);
        if (keep_lines && (point.value == '\n' || point.value == '\t'))
            out += static_cast<char>(point.value);
        else if (!keep_lines && point.value == '\n')
            out += ' ';
        else if (!(keep_lines && point.value == '\r'))
            text::append_utf8(out, text::printable(point.value));
        at += point.length;
    }
    return out;
}

/// PagerDuty wants its key in the body as well.
std::string without_key(std::string text, const webhook::HeaderList& headers) {
    for (const auto& [name, key] : headers)
        if (net::same_name(name, "X-Routing-Key") && !key.empty())
            for (auto at = text.find(key); at != std::string::npos; at = text.find(key, at + 3))
                text.replace(at, key.size(), "***");
    return text;
}

/// The frozen bytes as they are sent: as "body", or as "bodyBase64" where they are no text. Only the target's
/// own key is starred, and "bodyRedacted" says so.
void add_body(json::object& into, const store::Message& message, const webhook::HeaderList& headers) {
    const auto open = without_key(message.body, headers);
    const bool text = text::valid_utf8(open) == open;
    into["body"] = text ? json::value(open) : json::value(nullptr);
    into["bodyBase64"] = text ? json::value(nullptr) : json::value(harness::base64(open));
    into["bodyRedacted"] = open != message.body;
}

std::string render_response(const json::object& response, bool terminal) {
    std::string text =
        "HTTP " + member(response, "status") + " " + one_line(member(response, "reason")) + "\n";
    if (const auto* headers = response.if_contains("headers"); headers && headers->is_array())
        for (const auto& header : headers->get_array())
            if (const auto* pair = header.if_array(); pair && pair->size() == 2)
                text += one_line(std::string((*pair)[0].as_string())) + ": " +
                        one_line(std::string((*pair)[1].as_string())) + "\n";
    const auto body = member(response, "body");
    if (!body.empty()) text += "\n" + shown_body(body, {}, terminal) + (body.ends_with('\n') ? "" : "\n");
    return text;
}

std::string render_attempt(const store::Attempt& attempt, bool color, bool terminal) {
    const auto detail = read_object(attempt.detail);
    const bool well = attempt.outcome == "delivered";
    std::string text = painted("attempt " + std::to_string(attempt.number), kBold, color) + "  " +
                       stamp(attempt.started_at) + "  " +
                       painted(attempt.outcome, well ? kGreen : kYellow, color) +
                       (attempt.error.empty() ? "" : ": " + one_line(attempt.error)) + "\n";
    const auto address = member(detail, "address");
    if (!address.empty()) {
        text += "  to " + address + " port " + member(detail, "port");
        if (const auto* tls = detail.if_contains("tls"); tls && tls->is_object())
            text += ", " + member(tls->get_object(), "protocol") + " " + member(tls->get_object(), "cipher");
        text += "\n";
    }
    if (const auto* timings = detail.if_contains("timings"); timings && timings->is_object())
        text += "  " + timing_line(timings->get_object()) + "\n";
    if (const auto* response = detail.if_contains("response"); response && response->is_object())
        text += indented(render_response(response->get_object(), terminal), 4);
    return text;
}

}  // namespace

std::string_view state_word(MessageState state) noexcept {
    switch (state) {
        case MessageState::due:
            return "parked";
        case MessageState::delivered:
            return "delivered";
        case MessageState::dead:
            return "dead";
    }
    return "";
}

std::string one_line(std::string_view text) {
    return harmless(text, false);
}

std::string shown_header(std::string_view name, std::string_view value) {
    return one_line(redacted_header(name, value));
}

std::string shown_body(const std::string& body,
                       const std::vector<std::pair<std::string, std::string>>& headers, bool indent) {
    boost::system::error_code error;
    const auto value = indent ? json::parse(body, error) : json::value();
    const auto text = without_key(!error && value.is_structured() ? harness::pretty(value) : body, headers);
    return harmless(masked_line(text, 0, text.size()), true);
}

std::string sent_body(const std::string& body,
                      const std::vector<std::pair<std::string, std::string>>& headers) {
    return harmless(without_key(body, headers), true);
}

std::string timing_line(const json::object& timings) {
    std::string line;
    for (const char* phase : {"dns", "connect", "tls", "send", "wait", "receive", "total"}) {
        const auto* value = timings.if_contains(phase);
        if (!value || !value->is_number()) continue;
        char text[48];
        std::snprintf(text, sizeof text, "%s %.1f ms", phase, value->to_number<double>());
        line += (line.empty() ? "" : ", ") + std::string(text);
    }
    return line.empty() ? "no phase was measured" : line;
}

std::string render_list(const std::vector<Listed>& list, store::Time now, std::size_t columns, bool color) {
    using Cells = std::array<std::string, 6>;
    std::vector<Cells> rows{{"MESSAGE", "STATE", "TELLS", "TRIES", "WHEN (UTC)", "TEST"}};
    for (const auto& listed : list) {
        const auto& message = listed.message;
        rows.push_back({message.id, std::string(state_word(message.state)),
                        std::string(to_string(message.event)), std::to_string(message.attempts),
                        when(listed, now), one_line(listed.test_name)});
    }
    std::array<std::size_t, 6> widths{};
    for (const auto& row : rows)
        for (std::size_t i = 0; i + 1 < row.size(); ++i)
            widths[i] = std::max(widths[i], width(row[i]) + 2);
    widths.back() = 0;
    std::string out;
    for (std::size_t number = 0; number < rows.size(); ++number) {
        std::size_t used = 0;
        for (std::size_t i = 0; i < rows[number].size(); ++i) {
            const bool last = i + 1 == rows[number].size();
            const auto cell = last ? fitted(rows[number][i], columns > used + 8 ? columns - used : 8)
                                   : padded(rows[number][i], widths[i]);
            used += widths[i];
            const bool colored = number == 0 || i == 1;
            out += painted(cell, number == 0 ? kBold : color_of(list[number - 1].message.state),
                           color && colored);
        }
        out += "\n";
        if (number == 0) continue;
        const auto& message = list[number - 1].message;
        auto where = one_line(redacted_url(message.url));
        if (message.state != MessageState::delivered && !message.last_error.empty())
            where += "  " + one_line(message.last_error);
        out += painted("    " + fitted(where, columns > 12 ? columns - 4 : 8), kDim, color) + "\n";
    }
    return out;
}

std::string render_message(const Listed& listed, const std::vector<store::Attempt>& attempts, store::Time now,
                           bool color, bool terminal) {
    const auto& message = listed.message;
    const auto headers = webhook::read_headers(message.headers);
    std::string text = painted(message.id, kBold, color) + "  " +
                       painted(std::string(state_word(message.state)), color_of(message.state), color) +
                       " after " + tries(message.attempts);
    if (message.state == MessageState::due) text += ", " + when(listed, now);
    text += "\n";
    if (message.state != MessageState::delivered && !message.last_error.empty())
        text += "  why      " + one_line(message.last_error) + "\n";
    text += "  tells    " + one_line(listed.test_name) + ": " + std::string(to_string(message.event)) + "\n";
    text += "  run      " + message.run_id + "\n";
    text += "  created  " + stamp(message.created_at) + "\n";
    text += "  target   " + message.target_key + ", number " + std::to_string(message.seq) + "\n\n";
    std::string request = "POST " + one_line(redacted_url(message.url)) + "\n";
    for (const auto& [name, value] : headers)
        request += one_line(name) + ": " + shown_header(name, value) + "\n";
    request += "\n" + shown_body(message.body, headers, terminal) + "\n";
    text += indented(request, 4);
    for (const auto& attempt : attempts)
        text += "\n" + render_attempt(attempt, color, terminal);
    return text;
}

json::object to_json(const Listed& listed) {
    const auto& message = listed.message;
    const auto headers = webhook::read_headers(message.headers);
    json::array shown;
    for (const auto& [name, value] : headers)
        shown.push_back(json::array{name, shown_header(name, value)});
    json::object object{
        {"id", message.id},
        {"state", state_word(message.state)},
        {"event", to_string(message.event)},
        {"testName", listed.test_name},
        {"testRunId", message.run_id},
        {"url", redacted_url(message.url)},
        {"targetKey", message.target_key},
        {"seq", message.seq},
        {"attempts", message.attempts},
        {"createdAt", harness::iso8601(message.created_at)},
        {"dueAt", message.state == MessageState::due ? json::value(harness::iso8601(message.due_at))
                                                     : json::value(nullptr)},
        {"lastError", message.last_error.empty() ? json::value(nullptr) : json::value(message.last_error)},
        {"headers", std::move(shown)}};
    add_body(object, message, headers);
    return object;
}

json::object to_json(const store::Attempt& attempt) {
    return {{"number", attempt.number},
            {"startedAt", harness::iso8601(attempt.started_at)},
            {"outcome", attempt.outcome},
            {"status", attempt.status ? json::value(attempt.status) : json::value(nullptr)},
            {"error", attempt.error.empty() ? json::value(nullptr) : json::value(attempt.error)},
            {"detail", read_object(attempt.detail)}};
}

}  // namespace ringback::webhook_tool
