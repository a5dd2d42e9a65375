// The built-in functions of templates: one row of one table each.
#pragma once

#include <boost/system/result.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ringback::harness {

/// What a run is called, as far as templates can say it. Names are Runscope's; an unset field renders as "".
struct RunContext {
    std::string environment, environment_uuid;
    std::string bucket, bucket_name;
    std::string test_uuid, test_name;
    std::string region, agent;
    std::string run_id;
    std::string service_url;
};

/// Everything a function may depend on besides its arguments. Injected, so that tests are deterministic.
struct FunctionEnvironment {
    std::function<std::chrono::system_clock::time_point()> now;
    std::function<std::uint64_t()> random;  ///< 64 uniformly distributed bits
    RunContext run;

    /// The system's clock and a cryptographically strong random source (OpenSSL's).
    [[nodiscard]] static FunctionEnvironment system(RunContext run = {});
};

/// Why a call failed.
struct FunctionError {
    FunctionError() =
        default;          // no aggregate: a result<std::string, …> must not take a text alone for an error
    std::string message;  ///< one sentence without a full stop, naming the function; never holds a value
    std::optional<std::string> got;  ///< what cannot be used, whole: it may be a secret
};
[[noreturn]] void throw_exception_from_error(const FunctionError& error, const boost::source_location& where);

/// How the text between the parentheses falls into arguments. Commas inside a nested {{…}} never separate.
enum class ArgumentSplit {
    first_comma,  ///< the last argument may hold commas: a date format
    last_comma,   ///< the first argument may hold commas: the text to sign
};

struct Function {
    std::string_view name;
    std::uint8_t arities = 1;  ///< bit n set: may be called with n arguments
    ArgumentSplit split = ArgumentSplit::first_comma;
    boost::system::result<std::string, FunctionError> (*call)(std::span<const std::string> arguments,
                                                              const FunctionEnvironment& environment);
    std::string_view signature;  ///< for people: "random_int(a,b)"
    std::string_view help;       ///< one line, for docs/expressions.md

    [[nodiscard]] bool accepts(std::size_t count) const noexcept {
        return count < 8 && (arities >> count & 1) != 0;
    }
    [[nodiscard]] std::size_t max_arguments() const noexcept;
};

[[nodiscard]] std::span<const Function> all_functions() noexcept;
/// Null: there is no such function.
[[nodiscard]] const Function* find_function(std::string_view name) noexcept;
/// "did you mean 'encode_base64'?" or "".
[[nodiscard]] std::string nearest_function_hint(std::string_view name);

}  // namespace ringback::harness
