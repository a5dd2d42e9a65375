#include "harness/script/engine.hpp"

#include "harness/script/jsc_library.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/throw_exception.hpp>

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <limits>
#include <map>
#include <optional>
#include <stdexcept>

namespace ringback::harness {

namespace json = boost::json;

namespace {

/// How often a running script is looked at. CPU time, so a waiting machine does not count.
constexpr double kTickSeconds = 0.01;
/// What a script may hand over in one value.
constexpr std::size_t kMaxJson = std::size_t{32} << 20;

const JscLibrary& jsc() {
    return *JscLibrary::get();
}

// ---- Text: UTF-8 outside, UTF-16 inside -----------------------------------------------------------------

std::u16string to_utf16(std::string_view text) {
    std::u16string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size();) {
        const auto lead = static_cast<unsigned char>(text[i]);
        const int more = lead < 0x80         ? 0
                         : (lead >> 5) == 6  ? 1
                         : (lead >> 4) == 14 ? 2
                         : (lead >> 3) == 30 ? 3
                                             : -1;
        char32_t code = more == 0 ? lead : more > 0 ? lead & (0x3fu >> more) : 0xfffd;
        std::size_t used = 1;
        for (int k = 1; k <= more; ++k, ++used) {
            const auto next = i + used < text.size() ? static_cast<unsigned char>(text[i + used]) : 0u;
            if ((next & 0xc0) != 0x80) {
                code = 0xfffd;
                break;
            }
            code = (code << 6) | (next & 0x3f);
        }
        i += used;
        if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) code = 0xfffd;
        if (code < 0x10000) {
            out += static_cast<char16_t>(code);
        } else {
            out += static_cast<char16_t>(0xd7c0 + (code >> 10));
            out += static_cast<char16_t>(0xdc00 + (code & 0x3ff));
        }
    }
    return out;
}

std::string to_utf8(const char16_t* text, std::size_t size) {
    std::string out;
    out.reserve(size);
    for (std::size_t i = 0; i < size; ++i) {
        char32_t code = text[i];
        const bool high = code >= 0xd800 && code < 0xdc00;
        if (high && i + 1 < size && text[i + 1] >= 0xdc00 && text[i + 1] < 0xe000)
            code = 0x10000 + ((code - 0xd800) << 10) + (text[++i] - 0xdc00u);
        else if (code >= 0xd800 && code < 0xe000)
            code = 0xfffd;
        const auto put = [&](char32_t byte) { out += static_cast<char>(byte); };
        if (code < 0x80) {
            put(code);
        } else if (code < 0x800) {
            put(0xc0 | code >> 6), put(0x80 | (code & 0x3f));
        } else if (code < 0x10000) {
            put(0xe0 | code >> 12), put(0x80 | (code >> 6 & 0x3f)), put(0x80 | (code & 0x3f));
        } else {
            put(0xf0 | code >> 18), put(0x80 | (code >> 12 & 0x3f)), put(0x80 | (code >> 6 & 0x3f)),
                put(0x80 | (code & 0x3f));
        }
    }
    return out;
}

/// JSON.stringify writes half a surrogate pair as an escape, which no JSON reader need accept: U+FFFD
/// instead.
std::string without_lone_surrogates(std::string text) {
    const auto unit_at = [&](std::size_t at) -> unsigned {
        unsigned unit = 0;
        if (text.compare(at, 2, "\\u") != 0 || at + 6 > text.size()) return 0;
        std::from_chars(text.data() + at + 2, text.data() + at + 6, unit, 16);
        return unit;
    };
    for (std::size_t i = 0; i + 6 <= text.size(); ++i) {
        if (text[i] != '\\') continue;
        const auto unit = unit_at(i);
        const bool pair =
            unit >= 0xd800 && unit < 0xdc00 && unit_at(i + 6) >= 0xdc00 && unit_at(i + 6) < 0xe000;
        if (!pair && unit >= 0xd800 && unit < 0xe000) text.replace(i, 6, "\\ufffd");
        i += unit == 0 ? 1 : pair ? 11 : 5;
    }
    return text;
}

