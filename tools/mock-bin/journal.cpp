#include "tools/mock-bin/journal.hpp"

#include "tools/mock-bin/journal_records.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace ringback::mock_bin {

namespace asio = boost::asio;

namespace {

constexpr std::uint64_t kCompactFloor = 64ull << 20;

std::string reason() {
    return std::strerror(errno);
}

bool write_at(int fd, std::uint64_t at, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto written = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(at));
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(written));
        at += static_cast<std::uint64_t>(written);
    }
    return true;
}

bool read_exactly(std::FILE* file, char* to, std::size_t size) {
    return std::fread(to, 1, size, file) == size;
}

void sync_folder(const std::string& file) {
    auto folder = std::filesystem::path(file).parent_path();
    const int fd = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    ::fsync(fd);
    ::close(fd);
}

struct ReadRecords {
    std::uint64_t good = kJournalMagic.size();  ///< bytes of the file that are whole records
    std::uint64_t unusable = 0;                 ///< records that are whole and still cannot be applied
    std::string first_unusable;                 ///< "at byte 28: …"
};

/// Applies whole records from the front. One that cannot be applied takes nothing with it but itself.
ReadRecords read_records(std::FILE* file, StateReader& reader) {
    ReadRecords out;
    std::string payload;
    for (;;) {
        std::uint32_t size = 0, crc = 0;
        char head[kRecordHead];
        if (!read_exactly(file, head, sizeof head)) return out;
        std::memcpy(&size, head, 4);
        std::memcpy(&crc, head + 4, 4);
        if (size == 0 || size > kMaxRecord) return out;
        payload.resize(size - 1);
        if (!read_exactly(file, payload.data(), payload.size())) return out;
        auto actual = crc32_z(0, reinterpret_cast<const Bytef*>(head + 8), 1);
        actual = crc32_z(actual, reinterpret_cast<const Bytef*>(payload.data()), payload.size());
        if (actual != crc) return out;
        const auto wrong = reader.apply(static_cast<RecordKind>(head[8]), payload);
        if (!wrong.empty() && out.unusable++ == 0)
            out.first_unusable = "at byte " + std::to_string(out.good) + ": " + wrong;
        out.good += sizeof head + payload.size();
    }
}

/// The end of what is not zero, from `from` on.
std::uint64_t end_of_data(int fd, std::uint64_t from, std::uint64_t size) {
    std::uint64_t end = from;
    std::string buffer(1 << 20, '\0');
    for (auto at = from; at < size;) {
        const auto count = ::pread(fd, buffer.data(), buffer.size(), static_cast<off_t>(at));
        if (count <= 0) break;
        const auto last =
            std::string_view(buffer.data(), static_cast<std::size_t>(count)).find_last_not_of('\0');
        if (last != std::string_view::npos) end = at + last + 1;
        at += static_cast<std::uint64_t>(count);
    }
    return end;
}

/// A name beside the file that nothing has yet: what was kept earlier stays.
std::string free_name(const std::string& file, const std::string& ending) {
    auto name = file + ending;
    for (int i = 2; std::filesystem::exists(std::filesystem::symlink_status(name)); ++i)
        name = file + ending + "-" + std::to_string(i);
    return name;
}

/// What is cut off is kept beside the file: a torn record is worthless, but damage in the middle may not be.
std::string set_aside(const std::string& file, int fd, std::uint64_t from, std::uint64_t end) {
    const auto name = free_name(file, ".cut-" + std::to_string(from));
    const int out = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (out < 0) return {};
    std::string buffer(1 << 20, '\0');
    for (auto at = from; at < end;) {
        const auto wanted = std::min<std::uint64_t>(buffer.size(), end - at);
        const auto count = ::pread(fd, buffer.data(), wanted, static_cast<off_t>(at));
        if (count <= 0 || !write_at(out, at - from, {buffer.data(), static_cast<std::size_t>(count)})) break;
        at += static_cast<std::uint64_t>(count);
    }
    ::close(out);
    return name;
}

}  // namespace

