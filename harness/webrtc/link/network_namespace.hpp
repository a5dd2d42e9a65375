// A network namespace with a TUN device as its only way out. It has no name and no file: it is gone when its
// last process and the last of these descriptors are, whatever ends them.
#pragma once

#include "harness/webrtc/unique_fd.hpp"

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

#include <cstdint>
#include <string>

namespace ringback::harness::link {

/// What failed and why, for people: "a network namespace cannot be made: Operation not permitted".
struct NamespaceError {
    std::string message;
};
[[noreturn]] void throw_exception_from_error(const NamespaceError& error,
                                             const boost::source_location& where);

struct NetworkNamespace {
    UniqueFd user;           ///< to be joined first; none when ringback itself may make network namespaces
    UniqueFd network;        ///< for setns()
    UniqueFd tun;            ///< packets in and out, without a header of its own; does not block
    UniqueFd listener;       ///< a TCP socket that listens in the namespace; only where one was asked for
    std::uint16_t port = 0;  ///< of the listener
};

/// All traffic goes through the device, that to 127.0.0.0/8 included: the loopback addresses of the machine
/// are reachable for whoever gets the packets, and pages from there stay a secure context.
/// @param address of the namespace's end, host byte order
[[nodiscard]] boost::system::result<NetworkNamespace, NamespaceError> open_probe_namespace(
    std::uint32_t address);
/// A namespace whose kernel ends TCP connections: it listens at `address`, and answers 198.19.0.0/16.
[[nodiscard]] boost::system::result<NetworkNamespace, NamespaceError> open_gateway_namespace(
    std::uint32_t address);

}  // namespace ringback::harness::link
