// A recursive-descent evaluator over exact rationals:
//
//   sum     = product (("+" | "-") product)*
//   product = unary (("*" | "/" | "%") unary)*        "%" with a right operand: remainder
//   unary   = ("+" | "-") unary | power
//   power   = postfix ("^" unary)?                    right-associative; -2^2 is -4
//   postfix = atom ("!" | "%")*                       "%" without one: a hundredth
//   atom    = number | name | name "(" sum ("," sum)* ")" | "(" sum ")"

#include "muai/tool/calculator.h"

#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>
#include <boost/multiprecision/cpp_int.hpp>
#include <charconv>
#include <cmath>
#include <numbers>
#include <vector>

namespace muai {
namespace {

namespace mp = boost::multiprecision;
using Integer = mp::cpp_int;
using Rational = mp::cpp_rational;

constexpr std::size_t kBytesMax = 1000;
constexpr int kDepthMax = 64;
constexpr unsigned kBitsMax = 4096;
constexpr int kFactorialMax = 500;

// An exact rational, or a double once a function left the rationals.
struct Number {
  Rational exact;
  double approximate = 0;
  bool is_exact = true;

  static Number of(Rational value) { return {std::move(value), 0, true}; }
  static Number inexact(double value) { return {Rational(), value, false}; }
  double as_double() const { return is_exact ? exact.convert_to<double>() : approximate; }
};

unsigned bits(const Integer& value) {
  return value.is_zero() ? 0 : static_cast<unsigned>(mp::msb(Integer(mp::abs(value)))) + 1;
}

bool is_too_large(const Rational& value) {
  return bits(mp::numerator(value)) > kBitsMax || bits(mp::denominator(value)) > kBitsMax;
}

std::unexpected<Error> too_large() {
  return fail(ErrorCode::LimitExceeded, "the result has more than 4,096 bits; use smaller numbers");
}

bool is_integer(const Number& number) {
  return number.is_exact && mp::denominator(number.exact) == 1;
}

Result<Number> checked(Rational value) {
  if (is_too_large(value)) return too_large();
  return Number::of(std::move(value));
}

Result<Number> checked(double value) {
  if (std::isnan(value)) return fail(ErrorCode::InvalidInput, "the result is not a real number");
  if (std::isinf(value)) return fail(ErrorCode::LimitExceeded, "the result does not fit a double");
  return Number::inexact(value);
}

Integer floor_of(const Rational& value) {
  Integer quotient = mp::numerator(value) / mp::denominator(value);
  if (value < 0 && quotient * mp::denominator(value) != mp::numerator(value)) --quotient;
  return quotient;
}

// Exact when the power is rational and small enough; else in double.
Result<Number> power(const Number& base, const Number& exponent) {
  if (!base.is_exact || !is_integer(exponent))
    return checked(std::pow(base.as_double(), exponent.as_double()));
  const Integer& whole = mp::numerator(exponent.exact);
  if (base.exact == 0 && whole < 0) return fail(ErrorCode::InvalidInput, "division by zero");
  if (base.exact == 0 || base.exact == 1) return Number::of(whole == 0 ? Rational(1) : base.exact);
  const unsigned base_bits =
      std::max(bits(mp::numerator(base.exact)), bits(mp::denominator(base.exact)));
  const Integer magnitude = mp::abs(whole);
  if (base.exact == -1) return Number::of(Rational(magnitude % 2 == 0 ? 1 : -1));
  if (magnitude * (base_bits - (base_bits > 1 ? 1 : 0)) > kBitsMax) return too_large();
  const auto count = magnitude.convert_to<unsigned>();
  Rational result(mp::pow(mp::numerator(base.exact), count),
                  mp::pow(mp::denominator(base.exact), count));
  if (whole < 0) result = 1 / result;
  return checked(std::move(result));
}

Result<Number> factorial(const Number& number) {
  if (!is_integer(number) || number.exact < 0)
    return fail(ErrorCode::InvalidInput, "factorial needs a whole number, 0 or more");
  if (number.exact > kFactorialMax) return too_large();
  Integer product = 1;
  for (int i = 2; i <= mp::numerator(number.exact).convert_to<int>(); ++i) product *= i;
  return checked(Rational(product));
}

Result<Number> square_root(const Number& number) {
  if (number.is_exact && number.exact >= 0) {
    const Integer numerator = mp::numerator(number.exact);
    const Integer denominator = mp::denominator(number.exact);
    const Integer top = mp::sqrt(numerator);
    const Integer bottom = mp::sqrt(denominator);
    if (top * top == numerator && bottom * bottom == denominator)
      return Number::of(Rational(top, bottom));
  }
  return checked(std::sqrt(number.as_double()));
}

// Functions of one number that stay exact for exact numbers.
Result<Number> rounded(std::string_view name, const Number& number) {
  if (!number.is_exact) {
    const double value = number.approximate;
    if (name == "abs") return checked(std::abs(value));
    return checked(name == "floor"  ? std::floor(value)
                   : name == "ceil" ? std::ceil(value)
                                    : std::round(value));
  }
  const Rational& value = number.exact;
  if (name == "abs") return Number::of(mp::abs(value));
  if (name == "floor") return Number::of(Rational(floor_of(value)));
  if (name == "ceil") return Number::of(Rational(-floor_of(-value)));
  const Rational half(1, 2);  // round: halves away from zero
  return Number::of(Rational(value < 0 ? -floor_of(half - value) : floor_of(value + half)));
}

struct RealFunction {
  std::string_view name;
  double (*compute)(double);
};

constexpr std::array kRealFunctions = {
    RealFunction{"sin", std::sin},     RealFunction{"cos", std::cos},
    RealFunction{"tan", std::tan},     RealFunction{"asin", std::asin},
    RealFunction{"acos", std::acos},   RealFunction{"atan", std::atan},
    RealFunction{"exp", std::exp},     RealFunction{"ln", std::log},
    RealFunction{"log10", std::log10}, RealFunction{"log2", std::log2}};

Result<Number> fold_numbers(std::string_view name, const std::vector<Number>& numbers) {
  Number result = numbers[0];
  for (std::size_t i = 1; i < numbers.size(); ++i) {
    const Number& next = numbers[i];
    if (name == "gcd") {
      if (!is_integer(result) || !is_integer(next))
        return fail(ErrorCode::InvalidInput, "gcd needs whole numbers");
      result =
          Number::of(Rational(mp::gcd(mp::numerator(result.exact), mp::numerator(next.exact))));
      continue;
    }
    const bool less = result.is_exact && next.is_exact ? next.exact < result.exact
                                                       : next.as_double() < result.as_double();
    if (less == (name == "min")) result = next;
  }
  return result;
}

Result<Number> call_function(std::string_view name, const std::vector<Number>& numbers) {
  if (name == "min" || name == "max" || name == "gcd") return fold_numbers(name, numbers);
  if (numbers.size() != 1)
    return fail(ErrorCode::InvalidInput, fmt::format("{} takes one number", name));
  if (name == "sqrt") return square_root(numbers[0]);
  if (name == "abs" || name == "floor" || name == "ceil" || name == "round")
    return rounded(name, numbers[0]);
  for (const RealFunction& function : kRealFunctions)
    if (function.name == name) return checked(function.compute(numbers[0].as_double()));
  return fail(ErrorCode::InvalidInput,
              fmt::format("there is no function '{}'; known are sqrt, abs, floor, ceil, round, "
                          "min, max, gcd, sin, cos, tan, asin, acos, atan, exp, ln, log10, log2",
                          name));
}

Result<Number> combine(char operation, const Number& a, const Number& b) {
  const bool exact = a.is_exact && b.is_exact;
  const double x = a.as_double();
  const double y = b.as_double();
  const bool divides = operation == '/' || operation == '%';
  if (divides && (exact ? b.exact == 0 : y == 0))
    return fail(ErrorCode::InvalidInput, "division by zero");
  switch (operation) {
    case '+': return exact ? checked(Rational(a.exact + b.exact)) : checked(x + y);
    case '-': return exact ? checked(Rational(a.exact - b.exact)) : checked(x - y);
    case '*': return exact ? checked(Rational(a.exact * b.exact)) : checked(x * y);
    case '/': return exact ? checked(Rational(a.exact / b.exact)) : checked(x / y);
    default: {
      // The remainder has the sign of the divisor, as in Python.
      if (!exact) return checked(x - y * std::floor(x / y));
      const Rational quotient = a.exact / b.exact;
      return checked(Rational(a.exact - b.exact * Rational(floor_of(quotient))));
    }
  }
}

// Unicode spellings of the same expression, as people paste them.
std::string plain_spelling(std::string_view text) {
  static constexpr std::pair<std::string_view, std::string_view> kSpellings[] = {
      {"×", "*"},  {"÷", "/"},  {"−", "-"},  {"·", "*"},  {"（", "("}, {"）", ")"},
      {"，", ","}, {"＋", "+"}, {"－", "-"}, {"＊", "*"}, {"／", "/"}, {"０", "0"},
      {"１", "1"}, {"２", "2"}, {"３", "3"}, {"４", "4"}, {"５", "5"}, {"６", "6"},
      {"７", "7"}, {"８", "8"}, {"９", "9"}, {"．", "."}, {"π", "pi"}, {"**", "^"}};
  std::string plain;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t taken = 0;
    for (const auto& [from, to] : kSpellings) {
      if (!text.substr(i).starts_with(from)) continue;
      plain += to;
      taken = from.size();
      break;
    }
    if (taken == 0) plain += text[i];
    i += std::max<std::size_t>(taken, 1);
  }
  return plain;
}

class Evaluator {
 public:
  explicit Evaluator(std::string_view text) : text_(text) {}