/// An owned JSString.
class Text {
  public:
    explicit Text(std::string_view text) {
        const auto wide = to_utf16(text);
        text_ = jsc().JSStringCreateWithCharacters(reinterpret_cast<const JSChar*>(wide.data()), wide.size());
    }
    explicit Text(JSStringRef owned) : text_(owned) {}
    ~Text() {
        if (text_) jsc().JSStringRelease(text_);
    }
    Text(const Text&) = delete;
    Text& operator=(const Text&) = delete;
    operator JSStringRef() const { return text_; }
    [[nodiscard]] std::string utf8() const {
        if (!text_) return {};
        return to_utf8(reinterpret_cast<const char16_t*>(jsc().JSStringGetCharactersPtr(text_)),
                       jsc().JSStringGetLength(text_));
    }

  private:
    JSStringRef text_ = nullptr;
};

// ---- The thread's context group, and what limits a running entry -----------------------------------------

std::size_t resident_bytes() {
    std::FILE* file = std::fopen("/proc/self/statm", "re");
    if (!file) return 0;
    unsigned long size = 0, resident = 0;
    const bool read = std::fscanf(file, "%lu %lu", &size, &resident) == 2;
    std::fclose(file);
    return read ? resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) : 0;
}

struct Entry {
    std::chrono::steady_clock::time_point deadline;
    std::size_t memory = 0;
    enum class Ended { no, time, memory } ended = Ended::no;
    std::string stack;  ///< where it was ended
};

/// The stack of what is running, as JavaScriptCore writes it.
std::string stack_text(JSContextRef context) {
    const auto error = jsc().JSObjectMakeError(context, 0, nullptr, nullptr);
    const auto value = error ? jsc().JSObjectGetProperty(context, error, Text("stack"), nullptr) : nullptr;
    if (!value || jsc().JSValueIsUndefined(context, value)) return {};
    return Text(jsc().JSValueToStringCopy(context, value, nullptr)).utf8();
}

/// Lives as long as a context of its thread does.
class Runtime {
  public:
    static std::shared_ptr<Runtime> of_this_thread() {
        thread_local std::weak_ptr<Runtime> current;
        auto runtime = current.lock();
        if (!runtime) current = runtime = std::make_shared<Runtime>();
        return runtime;
    }
    Runtime() : group(jsc().JSContextGroupCreate()), resident_before_(resident_bytes()) {}
    ~Runtime() { jsc().JSContextGroupRelease(group); }
    Runtime(const Runtime&) = delete;
    Runtime& operator=(const Runtime&) = delete;

    /// Sets the clock to the next tick.
    void wind() { jsc().JSContextGroupSetExecutionTimeLimit(group, kTickSeconds, &Runtime::tick, this); }

    /// True when live JavaScript exceeds `limit`. Collects garbage to know, but only when the heap with its
    /// garbage is as large, or the process has grown by as much: a script that takes what another gave back
    /// grows nothing.
    bool exceeds(JSContextRef context, std::size_t limit) {
        const auto now = resident_bytes();
        resident_before_ = std::min(resident_before_, now);
        if (now < resident_before_ + limit && heap_bytes(context) <= static_cast<double>(limit)) return false;
        jsc().JSSynchronousGarbageCollectForDebugging(context);
        const double live = heap_bytes(context);
        const auto resident = resident_bytes();
        resident_before_ = resident > limit / 2 ? resident - limit / 2 : 0;
        return live > static_cast<double>(limit);
    }

    JSContextGroupRef group;
    Entry* entry = nullptr;

  private:
    /// What the heap holds, garbage included; infinite when that cannot be told.
    static double heap_bytes(JSContextRef context) {
        const auto statistics = jsc().JSGetMemoryUsageStatistics(context);
        if (!statistics) return std::numeric_limits<double>::infinity();
        const Text key("heapSize");
        return jsc().JSValueToNumber(context, jsc().JSObjectGetProperty(context, statistics, key, nullptr),
                                     nullptr);
    }
    static bool tick(JSContextRef context, void* self) {
        auto& runtime = *static_cast<Runtime*>(self);
        Entry* entry = runtime.entry;
        if (entry && std::chrono::steady_clock::now() >= entry->deadline) entry->ended = Entry::Ended::time;
        if (entry && entry->ended == Entry::Ended::no && runtime.exceeds(context, entry->memory))
            entry->ended = Entry::Ended::memory;
        if (entry && entry->ended != Entry::Ended::no) {
            entry->stack = stack_text(context);
            return true;
        }
        runtime.wind();  // it fires once
        return false;
    }

