#define BOOST_TEST_MODULE ringback
#include <boost/test/unit_test.hpp>
