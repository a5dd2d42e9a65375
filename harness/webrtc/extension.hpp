// Extensions of the browser (#extension): directories as they are, archives fetched and unpacked.
#pragma once

#include "harness/webrtc/chromium.hpp"
#include "net/deadline.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>
#include <vector>

namespace ringback::harness {

/// An extension before the browser is there: either a directory or the bytes of an archive.
struct Extension {
    std::string location;   ///< as people know it
    std::string directory;  ///< unpacked already; "" for an archive
    std::string archive;    ///< .zip or .tar.gz, at most 64 MiB
};

struct FetchedExtensions {
    std::vector<Extension> extensions;
    std::string error;  ///< what went wrong; "" when nothing did
};

/// Reads archives and downloads URLs.
/// @param locations as extension_location() gave them
[[nodiscard]] boost::asio::awaitable<FetchedExtensions> fetch_extensions(std::vector<std::string> locations,
                                                                         net::Deadline deadline);

/// Loads them into a browser, for the contexts of all probes in it; archives are unpacked in its profile.
/// @return what went wrong, "" when nothing did
[[nodiscard]] boost::asio::awaitable<std::string> load_extensions(Chromium& browser,
                                                                  const std::vector<Extension>& extensions,
                                                                  net::Deadline deadline);

struct UnpackedExtension {
    std::string directory;  ///< that manifest.json lies in
    std::string error;      ///< what went wrong; "" when nothing did
};

/// Unpacks an archive below `directory`, which is made. Nothing is written outside of it; links are left out.
/// Bounded: 256 MiB, 20,000 files.
[[nodiscard]] UnpackedExtension unpack_extension(const std::string& archive, const std::string& directory);

}  // namespace ringback::harness
