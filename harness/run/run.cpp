#include "harness/run/run.hpp"
