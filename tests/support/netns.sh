#!/bin/sh
# Runs a command in a network namespace of its own, with nothing but loopback: what is tested there cannot leave
# the machine, and finds the same network on every machine. Works for root and for users.
#   netns.sh COMMAND [ARGUMENT...]
# Exit status: the command's; 77 (skipped, to CTest) when this machine allows no namespaces.
set -u
if [ "${RINGBACK_NETNS:-}" = inside ]; then
    ip link set lo up || exit 77
    exec "$@"
fi
if ! unshare -Urn true 2>/dev/null; then
    echo "netns.sh: this machine allows no network namespaces (unshare -Urn failed); the test is skipped" >&2
    exit 77
fi
RINGBACK_NETNS=inside exec unshare -Urn "$0" "$@"
