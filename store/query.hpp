// One execution of a prepared statement: bind by name, read row by row. The statements themselves are kept,
// so that a statement is parsed and planned once per connection.
#pragma once

#include "store/store.hpp"

#include <boost/container/static_vector.hpp>

#include <soci/soci.h>

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

namespace ringback::store {

[[nodiscard]] std::int64_t to_microseconds(Time time) noexcept;
[[nodiscard]] Time from_microseconds(std::int64_t microseconds) noexcept;

/// The statements of one connection, by their text. The texts are ours and few, so nothing is ever thrown
/// out.
class Statements {
  public:
    explicit Statements(soci::session& session) : session_(session) {}

  private:
    friend class Query;
    soci::session& session_;
    std::unordered_map<std::string, soci::statement> prepared_;
};

/// Throws soci::soci_error, as SOCI does; the caller turns it into a StoreError where the operation ends.
class Query {
  public:
    Query(Statements& statements, std::string sql);
    /// A query left in the middle would keep its read snapshot open, so its statement is dropped.
    ~Query();
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;

    // Parameters. A text is bound by reference: it must live until the last row was read.
    Query& text(const char* name, const std::string& value);
    Query& text(const char* name, std::string&& value) = delete;
    Query& word(const char* name, std::string_view value);
    Query& number(const char* name, std::int64_t value);
    Query& time(const char* name, Time value);
    Query& time(const char* name, const std::optional<Time>& value);

    // Columns, in order; filled by each next(). SOCI takes `long long`, which is not int64_t here.
    Query& get(std::string& column);
    Query& get(long long& column);
    Query& get(long long& column, soci::indicator& null);

    /// The next row; false after the last one.
    [[nodiscard]] bool next();
    /// Runs to the end and returns how many rows were changed.
    std::int64_t run();

  private:
    Statements& statements_;
    std::string sql_;
    soci::statement* statement_ = nullptr;
    // What is bound by value, in place: SOCI keeps pointers to it. More than fits is refused
    // (std::bad_alloc).
    boost::container::static_vector<long long, 16> numbers_;
    boost::container::static_vector<std::string, 8> words_;
    boost::container::static_vector<soci::indicator, 8> nulls_;
    bool started_ = false;
    bool finished_ = false;
};

}  // namespace ringback::store
