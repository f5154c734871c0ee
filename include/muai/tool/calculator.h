#pragma once

// Exact arithmetic for the tool `calculator`.

#include <memory>
#include <string>
#include <string_view>

#include "muai/core/result.h"
#include "muai/tool/tool.h"

namespace muai {

struct Calculation {
  std::string value;  // "7", "-0.125", "22/7", "1.4142135623730951"
  bool is_exact = true;
};

// Numbers (3, 0.25, 1e3), + - * / % ^ ! and parentheses, the constants pi and e, the functions
// sqrt, abs, floor, ceil, round, min, max, gcd, sin, cos, tan, asin, acos, atan, exp, ln, log10,
// log2. Percent after a number ("15%") is a hundredth. Also × ÷ − and full-width digits.
//
// Rational arithmetic is exact; a function without a rational result is computed in double and
// the result says so. Bounded: 1,000 bytes, nesting of 64, numbers of 4,096 bits (`9^9^9` is
// LimitExceeded). InvalidInput names the position. Thread-safe.
Result<Calculation> calculate(std::string_view expression);

// {expression} -> {value, exact}.
std::shared_ptr<const Tool> make_calculator_tool();

}  // namespace muai