boost::system::result<std::unique_ptr<Journal>, std::string> Journal::open(
    const std::string& file, Bins& bins, const std::function<void(const std::string&)>& notice) {
    const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return file + ": " + reason();
    const auto refuse = [&](const std::string& why) {
        ::close(fd);
        return file + ": " + why;
    };
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) return refuse("is in use by another mock-bin");
    struct stat status {};
    if (::fstat(fd, &status) != 0) return refuse(reason());
    auto size = static_cast<std::uint64_t>(status.st_size);
    StateReader reader{bins};
    bool keep_old = false;
    std::string magic(std::min<std::uint64_t>(size, kJournalMagic.size()), '\0');
    if (::pread(fd, magic.data(), magic.size(), 0) != static_cast<ssize_t>(magic.size()))
        return refuse(reason());
    if (!kJournalMagic.starts_with(magic)) return refuse("is not a state file of mock-bin");
    if (magic.size() < kJournalMagic.size()) {
        if (::ftruncate(fd, 0) != 0 || !write_at(fd, 0, kJournalMagic) || ::fsync(fd) != 0)
            return refuse(reason());
        sync_folder(file);
        size = kJournalMagic.size();
    } else {
        std::FILE* stream = ::fdopen(::dup(fd), "rb");
        if (!stream) return refuse(reason());
        std::setvbuf(stream, nullptr, _IOFBF, 1 << 20);
        std::fseek(stream, static_cast<long>(kJournalMagic.size()), SEEK_SET);
        const auto records = read_records(stream, reader);
        std::fclose(stream);
        const auto good = records.good;
        if (records.unusable) {
            keep_old = true;
            notice(file + " holds " + std::to_string(records.unusable) +
                   (records.unusable == 1 ? " record" : " records") +
                   " that cannot be used and were passed over; the first is " + records.first_unusable);
        }
        if (const auto end = end_of_data(fd, good, size); good < end) {
            const auto aside = set_aside(file, fd, good, end);
            notice(file + " ended inside a record: " + std::to_string(end - good) + " bytes were cut off" +
                   (aside.empty() ? "" : " and kept in " + aside));
        }
        if (good < size && ::ftruncate(fd, static_cast<off_t>(good)) != 0) return refuse(reason());
        size = good;
    }
    std::unique_ptr<Journal> journal(new Journal(file, fd, size, bins));
    journal->keep_old_ = keep_old;
    journal->position_ = journal->settled_ = reader.last_position;
    bins.keep_state_in(journal.get());
    journal->writer_ = std::thread([raw = journal.get()] { raw->run(); });
    return journal;
}

Journal::Journal(std::string file, int fd, std::uint64_t size, Bins& bins)
    : file_(std::move(file)),
      fd_(fd),
      size_(size),
      reserved_(size),
      compact_at_(std::max(kCompactFloor, 2 * size)),
      bins_(bins) {}

Journal::~Journal() {
    bins_.keep_state_in(nullptr);
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    if (writer_.joinable()) writer_.join();
    (void)!::ftruncate(fd_, static_cast<off_t>(size_));
    ::close(fd_);
}

std::uint64_t Journal::defined(std::uint64_t bin, const std::string& id, const Definition& definition) {
    const std::lock_guard lock(mutex_);
    put_record(queue_, RecordKind::definition, definition_payload(bin, ++position_, id, definition.json));
    wake_.notify_one();
    return position_;
}

std::uint64_t Journal::recorded(std::uint64_t bin, const Entry& entry) {
    const std::lock_guard lock(mutex_);
    put_record(queue_, RecordKind::entry, entry_payload(bin, ++position_, entry), entry.bytes);
    wake_.notify_one();
    return position_;
}

std::uint64_t Journal::cleared(std::uint64_t bin, std::uint64_t up_to_seq) {
    const std::lock_guard lock(mutex_);
    put_record(queue_, RecordKind::clear, number_payload(bin, ++position_, up_to_seq));
    wake_.notify_one();
    return position_;
}

std::uint64_t Journal::deleted(std::uint64_t bin) {
    const std::lock_guard lock(mutex_);
    put_record(queue_, RecordKind::remove, number_payload(bin, ++position_, 0));
    wake_.notify_one();
    return position_;
}

std::optional<bool> Journal::outcome(std::uint64_t position) const {
    for (const auto& [after, up_to] : refused_)
        if (position > after && position <= up_to) return false;
    if (position <= settled_) return true;
    return failed_ ? std::optional(false) : std::nullopt;
}