    std::size_t resident_before_;
};

// ---- Errors
// -------------------------------------------------------------------------------------------------

/// "name@file:line:column" of a JavaScriptCore stack, from the end: file names may hold colons.
std::optional<ScriptContext::Place> parse_frame(std::string_view line) {
    const auto number_at_end = [&line](std::size_t& value) {
        const auto colon = line.rfind(':');
        if (colon == std::string_view::npos) return false;
        const auto* begin = line.data() + colon + 1;
        const auto* end = line.data() + line.size();
        const auto parsed = std::from_chars(begin, end, value);
        if (parsed.ec != std::errc{} || parsed.ptr != end) return false;
        line.remove_suffix(line.size() - colon);
        return true;
    };
    ScriptContext::Place place;
    if (!number_at_end(place.column) || !number_at_end(place.line)) return std::nullopt;
    const auto at = line.find('@');
    place.source = std::string(at == std::string_view::npos ? line : line.substr(at + 1));
    return place;
}

std::string with_unit(std::chrono::milliseconds span) {
    return span.count() % 1000 == 0 ? std::to_string(span.count() / 1000) + " s"
                                    : std::to_string(span.count()) + " ms";
}

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

/// JavaScriptCore gives no column for a syntax error; when it names a token that stands once in the line,
/// that is the place.
std::size_t column_of_token(std::string_view source, std::size_t line, std::string_view message) {
    const auto open = message.find('\''), close = message.find('\'', open + 1);
    if (open == std::string_view::npos || close == std::string_view::npos || close == open + 1) return 0;
    const auto token = message.substr(open + 1, close - open - 1);
    for (; line > 1; --line) {
        const auto end = source.find('\n');
        if (end == std::string_view::npos) return 0;
        source.remove_prefix(end + 1);
    }
    const auto text = source.substr(0, source.find('\n'));
    const auto at = text.find(token);
    if (at == std::string_view::npos || text.find(token, at + 1) != std::string_view::npos) return 0;
    return 1 + characters(text.substr(0, at));
}

/// What JavaScriptCore says, and nothing more, of a body that ends its function early.
constexpr std::string_view kClosesTheBody = "Parser error";

/// The first line up to which the text closes more than it opened; 1 when there are too many to look at.
template <class Closes>
std::size_t line_that_closes(std::string_view body, Closes closes) {
    constexpr int kMaxLooks = 2000;
    std::size_t line = 1;
    int looks = 0;
    for (std::size_t begin = 0; begin <= body.size() && looks < kMaxLooks; ++line) {
        const auto end = std::min(body.find('\n', begin), body.size());
        const bool brace = body.substr(begin, end - begin).find('}') != std::string_view::npos;
        if (brace && ++looks && closes(body.substr(0, end))) return line;
        begin = end + 1;
    }
    return 1;
}

/// Line and column right behind the last character that is no white space.
std::pair<std::size_t, std::size_t> end_of_code(std::string_view body) {
    const auto last = body.find_last_not_of(" \t\r\n");
    if (last == std::string_view::npos) return {1, 1};
    body = body.substr(0, last + 1);
    const auto line_begin = body.rfind('\n') + 1;  // npos + 1 is 0
    return {1 + static_cast<std::size_t>(std::count(body.begin(), body.end(), '\n')),
            1 + characters(body.substr(line_begin))};
}

}  // namespace

std::string ScriptError::text() const {
    std::string text = name.empty() ? message : message.empty() ? name : name + ": " + message;
    if (source.empty() && line == 0) return text;
    text += " (";
    text += source.empty() ? "script" : source;
    if (line) text += ", line " + std::to_string(line);
    return text + ')';
}

void throw_exception_from_error(const ScriptError& error, const boost::source_location& where) {
    boost::throw_exception(std::runtime_error(error.text()), where);
}
void throw_exception_from_error(const NativeError& error, const boost::source_location& where) {
    boost::throw_exception(std::runtime_error(error.message), where);
}

// ---- A context
// ----------------------------------------------------------------------------------------------

struct ScriptContext::Impl {
    struct Native {
        Impl* owner;
        NativeFunction function;
    };

