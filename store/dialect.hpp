// Where the database engines differ: a few words of SQL, and what their errors mean.
#pragma once

#include "store/store.hpp"

#include <string>
#include <string_view>

namespace soci {
class soci_error;
}

namespace ringback::store {

class Dialect {
  public:
    virtual ~Dialect() = default;

    /// Begins a transaction that will write. On SQLite it takes the write lock at once: a transaction that
    /// reads first and writes later can fail in the middle with no way to wait.
    [[nodiscard]] virtual const char* begin_writing() const = 0;
    /// The column type for bytes.
    [[nodiscard]] virtual const char* bytes_type() const = 0;
    /// `parameter` (":body") as a value of that type.
    [[nodiscard]] virtual std::string bytes(const char* parameter) const = 0;
    /// Ends a SELECT whose rows the same transaction is going to claim; `table` is the alias of the claimed
    /// one.
    [[nodiscard]] virtual std::string skip_locked(const char* table) const = 0;
    /// False after an error that made the engine roll the whole transaction back by itself.
    [[nodiscard]] virtual bool in_transaction() const = 0;
    /// Makes durable what was committed. From any thread, one at a time.
    [[nodiscard]] virtual Stored<void> sync() = 0;
    /// Kind and sentence for people. `doing` says what was tried: "ending run 4711".
    [[nodiscard]] virtual StoreError describe(const soci::soci_error& error,
                                              std::string_view doing) const = 0;
    /// Where the state is, for sentences: a directory, or an address without its password.
    [[nodiscard]] virtual const std::string& place() const = 0;
};

}  // namespace ringback::store
