#include "harness/report/terminal.hpp"

#include "harness/report/call_remarks.hpp"
#include "harness/report/headline.hpp"
#include "run-options/text/utf8.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace ringback::harness {
namespace {

enum class Tone { plain, good, bad, warn, dim, strong };

std::string paint(std::string_view text, Tone tone, bool color) {
    if (!color || tone == Tone::plain) return std::string(text);
    const char* code = tone == Tone::good   ? "\033[32m"
                       : tone == Tone::bad  ? "\033[31m"
                       : tone == Tone::warn ? "\033[33m"
                       : tone == Tone::dim  ? "\033[2m"
                                            : "\033[1m";
    return code + std::string(text) + "\033[0m";
}

std::string fixed(double value, int digits) {
    if (!std::isfinite(value)) return "–";
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), "%.*f", digits, value);
    return text.data();
}

/// At most `width` columns; what is cut off is shown as "…".
std::string clip(std::string_view text, std::size_t width) {
    if (display_width(text) <= width) return std::string(text);
    std::string out;
    std::size_t columns = 0;
    for (std::size_t i = 0; i < text.size() && columns + 1 < width; ++columns) {
        std::size_t next = i + 1;
        while (next < text.size() && (static_cast<unsigned char>(text[next]) & 0xC0) == 0x80)
            ++next;
        out.append(text.substr(i, next - i));
        i = next;
    }
    return out + "…";
}

std::string pad(std::string_view text, std::size_t width) {
    std::string out(text);
    const auto columns = display_width(text);
    if (columns < width) out.append(width - columns, ' ');
    return out;
}

std::string pad_left(std::string_view text, std::size_t width) {
    const auto columns = display_width(text);
    return std::string(columns < width ? width - columns : 0, ' ') + std::string(text);
}

/// What came from outside may hold control characters; a terminal must not obey them.
std::string printable(std::string_view words) {
    std::string out;
    for (std::size_t at = 0; at < words.size();) {
        const auto point = text::code_point_at(words, at);
        text::append_utf8(out, point.value == '\n' ? U' ' : text::printable(point.value));
        at += point.length;
    }
    return out;
}

std::string mark(Verdict verdict, bool color) {
    switch (verdict) {
        case Verdict::passed:
            return paint("✓", Tone::good, color);
        case Verdict::warned:
            return paint("!", Tone::warn, color);
        case Verdict::failed:
            return paint("✗", Tone::bad, color);
        case Verdict::skipped:
            return paint("–", Tone::dim, color);
    }
    return "?";
}

Tone tone_of(RunStatus status) {
    return status == RunStatus::completed  ? Tone::good
           : status == RunStatus::warnings ? Tone::warn
                                           : Tone::bad;
}

void add_judgement(std::string& out, const AssertionResult& a, const TerminalStyle& style,
                   std::string_view indent) {
    const auto room = style.width > 24 ? style.width - 20 : 60;
    out += std::string(indent) +
           (a.warning ? paint("! ", Tone::warn, style.color) : paint("✗ ", Tone::bad, style.color)) +
           printable(a.text) +
           (a.channel.empty() ? "" : paint("  [" + a.channel + "]", Tone::dim, style.color)) + "\n";
    if (!a.message.empty()) out += std::string(indent) + "    " + printable(a.message) + "\n";
    if (!a.found.empty() || !a.wanted.empty()) {
        out += std::string(indent) + paint("    found   ", Tone::dim, style.color) +
               clip(a.found.empty() ? "nothing" : printable(a.found), room) +
               (a.failed_at ? ", first " + fixed(*a.failed_at, 0) + " s into the run" : "") + "\n";
        out += std::string(indent) + paint("    wanted  ", Tone::dim, style.color) +
               clip(printable(a.wanted), room) + "\n";
    }
}

bool told_by_judgement(const StepResult& step, const std::string& reason) {
    return std::any_of(step.assertions.begin(), step.assertions.end(), [&](const AssertionResult& a) {
        return !a.passed && reason.find(a.text) != std::string::npos;
    });
}

void add_step(std::string& out, const StepResult& step, const TerminalStyle& style) {
    const std::size_t depth = static_cast<std::size_t>(std::count(step.path.begin(), step.path.end(), '.'));
    const std::string left(2 + 2 * depth, ' ');
    std::string status, time;
    if (step.exchange && step.exchange->response) status = std::to_string(step.exchange->response->status);
    if (step.verdict != Verdict::skipped) time = human_duration(step.duration);
    const auto used = left.size() + 2 + 5 + 5 + 10;
    const auto room = style.width > used + 20 ? style.width - used : 40;
    const auto title = clip(printable(step.note.empty() ? step.title : step.note), room);
    auto line = left + mark(step.verdict, style.color) + " " + pad(step.path, 4) + " " + pad(title, room) +
                pad_left(status, 5) + paint(time.empty() ? "" : pad_left(time, 10), Tone::dim, style.color);
    line.resize(line.find_last_not_of(' ') + 1);
    out += line + "\n";
    const std::string indent(left.size() + 7, ' ');
    if (step.verdict != Verdict::skipped && !step.note.empty())
        out += indent + paint(clip(printable(step.title), room), Tone::dim, style.color) + "\n";
    for (const auto& assertion : step.assertions)
        if (!assertion.passed) add_judgement(out, assertion, style, indent);
    for (const auto& reason : step.reasons)
        if (!told_by_judgement(step, reason))
            out += indent +
                   (step.verdict == Verdict::skipped ? paint("– ", Tone::dim, style.color)
                                                     : paint("✗ ", Tone::bad, style.color)) +
                   printable(reason) + "\n";
}

