// The one translation unit of the program that holds Boost.JSON's code; everyone else includes its
// headers alone.
#include <boost/json/src.hpp>
