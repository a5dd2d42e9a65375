#include "harness/report/junit.hpp"

#include "pages/markup.hpp"
#include "run-options/text/utf8.hpp"

#include <cstdio>

namespace ringback::harness {
namespace {

/// Text for XML 1.0: markup escaped, bytes and characters that XML cannot hold replaced.
std::string xml(std::string_view words) {
    return pages::xml_text(text::valid_utf8(words));
}

/// One line of TAP: a "#" would begin a directive, a line break another line.
std::string tap_line(std::string_view words) {
    std::string out;
    for (std::size_t at = 0; at < words.size();) {
        const auto point = text::code_point_at(words, at);
        const bool layout = point.value == '\n' || point.value == '\r' || point.value == '#';
        text::append_utf8(out, layout ? U' ' : text::printable(point.value));
        at += point.length;
    }
    return out;
}

std::string seconds(std::chrono::microseconds span) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3f", static_cast<double>(span.count()) / 1e6);
    return text;
}

/// One line of a report, whatever kind of test it came from.
struct Case {
    std::string name;
    std::chrono::microseconds duration{0};
    Verdict verdict = Verdict::passed;
    std::vector<std::string> reasons;
};

std::vector<Case> cases(const Run& run) {
    std::vector<Case> list;
    for (const auto& step : run.steps)
        list.push_back({step.path + " " + (step.note.empty() ? step.title : step.note), step.duration,
                        step.verdict, step.reasons});
    for (const auto& probe : run.probes) {
        list.push_back(
            {"probe " + std::to_string(probe.number), probe.duration, probe.verdict, probe.reasons});
        for (const auto& expectation : probe.expectations) {
            Case item{
                "probe " + std::to_string(probe.number) + ": " + expectation.text, {}, Verdict::passed, {}};
            if (!expectation.passed) {
                item.verdict = expectation.warning ? Verdict::warned : Verdict::failed;
                item.reasons.push_back("found " + expectation.found + ", wanted " + expectation.wanted);
            }
            list.push_back(std::move(item));
        }
    }
    if (run.error) list.push_back({"run", run.duration, Verdict::failed, {*run.error}});
    return list;
}

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines)
        text += (text.empty() ? "" : "\n") + line;
    return text;
}

struct Totals {
    std::size_t tests = 0, failures = 0, skipped = 0;
};

Totals totals(const std::vector<Case>& list) {
    Totals sum;
    for (const auto& item : list) {
        ++sum.tests;
        sum.failures += item.verdict == Verdict::failed;
        sum.skipped += item.verdict == Verdict::skipped;
    }
    return sum;
}

std::string attributes(const Totals& sum) {
    return " tests=\"" + std::to_string(sum.tests) + "\" failures=\"" + std::to_string(sum.failures) +
           "\" errors=\"0\" skipped=\"" + std::to_string(sum.skipped) + "\"";
}

}  // namespace

std::string junit_report(std::span<const Run> runs) {
    Totals all;
    std::string suites;
    std::chrono::microseconds time{0};
    for (const auto& run : runs) {
        const auto list = cases(run);
        const auto sum = totals(list);
        all.tests += sum.tests, all.failures += sum.failures, all.skipped += sum.skipped;
        time += run.duration;
        suites += "  <testsuite name=\"" + xml(run.test_name) + "\" id=\"" + run.id + "\"" + attributes(sum) +
                  " time=\"" + seconds(run.duration) + "\" timestamp=\"" + iso8601(run.started_at) +
                  "\">\n    <properties>\n";
        for (const auto& [name, value] :
             {std::pair<std::string, std::string>{"status", std::string(to_string(run.status))},
              {"runType", std::string(to_string(run.type))},
              {"location", run.location}})
            suites += "      <property name=\"" + name + "\" value=\"" + xml(value) + "\"/>\n";
        suites += "    </properties>\n";
        for (const auto& item : list) {
            suites += "    <testcase name=\"" + xml(item.name) + "\" classname=\"" + xml(run.test_name) +
                      "\" time=\"" + seconds(item.duration) + "\"";
            const auto text = joined(item.reasons);
            if (item.verdict == Verdict::failed)
                suites += ">\n      <failure message=\"" +
                          xml(item.reasons.empty() ? "failed" : item.reasons.front()) + "\">" + xml(text) +
                          "</failure>\n    </testcase>\n";
            else if (item.verdict == Verdict::skipped)
                suites += ">\n      <skipped" +
                          (item.reasons.empty() ? "" : " message=\"" + xml(item.reasons.front()) + "\"") +
                          "/>\n    </testcase>\n";
            else if (item.verdict == Verdict::warned)
                suites +=
                    ">\n      <system-out>" + xml("warning: " + text) + "</system-out>\n    </testcase>\n";
            else
                suites += "/>\n";
        }
        suites += "  </testsuite>\n";
    }
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"ringback\"" + attributes(all) +
           " time=\"" + seconds(time) + "\">\n" + suites + "</testsuites>\n";
}

std::string tap_report(std::span<const Run> runs) {
    std::string text = "TAP version 14\n1.." + std::to_string(runs.size()) + "\n";
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const auto& run = runs[i];
        const auto list = cases(run);
        text += "# Subtest: " + tap_line(run.test_name) + "\n    1.." + std::to_string(list.size()) + "\n";
        for (std::size_t k = 0; k < list.size(); ++k) {
            text += std::string("    ") + (list[k].verdict == Verdict::failed ? "not ok " : "ok ") +
                    std::to_string(k + 1) + " - " + tap_line(list[k].name) +
                    (list[k].verdict == Verdict::skipped ? " # SKIP" : "") + "\n";
            for (const auto& reason : list[k].reasons)
                text += "    # " + tap_line(reason) + "\n";
        }
        text += std::string(is_pass(run.status) ? "ok " : "not ok ") + std::to_string(i + 1) + " - " +
                tap_line(run.test_name) + "\n";
    }
    return text;
}

}  // namespace ringback::harness