  Result<Number> run() {
    MUAI_TRY(Number number, sum());
    skip_blanks();
    if (at_ < text_.size()) return unexpected_text();
    return number;
  }

 private:
  Result<Number> sum() {
    if (++depth_ > kDepthMax)
      return fail(ErrorCode::LimitExceeded, "parentheses are nested deeper than 64");
    MUAI_TRY(Number left, product());
    while (next_is("+-")) {
      const char operation = text_[at_++];
      MUAI_TRY(const Number right, product());
      MUAI_TRY(left, combine(operation, left, right));
    }
    --depth_;
    return left;
  }

  Result<Number> product() {
    MUAI_TRY(Number left, unary());
    while (next_is("*/%")) {
      const char operation = text_[at_++];
      MUAI_TRY(const Number right, unary());
      MUAI_TRY(left, combine(operation, left, right));
    }
    return left;
  }

  Result<Number> unary() {
    bool negative = false;
    while (next_is("+-")) negative ^= text_[at_++] == '-';
    MUAI_TRY(Number number, raised());
    if (!negative) return number;
    return number.is_exact ? Number::of(-number.exact) : Number::inexact(-number.approximate);
  }

  Result<Number> raised() {
    MUAI_TRY(Number base, postfix());
    if (!next_is("^")) return base;
    ++at_;
    if (++depth_ > kDepthMax) return fail(ErrorCode::LimitExceeded, "powers are nested too deep");
    MUAI_TRY(const Number exponent, unary());
    --depth_;
    return power(base, exponent);
  }