    Impl(std::shared_ptr<Runtime> of, ScriptLimits with)
        : runtime(std::move(of)),
          limits(with),
          context(jsc().JSGlobalContextCreateInGroup(runtime->group, nullptr)) {
        JSClassDefinition definition{};
        definition.className = "Function";
        definition.callAsFunction = &Impl::call_native;
        native_class = jsc().JSClassCreate(&definition);
    }
    ~Impl() {
        jsc().JSClassRelease(native_class);
        jsc().JSGlobalContextRelease(context);
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    // -- values

    [[nodiscard]] JSValueRef make(const json::value& value) const {
        if (const auto* string = value.if_string()) return jsc().JSValueMakeString(context, Text(*string));
        const auto made = jsc().JSValueMakeFromJSONString(context, Text(json::serialize(value)));
        return made ? made : jsc().JSValueMakeNull(context);
    }
    [[nodiscard]] std::string show(JSValueRef value) const {
        return value ? Text(jsc().JSValueToStringCopy(context, value, nullptr)).utf8() : std::string{};
    }
    [[nodiscard]] json::value read(JSValueRef value, JSValueRef* exception) const {
        if (!value || jsc().JSValueIsUndefined(context, value)) return nullptr;
        const Text text(jsc().JSValueCreateJSONString(context, value, 0, exception));
        if (!static_cast<JSStringRef>(text) || jsc().JSStringGetLength(text) > kMaxJson) return nullptr;
        boost::system::error_code error;
        json::parse_options options;
        options.max_depth = 200;
        auto utf8 = text.utf8();
        auto parsed = json::parse(utf8, error, {}, options);
        if (error) parsed = json::parse(without_lone_surrogates(std::move(utf8)), error, {}, options);
        return error ? json::value(nullptr) : parsed;
    }
    [[nodiscard]] JSValueRef member(JSObjectRef object, std::string_view name) const {
        return jsc().JSObjectGetProperty(context, object, Text(name), nullptr);
    }
    void put(JSObjectRef object, std::string_view name, JSValueRef value) const {
        jsc().JSObjectSetProperty(context, object, Text(name), value, kJSPropertyAttributeNone, nullptr);
    }
    /// The object that `path` is a member of; made when there is none.
    JSObjectRef owner_of(std::string_view& path) const {
        JSObjectRef object = jsc().JSContextGetGlobalObject(context);
        for (auto dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.')) {
            const auto name = path.substr(0, dot);
            JSValueRef next = member(object, name);
            if (!next || !jsc().JSValueIsObject(context, next)) {
                next = jsc().JSObjectMake(context, nullptr, nullptr);
                put(object, name, next);
            }
            object = const_cast<JSObjectRef>(next);
            path.remove_prefix(dot + 1);
        }
        return object;
    }

    // -- natives

    static JSValueRef call_native(JSContextRef, JSObjectRef function, JSObjectRef, std::size_t count,
                                  const JSValueRef* arguments, JSValueRef* exception) {
        auto& native = *static_cast<Native*>(jsc().JSObjectGetPrivate(function));
        auto& self = *native.owner;
        std::vector<json::value> values;
        values.reserve(count);
        for (std::size_t i = 0; i < count; ++i) {
            values.push_back(self.read(arguments[i], exception));
            if (*exception) return jsc().JSValueMakeUndefined(self.context);
        }
        auto result = native.function(values);
        if (result) return self.make(*result);
        const JSValueRef message = jsc().JSValueMakeString(self.context, Text(result.error().message));
        *exception = jsc().JSObjectMakeError(self.context, 1, &message, nullptr);
        return jsc().JSValueMakeUndefined(self.context);
    }

    // -- running

    /// Runs `action(JSValueRef* exception) -> JSValueRef` within the limits.
    template <class Action>
    Scripted<json::value> enter(Action action) {
        Entry entry{std::chrono::steady_clock::now() + limits.time, limits.memory, Entry::Ended::no, {}};
        Entry* const outer = runtime->entry;
        if (outer) entry.deadline = std::min(entry.deadline, outer->deadline);
        runtime->entry = &entry;
        if (!outer) runtime->wind();
        JSValueRef exception = nullptr;
        const JSValueRef value = action(&exception);
        if (!exception && entry.ended == Entry::Ended::no && runtime->exceeds(context, limits.memory))
            entry.ended = Entry::Ended::memory;
        json::value result;
        if (!exception && entry.ended == Entry::Ended::no) result = read(value, &exception);
        runtime->entry = outer;
        if (entry.ended != Entry::Ended::no) return ended_by(entry);
        if (exception) return describe(exception);
        return result;
    }
    [[nodiscard]] ScriptError ended_by(const Entry& entry) const {
        ScriptError error;
        if (entry.ended == Entry::Ended::time) {
            error.kind = ScriptError::Kind::time;
            error.message = "the script ran for more than " + with_unit(limits.time) + " without a pause";
        } else {
            error.kind = ScriptError::Kind::memory;
            error.message =
                "the script used more than " + std::to_string(limits.memory >> 20) + " MiB of memory";
        }
        error.source = main_source;
        if (auto places = parse_stack(entry.stack); !places.empty()) {
            correct(places.front());
            error.source = places.front().source;
            error.line = places.front().line;
            error.column = places.front().column;
        }
        return error;
    }

    [[nodiscard]] ScriptError describe(JSValueRef exception) const {
        ScriptError error;
        if (!jsc().JSValueIsObject(context, exception)) {
            error.message = show(exception);
            error.source = main_source;
            return error;
        }
        const auto object = const_cast<JSObjectRef>(exception);
        const auto text = [&](std::string_view name) {
            const auto value = member(object, name);
            return !value || jsc().JSValueIsUndefined(context, value) ? std::string{} : show(value);
        };
        const auto number = [&](std::string_view name) {
            const auto value = text(name);
            std::size_t parsed = 0;
            std::from_chars(value.data(), value.data() + value.size(), parsed);
            return parsed;
        };
        error.name = text("name");
        error.message = text("message");
        if (error.name.empty() && error.message.empty()) error.message = show(exception);
        if (error.name == "SyntaxError") error.kind = ScriptError::Kind::syntax;
        Place place{text("sourceURL"), number("line"), number("column")};
        // The top frame may be the machinery around the script; people want their own line.
        for (const auto& frame : parse_stack(text("stack")))
            if (!frame.source.empty() && frame.source.front() != '[') {
                if (frame.source != place.source || place.line == 0) place = frame;
                break;
            }
        correct(place);
        error.source = place.source.empty() ? main_source : place.source;
        error.line = place.line;
        error.column = place.column;
        return error;
    }
    [[nodiscard]] std::optional<ScriptError> syntax_error(std::string_view body,
                                                          const std::string& name) const {
        JSValueRef exception = nullptr;
        if (jsc().JSObjectMakeFunction(context, nullptr, 0, nullptr, Text(body), Text(name), 1, &exception))
            return std::nullopt;
        return describe(exception);
    }
    /// Frames of our own scripts, whose names are in brackets, are left out.
    [[nodiscard]] static std::vector<Place> parse_stack(std::string_view stack) {
        std::vector<Place> places;
        while (!stack.empty()) {
            const auto end = stack.find('\n');
            if (auto place = parse_frame(stack.substr(0, end));
                place && !place->source.empty() && place->source.front() != '[')
                places.push_back(std::move(*place));
            if (end == std::string_view::npos) break;
            stack.remove_prefix(end + 1);
        }
        return places;
    }
    /// A body is wrapped on its first line; the wrapper's columns are not the author's.
    void correct(Place& place) const {
        const auto found = wrapped.find(place.source);
        if (found == wrapped.end() || place.line != 1) return;
        place.column = place.column > found->second ? place.column - found->second : 1;
    }

    std::shared_ptr<Runtime> runtime;
    ScriptLimits limits;
    JSGlobalContextRef context;
    JSClassRef native_class;
    std::vector<std::unique_ptr<Native>> natives;
    std::string main_source;                     ///< of the entry that ran last
    std::map<std::string, std::size_t> wrapped;  ///< columns put before the first line, by source
};

ScriptContext::ScriptContext(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ScriptContext::~ScriptContext() = default;

std::unique_ptr<ScriptContext> ScriptContext::create(ScriptLimits limits, std::string* why) {
    if (!JscLibrary::get(why)) return nullptr;
    return std::unique_ptr<ScriptContext>(
        new ScriptContext(std::make_unique<Impl>(Runtime::of_this_thread(), limits)));
}

void ScriptContext::define(std::string_view name, NativeFunction function) {
    impl_->natives.push_back(std::make_unique<Impl::Native>(Impl::Native{impl_.get(), std::move(function)}));
    const auto made = jsc().JSObjectMake(impl_->context, impl_->native_class, impl_->natives.back().get());
    const auto owner = impl_->owner_of(name);
    impl_->put(owner, name, made);
}

void ScriptContext::set(std::string_view name, const json::value& value) {
    const auto owner = impl_->owner_of(name);
    impl_->put(owner, name, impl_->make(value));
}

Scripted<json::value> ScriptContext::evaluate(std::string_view source, const std::string& name) {
    impl_->main_source = name;
    const Text text(source), url(name);
    auto result = impl_->enter([&](JSValueRef* exception) {
        return jsc().JSEvaluateScript(impl_->context, text, nullptr, url, 1, exception);
    });
    if (result.has_value() || result.error().column != 0) return result;
    auto error = result.error();
    error.column = column_of_token(source, error.line, error.message);
    return error;
}

Scripted<json::value> ScriptContext::run_body(
    std::string_view body, const std::string& name,
    std::span<const std::pair<std::string, std::string>> parameters) {
    if (const auto checked = check(body, name); checked.has_error()) return checked.error();
    std::string names, values;
    for (const auto& [parameter, value] : parameters) {
        names += (names.empty() ? "" : ",") + parameter;
        values += (values.empty() ? "" : ",") + value;
    }
    const auto opening = "(function(" + names + "){";
    impl_->wrapped[name] = opening.size();
    // The body is on a line of its own end, so that a comment at its end does not swallow the brace.
    return evaluate(opening + std::string(body) + "\n})(" + values + ")", name);
}

Scripted<json::value> ScriptContext::call(std::string_view function, std::span<const json::value> arguments) {
    const auto owner = impl_->owner_of(function);
    const JSValueRef value = impl_->member(owner, function);
    std::vector<JSValueRef> made;
    made.reserve(arguments.size());
    for (const auto& argument : arguments)
        made.push_back(impl_->make(argument));
    return impl_->enter([&](JSValueRef* exception) -> JSValueRef {
        if (!value || !jsc().JSValueIsObject(impl_->context, value)) {
            const JSValueRef message =
                jsc().JSValueMakeString(impl_->context, Text(std::string(function) + " is not a function"));
            *exception = jsc().JSObjectMakeError(impl_->context, 1, &message, nullptr);
            return nullptr;
        }
        return jsc().JSObjectCallAsFunction(impl_->context, const_cast<JSObjectRef>(value), owner,
                                            made.size(), made.data(), exception);
    });
}

Scripted<void> ScriptContext::check(std::string_view body, const std::string& name) {
    impl_->main_source = name;
    auto found = impl_->syntax_error(body, name);
    if (!found) return {};
    auto& error = *found;
    if (error.message == kClosesTheBody) {
        error.line = line_that_closes(body, [&](std::string_view lines) {
            const auto of_part = impl_->syntax_error(lines, name);
            return of_part && of_part->message == kClosesTheBody;
        });
        error.message = "Unexpected token '}': it closes what nothing opened";
        error.column = column_of_token(body, error.line, error.message);
        return error;
    }
    // JavaScriptCore puts two lines of its own before the body, and a brace on a line after it.
    error.line = error.line > 2 ? error.line - 2 : 1;
    const auto [last_line, last_column] = end_of_code(body);
    if (error.line <= last_line) {
        error.column = column_of_token(body, error.line, error.message);
        return error;
    }
    constexpr std::string_view of_the_brace = "Unexpected token '}'";
    if (error.message.starts_with(of_the_brace))
        error.message.replace(0, of_the_brace.size(), "Unexpected end of script");
    error.line = last_line;
    error.column = last_column;
    return error;
}

std::vector<ScriptContext::Place> ScriptContext::stack() const {
    auto places = Impl::parse_stack(stack_text(impl_->context));
    for (auto& place : places)
        impl_->correct(place);
    return places;
}

Scripted<void> check_body(std::string_view body, const std::string& name) {
    std::string why;
    const auto context = ScriptContext::create({}, &why);
    ScriptError error;
    error.source = name;
    if (!context) {
        error.message = why;
        return error;
    }
    return context->check(body, name);
}

}  // namespace ringback::harness
