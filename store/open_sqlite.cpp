// The embedded engine: one SQLite file in the state directory.
#include "store/open_sqlite.hpp"

#include "store/dialect.hpp"
#include "store/migrations.hpp"
#include "store/queued_store.hpp"

#include <fcntl.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <thread>

namespace ringback::store {
namespace {

using Kind = StoreError::Kind;
constexpr const char* kFile = "ringback.db";

std::string reason(int error) {
    return std::generic_category().message(error);
}

/// SQLite's result codes: https://www.sqlite.org/rescode.html. A full disk shows as SQLITE_FULL, but a quota
/// or a limit on the size of files only as an I/O error whose cause is in errno.
Kind kind_of(int result, int system_error) {
    switch (result & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return Kind::busy;
        case SQLITE_FULL:
            return Kind::full;
        case SQLITE_IOERR:
            return system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG ? Kind::full
                                                                                             : Kind::io;
        case SQLITE_CANTOPEN:
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_AUTH:
            return Kind::io;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return Kind::corrupt;
        default:
            return Kind::other;
    }
}

std::string sentence(Kind kind, const std::string& doing, const std::string& detail,
                     const std::string& place) {
    const std::string where = " (state in " + place + ")";
    switch (kind) {
        case Kind::busy:
            return "another process kept the state locked while " + doing + where;
        case Kind::full:
            return "disk is full while " + doing + where;
        case Kind::io:
            return "the state cannot be used, seen while " + doing + ": " + detail + where;
        case Kind::corrupt:
            return "the state is damaged, seen while " + doing + ": " + detail +
                   ": move the file away or restore a backup (" + place + "/" + kFile + ")";
        default:
            return doing + " failed: " + detail + where;
    }
}

class SqliteDialect final : public Dialect {
  public:
    /// `connection` may be null until there is one.
    SqliteDialect(std::string directory, soci::session* session)
        : directory_(std::move(directory)), session_(session) {}

    [[nodiscard]] const char* begin_writing() const override { return "BEGIN IMMEDIATE"; }
    [[nodiscard]] const char* bytes_type() const override { return "BLOB"; }
    /// SOCI binds a string with its length, as text; the cast keeps the bytes and drops the claim that they
    /// are text.
    [[nodiscard]] std::string bytes(const char* parameter) const override {
        return "CAST(" + std::string(parameter) + " AS BLOB)";
    }
    /// Nothing: there is one writer at a time.
    [[nodiscard]] std::string skip_locked(const char*) const override { return {}; }
    [[nodiscard]] bool in_transaction() const override {
        return sqlite_api::sqlite3_get_autocommit(connection()) == 0;
    }
    [[nodiscard]] const std::string& place() const override { return directory_; }
    [[nodiscard]] Stored<void> sync() override {
        if (::fdatasync(log_) == 0) return {};
        const int error = errno;
        const bool full = error == ENOSPC || error == EDQUOT;
        return StoreError{
            full ? Kind::full : Kind::io,
            sentence(full ? Kind::full : Kind::io, "flushing it to the disk", reason(error), directory_)};
    }
    /// The log of commits, which SQLite keeps as long as a connection is open. Locks are on other files.
    Stored<void> open_log() {
        const auto path = directory_ + "/" + kFile + "-wal";
        log_ = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
        const int folder = ::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        const bool kept = folder >= 0 && ::fsync(folder) == 0;  // so that the file's name is durable, too
        const int error = errno;
        if (folder >= 0) ::close(folder);
        if (log_ >= 0 && kept) return {};
        return StoreError{Kind::io, "cannot flush " + path + ": " + reason(error)};
    }
    ~SqliteDialect() override {
        if (log_ >= 0) ::close(log_);
    }
    SqliteDialect(const SqliteDialect&) = delete;
    SqliteDialect& operator=(const SqliteDialect&) = delete;

    [[nodiscard]] StoreError describe(const soci::soci_error& error, std::string_view doing) const override {
        const auto* from_engine = dynamic_cast<const soci::sqlite3_soci_error*>(&error);
        const int result = from_engine == nullptr ? SQLITE_ERROR : from_engine->result();
        // SQLite keeps the cause of a statement that fails, but not that of a commit.
        const int last = errno;
        const int kept = session_->is_connected() ? sqlite_api::sqlite3_system_errno(connection()) : 0;
        const int cause = kept != 0 ? kept : last;
        const Kind kind = kind_of(result, cause);
        // SOCI's own text carries the values that were bound, and those may be secret.
        std::string detail =
            kind == Kind::other ? plain(error.get_error_message()) : sqlite_api::sqlite3_errstr(result);
        if (kind == Kind::io && cause != 0) detail += ", " + reason(cause);
        return {kind, sentence(kind, std::string(doing), detail, directory_)};
    }