  Result<Number> postfix() {
    MUAI_TRY(Number number, atom());
    while (true) {
      if (next_is("!")) {
        ++at_;
        MUAI_TRY(number, factorial(number));
      } else if (next_is("%") && !operand_follows(at_ + 1)) {
        ++at_;
        MUAI_TRY(number, combine('/', number, Number::of(Rational(100))));
      } else {
        return number;
      }
    }
  }

  Result<Number> atom() {
    skip_blanks();
    if (at_ == text_.size())
      return fail(ErrorCode::InvalidInput, "the expression ends where a number is expected");
    const char c = text_[at_];
    if (c == '(') {
      ++at_;
      MUAI_TRY(Number number, sum());
      if (!next_is(")")) return missing_parenthesis();
      ++at_;
      return number;
    }
    if (is_digit(c) || c == '.') return literal();
    if (is_letter(c)) return named();
    return unexpected_text();
  }

  // Decimal digits are exact: 0.1 is one tenth.
  Result<Number> literal() {
    Integer digits = 0;
    int scale = 0;
    bool fraction = false;
    const std::size_t begin = at_;
    for (; at_ < text_.size() && (is_digit(text_[at_]) || text_[at_] == '.'); ++at_) {
      if (text_[at_] == '.') {
        if (fraction) return unexpected_text();
        fraction = true;
        continue;
      }
      digits = digits * 10 + (text_[at_] - '0');
      scale -= fraction ? 1 : 0;
    }
    if (at_ == begin + 1 && text_[begin] == '.') return unexpected_text();
    MUAI_TRY(const int exponent, literal_exponent());
    scale += exponent;
    constexpr int kScaleMax = 1200;  // 10^1200 has about 4,000 bits
    if (std::abs(scale) > kScaleMax) return too_large();
    const Integer power_of_ten = mp::pow(Integer(10), static_cast<unsigned>(std::abs(scale)));
    return checked(scale < 0 ? Rational(digits, power_of_ten) : Rational(digits * power_of_ten));
  }

  // "e3" after digits; an "e" that no digits follow is the constant.
  Result<int> literal_exponent() {
    if (at_ >= text_.size() || (text_[at_] != 'e' && text_[at_] != 'E')) return 0;
    std::size_t digits = at_ + 1;
    if (digits < text_.size() && (text_[digits] == '+' || text_[digits] == '-')) ++digits;
    if (digits >= text_.size() || !is_digit(text_[digits])) return 0;
    const std::size_t begin = text_[at_ + 1] == '+' ? at_ + 2 : at_ + 1;
    int exponent = 0;
    const auto [end, status] =
        std::from_chars(text_.data() + begin, text_.data() + text_.size(), exponent);
    if (status != std::errc()) return too_large();
    at_ = static_cast<std::size_t>(end - text_.data());
    return exponent;
  }

