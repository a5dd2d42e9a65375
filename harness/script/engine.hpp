// JavaScript for scripts of tests: fresh contexts with limits on time and memory, values in and out as JSON.
//
// All contexts of one thread share one JavaScriptCore context group; a context must be used and destroyed on
// the thread that made it. Nothing is reachable from a script but the language itself and what is defined
// here.
#pragma once

#include <boost/json/value.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringback::harness {

struct ScriptLimits {
    std::chrono::milliseconds time{10'000};       ///< of one entry: evaluate(), run_body() or call()
    std::size_t memory = std::size_t{512} << 20;  ///< live bytes of JavaScript, of all contexts of the thread
};

/// Why a script did not come to its end.
struct ScriptError {
    enum class Kind { syntax, exception, time, memory };
    Kind kind = Kind::exception;
    std::string name;        ///< "TypeError"; empty when something was thrown that is no Error
    std::string message;     ///< without the name
    std::string source;      ///< file name; may be empty
    std::size_t line = 0;    ///< from 1; 0: not known
    std::size_t column = 0;  ///< from 1; 0: not known
    /// "TypeError: x is undefined (call.js, line 3)"
    [[nodiscard]] std::string text() const;
};
[[noreturn]] void throw_exception_from_error(const ScriptError& error, const boost::source_location& where);

template <class T>
using Scripted = boost::system::result<T, ScriptError>;

/// What a native function throws into the script, as an Error.
struct NativeError {
    std::string message;
};
[[noreturn]] void throw_exception_from_error(const NativeError& error, const boost::source_location& where);

/// Arguments come as JSON; what JSON cannot hold (undefined, functions) comes as null.
using NativeFunction = std::function<boost::system::result<boost::json::value, NativeError>(
    std::span<const boost::json::value> arguments)>;

class ScriptContext {
  public:
    /// A fresh context; about 65 µs. Null when there is no JavaScript engine on this machine, and `why` says
    /// what to do about it.
    [[nodiscard]] static std::unique_ptr<ScriptContext> create(ScriptLimits limits, std::string* why);
    ~ScriptContext();
    ScriptContext(const ScriptContext&) = delete;
    ScriptContext& operator=(const ScriptContext&) = delete;

    /// Makes `function` a global function. A name of `a.b` sets the member b of the global a, made when there
    /// is none.
    void define(std::string_view name, NativeFunction function);
    /// Sets a global (or member, as above) to a value.
    void set(std::string_view name, const boost::json::value& value);

    /// Runs a program; its functions and variables become global. The result is that of its last expression,
    /// null when JSON cannot hold it.
    Scripted<boost::json::value> evaluate(std::string_view source, const std::string& name);
    /// Runs `body` as the body of a function with these parameters; the arguments are expressions. Positions
    /// in errors are those in `body`.
    Scripted<boost::json::value> run_body(std::string_view body, const std::string& name,
                                          std::span<const std::pair<std::string, std::string>> parameters);
    /// Checks the syntax of a function's body without running it.
    Scripted<void> check(std::string_view body, const std::string& name);
    /// Calls a global function (or a member: "a.b").
    Scripted<boost::json::value> call(std::string_view function,
                                      std::span<const boost::json::value> arguments);

    /// Where the running script is, outermost first: for native functions that note who called them.
    struct Place {
        std::string source;
        std::size_t line = 0, column = 0;
    };
    [[nodiscard]] std::vector<Place> stack() const;

  private:
    struct Impl;
    explicit ScriptContext(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// Checks the syntax of a function's body without running it.
[[nodiscard]] Scripted<void> check_body(std::string_view body, const std::string& name);

}  // namespace ringback::harness
