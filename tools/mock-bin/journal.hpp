// State on disk: an append-only file of checksummed records, written in groups by a thread of its own.
//
// A record is u32 size, u32 CRC-32, u8 kind, payload (little-endian). Whatever was said to be durable is in
// the file and synced; kill -9 may leave a torn record at the end, which is cut off at the next start. A
// whole record that cannot be used is passed over. When more than half of a large file is dead, it is written
// anew beside the old one and renamed over it.
#pragma once

#include "tools/mock-bin/bin.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace ringback::mock_bin {

class Journal final : public StateLog {
  public:
    /// Reads the file into `bins`, cuts a torn tail, and takes the file for itself.
    /// @param notice called with what a person should know: "… ended inside a record, 12 bytes were cut off"
    /// @return what is wrong: it is another's file, it is in use, or the disk says no
    [[nodiscard]] static boost::system::result<std::unique_ptr<Journal>, std::string> open(
        const std::string& file, Bins& bins, const std::function<void(const std::string&)>& notice);
    /// Writes what is queued and closes.
    ~Journal() override;
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    std::uint64_t defined(std::uint64_t bin, const std::string& id, const Definition& definition) override;
    std::uint64_t recorded(std::uint64_t bin, const Entry& entry) override;
    std::uint64_t cleared(std::uint64_t bin, std::uint64_t up_to_seq) override;
    std::uint64_t deleted(std::uint64_t bin) override;

    /// Waits until everything up to `position` is synced. False when the disk refused it.
    [[nodiscard]] boost::asio::awaitable<bool> durable(std::uint64_t position);

  private:
    struct Waiter {
        std::uint64_t position;
        boost::asio::any_io_executor executor;  ///< kept busy while it waits
        boost::asio::any_completion_handler<void(bool)> handler;
    };
    Journal(std::string file, int fd, std::uint64_t size, Bins& bins);

    void run();
    /// Whether everything up to there was synced (true) or refused (false); nothing while that is open.
    [[nodiscard]] std::optional<bool> outcome(std::uint64_t position) const;
    void settle(std::uint64_t up_to, bool good);
    [[nodiscard]] bool write_group(std::string_view bytes);
    void reserve(std::uint64_t size);
    void compact_when_due();
    /// @return the size of the new file, which is then the open one; nothing when it could not be made
    [[nodiscard]] std::optional<std::uint64_t> write_anew();

    const std::string file_;
    int fd_;
    std::uint64_t size_, reserved_,
        compact_at_;         ///< bytes of whole records, of the file, and when to write it anew
    bool keep_old_ = false;  ///< it holds records that were passed over: beside a new file it stays
    Bins& bins_;

    std::mutex mutex_;
    std::condition_variable wake_;
    std::string queue_;
    std::vector<Waiter> waiters_;
    std::uint64_t position_ = 0, settled_ = 0;
    std::vector<std::pair<std::uint64_t, std::uint64_t>>
        refused_;  ///< ranges (after, up to] that the disk did not take
    bool stopping_ = false, failed_ = false;
    std::thread writer_;
};

}  // namespace ringback::mock_bin