  private:
    [[nodiscard]] sqlite_api::sqlite3* connection() const {
        return static_cast<soci::sqlite3_session_backend*>(session_->get_backend())->conn_;
    }

    /// Without the name of the SOCI function in front.
    static std::string plain(std::string text) {
        if (text.starts_with("sqlite3_")) text.erase(0, text.find(": ") + 2);
        return text;
    }

    std::string directory_;
    soci::session* session_;
    int log_ = -1;
};

/// Makes the missing part of the path, readable for its owner only: the state holds what was sent to whom.
Stored<void> make_directory(const std::filesystem::path& directory) {
    std::filesystem::path made;
    for (const auto& part : directory) {
        made /= part;
        if (::mkdir(made.c_str(), 0700) == 0 || errno == EEXIST) continue;
        const int error = errno;
        std::error_code ignored;
        if (std::filesystem::is_directory(made, ignored))
            continue;  // "/" and read-only parents say other things
        return StoreError{Kind::io,
                          "cannot make the state directory " + directory.string() + ": " + reason(error)};
    }
    return {};
}

/// Creates the file before SQLite does, which would make it readable for others. SQLite gives its companions
/// the same mode. An existing file is left alone: opening and closing it would drop this process's locks on
/// it.
Stored<void> make_file(const std::string& directory) {
    const std::string path = directory + "/" + kFile;
    const int file = ::open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    if (file >= 0) ::close(file);
    if (file >= 0 || errno == EEXIST) return {};
    return StoreError{Kind::io, "cannot write in the state directory " + directory + ": " + reason(errno)};
}

void configure(soci::session& session) {
    // Checked by SQLite only on connections that ask for it.
    session << "PRAGMA foreign_keys = ON";
    std::string mode;
    session << "PRAGMA journal_mode = WAL", soci::into(mode);
    // SQLite flushes around checkpoints and when it begins the log anew; what was committed is flushed by
    // sync(), before anybody is told. With FULL it would do so at each commit, and the next would wait.
    session << "PRAGMA synchronous = NORMAL";
    // What a large write leaves behind is given back at the next checkpoint.
    session << "PRAGMA journal_size_limit = 67108864";
    // 16 MiB of pages kept in memory, and a checkpoint for each 16 MiB of log: under load the same pages
    // change again and again.
    session << "PRAGMA cache_size = -16384";
    session << "PRAGMA wal_autocheckpoint = 4096";
}

Stored<std::unique_ptr<SqlStore>> connect(const std::string& directory) {
    auto session = std::make_unique<soci::session>();
    auto dialect = std::make_unique<SqliteDialect>(directory, session.get());
    try {
        // SQLite waits a second for a lock by itself, with short sleeps; the writer decides whether to go on.
        session->open(soci::sqlite3, "dbname=\"" + directory + "/" + kFile + "\" timeout=1");
        configure(*session);
        if (auto migrated = migrate(*session, *dialect); !migrated) return migrated.error();
        if (auto opened = dialect->open_log(); !opened) return opened.error();
        return std::make_unique<SqlStore>(std::move(session), std::move(dialect));
    } catch (const soci::soci_error& error) {
        return dialect->describe(error, "opening it");
    }
}

}  // namespace

Stored<std::unique_ptr<Store>> open_sqlite(std::string directory, std::chrono::milliseconds patience) {
    if (directory.empty())
        return StoreError{Kind::io, "there is no state directory: set RINGBACK_STATE to one"};
    if (directory.find('"') != std::string::npos || directory.find('\0') != std::string::npos)
        return StoreError{Kind::io,
                          "the path of the state directory must not hold a quotation mark: " + directory};
    if (auto made = make_directory(directory); !made) return made.error();
    if (auto made = make_file(directory); !made) return made.error();

    const auto until = std::chrono::steady_clock::now() + patience;
    auto connected = connect(directory);
    // Changing to WAL and recovering after a crash need the file alone for a moment, and do not wait for it.
    while (!connected && connected.error().kind == Kind::busy && std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        connected = connect(directory);
    }
    if (!connected) return connected.error();
    return std::make_unique<QueuedStore>(std::move(*connected), Writer::Limits{.patience = patience});
}

Stored<std::unique_ptr<Store>> open_sqlite(std::string directory) {
    return open_sqlite(std::move(directory), Writer::Limits().patience);
}

}  // namespace ringback::store