void add_probes(std::string& out, const Run& run, const TerminalStyle& style) {
    using Row = std::array<std::string, 9>;
    std::vector<Row> rows{
        {"probe", "setup", "audio in", "audio out", "video in", "video out", "loss in", "rtt", "mos"}};
    for (const auto& p : run.probes) {
        const auto figures = headline(p);
        const auto shown = [](const std::optional<double>& value, int digits, const char* unit) {
            return value ? fixed(*value, digits) + unit : std::string("–");
        };
        rows.push_back({std::to_string(p.number), shown(figures.call_setup_ms, 0, " ms"),
                        shown(figures.audio_in, 0, " kbit/s"), shown(figures.audio_out, 0, " kbit/s"),
                        shown(figures.video_in, 0, " kbit/s"), shown(figures.video_out, 0, " kbit/s"),
                        shown(figures.loss_in, 1, " %"), shown(figures.rtt_ms, 0, " ms"),
                        shown(p.mos, 1, "")});
    }
    std::array<std::size_t, 9> widths{};
    for (const auto& row : rows)
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], display_width(row[i]));
    for (std::size_t r = 0; r < rows.size(); ++r) {
        std::string line;
        for (std::size_t i = 0; i < rows[r].size(); ++i)
            line += (i ? "  " : "") + pad_left(rows[r][i], widths[i]);
        out += "  " + (r == 0 ? std::string(" ") : mark(run.probes[r - 1].verdict, style.color)) + " " +
               (r == 0 ? paint(line, Tone::dim, style.color) : line) + "\n";
    }
    if (!run.network_emulation.empty())
        out += paint("    network emulation: " + run.network_emulation +
                         (run.network_emulation_reason.empty()
                              ? ""
                              : " (" + printable(run.network_emulation_reason) + ")"),
                     Tone::dim, style.color) +
               "\n";
    for (const auto& remark : call_remarks(run))
        out += "    " + paint(printable(remark), Tone::dim, style.color) + "\n";
    for (const auto& p : run.probes) {
        const bool silent =
            p.reasons.empty() && std::all_of(p.expectations.begin(), p.expectations.end(),
                                             [](const AssertionResult& a) { return a.passed; });
        if (silent) continue;
        out += "    probe " + std::to_string(p.number) + ":\n";
        for (const auto& expectation : p.expectations)
            if (!expectation.passed) add_judgement(out, expectation, style, "      ");
        for (const auto& reason : p.reasons) {
            const bool told =
                std::any_of(p.expectations.begin(), p.expectations.end(), [&](const AssertionResult& a) {
                    return !a.passed && reason.find(a.text) != std::string::npos;
                });
            if (!told) out += "      " + paint("✗ ", Tone::bad, style.color) + printable(reason) + "\n";
        }
    }
}

std::string plural(std::size_t n, const char* word) {
    return std::to_string(n) + " " + word + (n == 1 ? "" : "s");
}

std::string tally(const Run& run) {
    const auto checks = run.checks();
    std::string text;
    if (!run.steps.empty()) {
        const auto steps = run.step_counts();
        text +=
            std::to_string(steps.passed) + " of " + plural(steps.total - steps.skipped, "step") + " passed";
        if (steps.skipped) text += ", " + std::to_string(steps.skipped) + " skipped";
    }
    if (!run.probes.empty()) text += (text.empty() ? "" : ", ") + plural(run.probes.size(), "probe");
    if (checks.total)
        text += (text.empty() ? "" : ", ") + std::to_string(checks.passed) + " of " +
                plural(checks.total, "check") + " passed";
    return text;
}

}  // namespace

