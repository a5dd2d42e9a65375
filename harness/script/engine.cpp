#include "harness/script/engine.hpp"

#include "harness/script/jsc_text.hpp"
#include "harness/script/script_place.hpp"
#include "harness/script/script_runtime.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/throw_exception.hpp>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <stdexcept>

namespace ringback::harness {

namespace json = boost::json;

namespace {

/// What a script may hand over in one value.
constexpr std::size_t kMaxJson = std::size_t{32} << 20;

std::string with_unit(std::chrono::milliseconds span) {
    return span.count() % 1000 == 0 ? std::to_string(span.count() / 1000) + " s"
                                    : std::to_string(span.count()) + " ms";
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

    Impl(std::shared_ptr<ScriptRuntime> of, ScriptLimits with)
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
        if (const auto* string = value.if_string()) return jsc().JSValueMakeString(context, JscText(*string));
        const auto made = jsc().JSValueMakeFromJSONString(context, JscText(json::serialize(value)));
        return made ? made : jsc().JSValueMakeNull(context);
    }
    [[nodiscard]] std::string show(JSValueRef value) const {
        return value ? JscText(jsc().JSValueToStringCopy(context, value, nullptr)).utf8() : std::string{};
    }
    [[nodiscard]] json::value read(JSValueRef value, JSValueRef* exception) const {
        if (!value || jsc().JSValueIsUndefined(context, value)) return nullptr;
        const JscText text(jsc().JSValueCreateJSONString(context, value, 0, exception));
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
        return jsc().JSObjectGetProperty(context, object, JscText(name), nullptr);
    }
    void put(JSObjectRef object, std::string_view name, JSValueRef value) const {
        jsc().JSObjectSetProperty(context, object, JscText(name), value, kJSPropertyAttributeNone, nullptr);
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
        const JSValueRef message = jsc().JSValueMakeString(self.context, JscText(result.error().message));
        *exception = jsc().JSObjectMakeError(self.context, 1, &message, nullptr);
        return jsc().JSValueMakeUndefined(self.context);
    }

    // -- running

    /// Runs `action(JSValueRef* exception) -> JSValueRef` within the limits.
    template <class Action>
    Scripted<json::value> enter(Action action) {
        const auto now = std::chrono::steady_clock::now();
        ScriptEntry entry{now + limits.time, now, limits.memory, ScriptEntry::Ended::no, {}};
        ScriptEntry* const outer = runtime->entry;
        if (outer) entry.deadline = std::min(entry.deadline, outer->deadline);
        runtime->entry = &entry;
        if (!outer) runtime->wind();
        JSValueRef exception = nullptr;
        const JSValueRef value = action(&exception);
        if (!exception && entry.ended == ScriptEntry::Ended::no && runtime->exceeds(context, entry))
            entry.ended = ScriptEntry::Ended::memory;
        json::value result;
        if (!exception && entry.ended == ScriptEntry::Ended::no) result = read(value, &exception);
        runtime->entry = outer;
        if (entry.ended != ScriptEntry::Ended::no) return ended_by(entry);
        if (exception) return describe(exception);
        return result;
    }
    [[nodiscard]] ScriptError ended_by(const ScriptEntry& entry) const {
        ScriptError error;
        if (entry.ended == ScriptEntry::Ended::time) {
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
        if (jsc().JSObjectMakeFunction(context, nullptr, 0, nullptr, JscText(body), JscText(name), 1,
                                       &exception))
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

    std::shared_ptr<ScriptRuntime> runtime;
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
        new ScriptContext(std::make_unique<Impl>(ScriptRuntime::of_this_thread(), limits)));
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
    const JscText text(source), url(name);
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
            const JSValueRef message = jsc().JSValueMakeString(
                impl_->context, JscText(std::string(function) + " is not a function"));
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
