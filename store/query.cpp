#include "store/query.hpp"

#include <cerrno>

namespace ringback::store {

std::int64_t to_microseconds(Time time) noexcept {
    return std::chrono::floor<std::chrono::microseconds>(time.time_since_epoch()).count();
}

Time from_microseconds(std::int64_t microseconds) noexcept {
    return Time(std::chrono::duration_cast<Time::duration>(std::chrono::microseconds(microseconds)));
}

Query::Query(Statements& statements, std::string sql) : statements_(statements), sql_(std::move(sql)) {
    if (auto kept = statements_.prepared_.find(sql_); kept != statements_.prepared_.end()) {
        statement_ = &kept->second;
        return;
    }
    statement_ = &statements_.prepared_.try_emplace(sql_, statements_.session_).first->second;
    try {
        statement_->alloc();
        statement_->prepare(sql_);
    } catch (...) {
        statements_.prepared_.erase(sql_);  // the destructor does not run for a constructor that throws
        throw;
    }
}

Query::~Query() {
    if (finished_)
        statement_->bind_clean_up();
    else
        statements_.prepared_.erase(sql_);
}

Query& Query::text(const char* name, const std::string& value) {
    statement_->exchange(soci::use(value, name));
    return *this;
}

Query& Query::word(const char* name, std::string_view value) {
    return text(name, words_.emplace_back(value));
}

Query& Query::number(const char* name, std::int64_t value) {
    statement_->exchange(soci::use(numbers_.emplace_back(value), name));
    return *this;
}

Query& Query::time(const char* name, Time value) {
    return number(name, to_microseconds(value));
}

Query& Query::time(const char* name, const std::optional<Time>& value) {
    soci::indicator& null = nulls_.emplace_back(value ? soci::i_ok : soci::i_null);
    statement_->exchange(soci::use(numbers_.emplace_back(value ? to_microseconds(*value) : 0), null, name));
    return *this;
}

Query& Query::get(std::string& column) {
    statement_->exchange(soci::into(column));
    return *this;
}

Query& Query::get(long long& column) {
    statement_->exchange(soci::into(column));
    return *this;
}

Query& Query::get(long long& column, soci::indicator& null) {
    statement_->exchange(soci::into(column, null));
    return *this;
}

bool Query::next() {
    if (finished_) return false;
    errno = 0;  // so that a cause found there later is this statement's
    bool row = false;
    if (started_) {
        row = statement_->fetch();
    } else {
        started_ = true;
        statement_->define_and_bind();
        row = statement_->execute(true);
    }
    finished_ = !row;
    return row;
}

std::int64_t Query::run() {
    while (next()) {
    }
    return statement_->get_affected_rows();
}

}  // namespace ringback::store
