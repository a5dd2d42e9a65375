// The parts of `ringback webhook`: one function per sub-command, and what they share.
#pragma once

#include "net/address_policy.hpp"
#include "store/store.hpp"
#include "tools/ringback/commands.hpp"
#include "webhook/delivery.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/program_options/variables_map.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringback::webhook_tool {

/// The words of one sub-command, read by its own options.
struct Given {
    boost::program_options::variables_map values;
    [[nodiscard]] bool has(const char* name) const { return values.contains(name); }
    [[nodiscard]] std::string text(const char* name, std::string otherwise = {}) const;
    [[nodiscard]] std::vector<std::string> list(const char* name) const;
};

int list(const Given& given);
int show(const Given& given);
int retry(const Given& given);
int flush(const Given& given);
int verify(const Given& given);
int test(const Given& given);

/// "ringback webhook NAME: what is wrong", and where help is. Gives the exit code.
int usage(std::string_view name, const std::string& message);
/// What the store could not do. Gives the exit code.
int trouble(const store::StoreError& error);

/// Opens the outbox that --state names; an exit code, with everything said, when that fails.
[[nodiscard]] std::unique_ptr<store::Store> open_outbox(const Given& given);
/// The network options over what the command line allows; nullopt, with everything said, when they are wrong.
[[nodiscard]] std::optional<webhook::DeliveryOptions> delivery_options(std::string_view name,
                                                                       const Given& given);

/// Runs one piece of asynchronous work to its end.
template <class T>
T run(boost::asio::io_context& io, boost::asio::awaitable<T> work) {
    std::optional<T> result;
    std::exception_ptr failure;
    boost::asio::co_spawn(io, std::move(work), [&](std::exception_ptr error, T value) {
        failure = error;
        if (!error) result.emplace(std::move(value));
    });
    io.restart();
    io.run();
    if (failure) std::rethrow_exception(failure);
    return std::move(result.value());
}
template <class T>
T run(boost::asio::awaitable<T> work) {
    boost::asio::io_context io(1);
    return run(io, std::move(work));
}

}  // namespace ringback::webhook_tool
