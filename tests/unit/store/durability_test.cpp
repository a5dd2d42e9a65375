// What reaches the disk before a caller is told. The flush is caught here, on its way to the kernel.
#include "store/open_sqlite.hpp"
#include "tests/unit/store/support.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

using namespace ringback::store;
using namespace ringback::store::test;

namespace {

std::atomic<int> log_flushes{0};
std::atomic<int> failing_with{0};  ///< an errno; 0: flushes succeed

bool is_log(int file) {
    char name[4096];
    const auto size = ::readlink(("/proc/self/fd/" + std::to_string(file)).c_str(), name, sizeof name);
    return size > 0 && std::string_view(name, static_cast<std::size_t>(size)).ends_with("ringback.db-wal");
}

std::unique_ptr<Store> open(const std::string& directory) {
    auto opened = open_sqlite(directory);
    BOOST_REQUIRE_MESSAGE(opened.has_value(), failure(opened));
    return std::move(*opened);
}

/// Flushes fail as long as it lives.
class FailingDisk {
  public:
    explicit FailingDisk(int error) { failing_with = error; }
    ~FailingDisk() { failing_with = 0; }
    FailingDisk(const FailingDisk&) = delete;
    FailingDisk& operator=(const FailingDisk&) = delete;
};

}  // namespace

// Of the program and of the libraries that it loads, instead of libc's.
extern "C" int fdatasync(int file) {
    if (is_log(file)) {
        ++log_flushes;
        if (const int error = failing_with) {
            errno = error;
            return -1;
        }
    }
    return static_cast<int>(::syscall(SYS_fdatasync, file));
}

BOOST_AUTO_TEST_SUITE(durability)

BOOST_AUTO_TEST_CASE(nothing_is_told_before_the_log_was_flushed) {
    const TemporaryDirectory directory;
    const auto store = open(directory.path());
    for (int i = 0; i < 5; ++i) {
        const int before = log_flushes;
        ok(store->begin_run(a_run("r" + std::to_string(i)), {}));
        BOOST_TEST(log_flushes > before);
    }
    const int before = log_flushes;
    ok(store->run("r1"));
    BOOST_TEST(log_flushes == before);  // reading flushes nothing
}

BOOST_AUTO_TEST_CASE(a_flush_that_failed_fails_all_that_follows_until_the_state_is_opened_again) {
    for (const auto& [error, kind] :
         {std::pair{EIO, StoreError::Kind::io}, {ENOSPC, StoreError::Kind::full}}) {
        const TemporaryDirectory directory;
        auto store = open(directory.path());
        {
            const FailingDisk disk(error);
            const auto refused = wait(store->begin_run(a_run("r1"), {}));
            BOOST_REQUIRE(!refused);
            BOOST_TEST((refused.error().kind == kind), refused.error().message);
            BOOST_TEST(refused.error().message.find(directory.path()) != std::string::npos);
        }
        BOOST_TEST(!wait(store->begin_run(a_run("r2"), {})));
        store.reset();
        store = open(directory.path());
        ok(store->begin_run(a_run("r3"), {}));
    }
}

BOOST_AUTO_TEST_SUITE_END()