  Result<Number> named() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]))) ++at_;
    const std::string_view name = text_.substr(begin, at_ - begin);
    if (!next_is("(")) {
      if (name == "pi") return Number::inexact(std::numbers::pi);
      if (name == "e") return Number::inexact(std::numbers::e);
      return fail(ErrorCode::InvalidInput,
                  fmt::format("'{}' at position {} is no number; the constants are pi and e", name,
                              begin + 1));
    }
    ++at_;
    std::vector<Number> arguments;
    do {
      MUAI_TRY(Number argument, sum());
      arguments.push_back(std::move(argument));
    } while (next_is(",") && ++at_ > 0);
    if (!next_is(")")) return missing_parenthesis();
    ++at_;
    return call_function(name, arguments);
  }

  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n'))
      ++at_;
  }
  bool next_is(std::string_view any_of) {
    skip_blanks();
    return at_ < text_.size() && any_of.contains(text_[at_]);
  }
  bool operand_follows(std::size_t at) const {
    while (at < text_.size() && text_[at] == ' ') ++at;
    return at < text_.size() &&
           (is_digit(text_[at]) || is_letter(text_[at]) || text_[at] == '(' || text_[at] == '.');
  }
  std::unexpected<Error> unexpected_text() const {
    return fail(ErrorCode::InvalidInput,
                fmt::format("unexpected '{}' at position {}", text_.substr(at_, 1), at_ + 1));
  }
  std::unexpected<Error> missing_parenthesis() const {
    return fail(ErrorCode::InvalidInput, fmt::format("')' is missing at position {}", at_ + 1));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

// A terminating decimal when there is one of reasonable length, else a fraction.
std::string written(const Rational& value) {
  const Integer denominator = mp::denominator(value);
  if (denominator == 1) return mp::numerator(value).str();
  Integer rest = denominator;
  int twos = 0;
  int fives = 0;
  for (; rest % 2 == 0; rest /= 2) ++twos;
  for (; rest % 5 == 0; rest /= 5) ++fives;
  const int places = std::max(twos, fives);
  constexpr int kPlacesMax = 30;
  if (rest != 1 || places > kPlacesMax) return mp::numerator(value).str() + "/" + denominator.str();
  const Integer scaled =
      mp::numerator(value) * mp::pow(Integer(10), static_cast<unsigned>(places)) / denominator;
  std::string digits = Integer(mp::abs(scaled)).str();
  const auto width = static_cast<std::size_t>(places);
  if (digits.size() <= width) digits.insert(0, width + 1 - digits.size(), '0');
  digits.insert(digits.size() - width, ".");
  return (value < 0 ? "-" : "") + digits;
}

constexpr std::string_view kParameters = R"({
  "type": "object",
  "properties": {
    "expression": {"type": "string", "minLength": 1, "maxLength": 1000,
                   "description": "For example (2 + 3) * 4 / 7 or sqrt(2)^2."}
  },
  "required": ["expression"],
  "additionalProperties": false
})";

class CalculatorTool final : public Tool {
 public:
  CalculatorTool() {
    description_ = {.name = "calculator",
                    .capabilities = {"arithmetic"},
                    .description = "Computes an arithmetic expression exactly.",
                    .parameters = std::string(kParameters)};
  }
  const ToolDescription& description() const override { return description_; }

  Task<Result<boost::json::value>> call(boost::json::value arguments, ToolContext) const override {
    const Result<Calculation> result =
        calculate(arguments.get_object().at("expression").get_string());
    using Answer = Result<boost::json::value>;
    if (!result) return Task<Answer>::ready(std::unexpected(result.error()));
    boost::json::object answer{{"value", result->value}, {"exact", result->is_exact}};
    return Task<Answer>::ready(Answer(std::in_place, std::move(answer)));
  }

 private:
  ToolDescription description_;
};

}  // namespace

Result<Calculation> calculate(std::string_view expression) {
  if (expression.size() > kBytesMax)
    return fail(ErrorCode::LimitExceeded, "an expression has at most 1,000 bytes");
  const std::string plain = plain_spelling(expression);
  MUAI_TRY(const Number number, Evaluator(plain).run());
  if (number.is_exact) return Calculation{written(number.exact), true};
  return Calculation{fmt::format("{}", number.approximate), false};
}

std::shared_ptr<const Tool> make_calculator_tool() { return std::make_shared<CalculatorTool>(); }

}  // namespace muai
