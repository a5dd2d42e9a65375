// What every engine must do. An engine's own test file runs each of these cases on a fresh, empty store.
#pragma once

#include "store/store.hpp"

#include <iosfwd>
#include <vector>

namespace ringback::store::test {

struct ContractCase {
    const char* name;
    void (*check)(Store& store);
};
std::ostream& operator<<(std::ostream& out, const ContractCase& contract_case);

[[nodiscard]] std::vector<ContractCase> run_cases();
[[nodiscard]] std::vector<ContractCase> message_cases();
[[nodiscard]] std::vector<ContractCase> delivery_cases();
[[nodiscard]] std::vector<ContractCase> monitor_cases();

}  // namespace ringback::store::test