std::size_t display_width(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string human_duration(std::chrono::microseconds span) {
    const double ms = static_cast<double>(span.count()) / 1000.0;
    if (ms < 1) return fixed(ms, 1) + " ms";
    if (ms < 1000) return fixed(ms, 0) + " ms";
    if (ms < 60000) return fixed(ms / 1000, ms < 10000 ? 2 : 1) + " s";
    const auto seconds = static_cast<long long>(ms / 1000);
    return std::to_string(seconds / 60) + " min " + std::to_string(seconds % 60) + " s";
}

std::string render_run(const Run& run, const TerminalStyle& style) {
    std::string out =
        paint(printable(run.test_name), Tone::strong, style.color) +
        paint("  " + run.name + " · " + run.id, Tone::dim, style.color) +
        (run.try_number > 1 ? paint(" · try " + std::to_string(run.try_number), Tone::warn, style.color)
                            : "") +
        "\n";
    for (const auto& step : run.steps)
        add_step(out, step, style);
    if (!run.probes.empty()) add_probes(out, run, style);
    if (run.error) out += "  " + paint("✗ ", Tone::bad, style.color) + printable(*run.error) + "\n";
    for (const auto& line : run.log)
        if (line.level != Level::info)
            out += "  " +
                   paint(line.level == Level::error ? "✗ " : "! ",
                         line.level == Level::error ? Tone::bad : Tone::warn, style.color) +
                   printable(line.text) + "\n";
    const auto counts = tally(run);
    out += "  " + paint(to_string(run.status), tone_of(run.status), style.color) +
           (counts.empty() ? "" : "  " + counts) + "  " +
           paint(human_duration(run.duration), Tone::dim, style.color) + "\n";
    return out;
}

std::string render_verdicts(std::span<const Run> runs, const TerminalStyle& style) {
    if (runs.size() < 2) return {};
    std::size_t name_width = 4, passed = 0;
    for (const auto& run : runs) {
        name_width = std::max(name_width, std::min<std::size_t>(display_width(run.test_name), 50));
        passed += is_pass(run.status);
    }
    std::string out = "\n";
    for (const auto& run : runs)
        out += "  " + pad(clip(printable(run.test_name), 50), name_width) + "  " +
               paint(pad(to_string(run.status), 9), tone_of(run.status), style.color) + "  " +
               paint(pad_left(human_duration(run.duration), 10), Tone::dim, style.color) +
               (run.failure_reasons.empty()
                    ? ""
                    : "  " + clip(printable(run.failure_reasons.front()),
                                  style.width > name_width + 40 ? style.width - name_width - 28 : 40)) +
               "\n";
    out += "  " + std::to_string(passed) + " of " + std::to_string(runs.size()) + " tests passed\n";
    return out;
}

boost::asio::awaitable<void> ProgressLine::on_started(const Run& run) {
    test_ = run.test_name;
    doing_.clear();
    began_ = std::chrono::steady_clock::now();
    waiting_for_ = {};
    running_ = true;
    tick();
    co_return;
}

void ProgressLine::on_event(const Run&, const RunEvent& event) {
    if (const auto* step = std::get_if<StepStarted>(&event))
        doing_ = step->path + " " + step->title;
    else if (const auto* progress = std::get_if<ProbeProgress>(&event))
        doing_ = "probe " + std::to_string(progress->probe) + ": " + progress->text;
    else if (const auto* sample = std::get_if<ProbeSampled>(&event))
        doing_ = "probe " + std::to_string(sample->probe) + " receives " + fixed(sample->audio_in_kbps, 0) +
                 " kbit/s audio, " + fixed(sample->video_in_kbps, 0) + " kbit/s video";
    else if (const auto* waiting = std::get_if<Waiting>(&event)) {
        waiting_for_ = waiting->total;
        waiting_since_ = std::chrono::steady_clock::now();
        if (!waiting->what.empty()) doing_ = waiting->what;
    }
    tick();
}

boost::asio::awaitable<void> ProgressLine::on_finished(const Run&) {
    running_ = false;
    clear();
    co_return;
}

std::string ProgressLine::line() const {
    const auto now = std::chrono::steady_clock::now();
    std::string text =
        running_ ? printable(test_) + "  " +
                       human_duration(std::chrono::duration_cast<std::chrono::seconds>(now - began_))
                 : "";
    if (running_ && waiting_for_.count() > 0) {
        constexpr std::size_t cells = 20;
        const double share =
            std::clamp(std::chrono::duration<double, std::milli>(now - waiting_since_).count() /
                           static_cast<double>(waiting_for_.count()),
                       0.0, 1.0);
        const auto full = static_cast<std::size_t>(share * cells);
        text += "  ";
        for (std::size_t i = 0; i < cells; ++i)
            text += i < full ? "█" : "░";
        text += " of " + human_duration(waiting_for_);
    }
    if (!doing_.empty()) text += (text.empty() ? "" : "  ") + printable(doing_);
    return clip(text, style_.width - 1);
}

void ProgressLine::tick() {
    const auto text = line();
    if (text.empty()) return clear();
    write_("\r\033[K" + paint(text, Tone::dim, style_.color));
    drawn_ = true;
}

void ProgressLine::clear() {
    if (!drawn_) return;
    write_("\r\033[K");
    drawn_ = false;
}

void ProgressLine::note(std::string text) {
    doing_ = std::move(text);
    tick();
}

}  // namespace ringback::harness