asio::awaitable<bool> Journal::durable(std::uint64_t position) {
    return asio::async_initiate<const asio::use_awaitable_t<>, void(bool)>(
        [this, position](auto handler) {
            auto executor = asio::get_associated_executor(handler);
            asio::any_io_executor busy = asio::prefer(executor, asio::execution::outstanding_work.tracked);
            const std::lock_guard lock(mutex_);
            if (const auto known = outcome(position)) {
                asio::post(busy, [handler = std::move(handler), good = *known]() mutable {
                    std::move(handler)(good);
                });
                return;
            }
            waiters_.push_back({position, std::move(busy), std::move(handler)});
        },
        asio::use_awaitable);
}

void Journal::reserve(std::uint64_t size) {
    static const std::string zeros(1 << 18, '\0');
    const auto step = std::clamp<std::uint64_t>(size, 1u << 18, 8u << 20);
    const auto wanted = size + step;
    auto at = std::max(reserved_, size_);
    for (; at < wanted; at += zeros.size())
        if (!write_at(fd_, at, zeros)) break;  // a full disk: the records themselves may still fit
    reserved_ = at;
}

bool Journal::write_group(std::string_view bytes) {
    if (failed_) return false;
    if (size_ + bytes.size() > reserved_) reserve(size_ + bytes.size());
    if (!write_at(fd_, size_, bytes)) {
        // A full disk may have room again later; until then the file must end with a whole record.
        reserved_ = size_;
        if (::ftruncate(fd_, static_cast<off_t>(size_)) != 0) {
            const std::lock_guard lock(mutex_);
            failed_ = true;
        }
        return false;
    }
    size_ += bytes.size();
    reserved_ = std::max(reserved_, size_);
    if (::fdatasync(fd_) == 0) return true;
    // After a failed sync nobody knows what is on the disk, and asking again may wrongly say "all well".
    const std::lock_guard lock(mutex_);
    failed_ = true;
    return false;
}

void Journal::settle(std::uint64_t up_to, bool good) {
    std::vector<std::pair<Waiter, bool>> done;
    {
        const std::lock_guard lock(mutex_);
        if (!good && !refused_.empty() && refused_.back().second == settled_)
            refused_.back().second = up_to;
        else if (!good)
            refused_.emplace_back(settled_, up_to);
        if (refused_.size() > 64) refused_.erase(refused_.begin());  // nobody waits that long
        settled_ = up_to;
        std::vector<Waiter> later;
        for (auto& waiter : waiters_) {
            if (const auto known = outcome(waiter.position))
                done.emplace_back(std::move(waiter), *known);
            else
                later.push_back(std::move(waiter));
        }
        waiters_ = std::move(later);
    }
    for (auto& [waiter, result] : done)
        asio::post(waiter.executor, [handler = std::move(waiter.handler), result = result]() mutable {
            std::move(handler)(result);
        });
}

void Journal::run() {
    std::string group;
    for (;;) {
        std::uint64_t up_to = 0;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
            if (queue_.empty()) break;
            group.swap(queue_);
            up_to = position_;
        }
        settle(up_to, write_group(group));
        group.clear();
        if (group.capacity() > (16u << 20)) group.shrink_to_fit();
        compact_when_due();
    }
}

void Journal::compact_when_due() {
    if (size_ < compact_at_ || failed_) return;
    if (const auto size = write_anew()) size_ = *size;
    compact_at_ = std::max(kCompactFloor, 2 * size_);
}

std::optional<std::uint64_t> Journal::write_anew() {
    const auto name = file_ + ".new";
    const int fd = ::open(name.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return std::nullopt;
    std::uint64_t size = kJournalMagic.size();
    bool good = ::flock(fd, LOCK_EX | LOCK_NB) == 0 && write_at(fd, 0, kJournalMagic);
    for (const auto& bin : bins_.all()) {
        if (!good) break;
        const auto records = StateReader::records_of(*bin);
        good = write_at(fd, size, records);
        size += records.size();
    }
    if (good && keep_old_) good = ::link(file_.c_str(), free_name(file_, ".old").c_str()) == 0;
    good = good && ::fsync(fd) == 0 && ::rename(name.c_str(), file_.c_str()) == 0;
    if (!good) {
        ::close(fd);
        ::unlink(name.c_str());
        return std::nullopt;
    }
    keep_old_ = false;
    sync_folder(file_);
    ::close(fd_);
    fd_ = fd;
    reserved_ = size;
    return size;
}

}  // namespace ringback::mock_bin
