#pragma once

// Result<T>: a value, or the Error that says why there is none.

#include <expected>
#include <source_location>
#include <utility>

#include "muai/core/error.h"

namespace muai {

template <class T>
using Result = std::expected<T, Error>;

// return fail(ErrorCode::NotFound, "no collection 'x'; `muai kb list` names them");
inline std::unexpected<Error> fail(ErrorCode code, std::string message,
                                   std::source_location where = std::source_location::current()) {
  return std::unexpected(Error(code, std::move(message), where));
}

// Passes a failed result's error on, adding this place to its trail.
template <class T>
std::unexpected<Error> pass(Result<T>&& failed,
                            std::source_location where = std::source_location::current()) {
  return std::unexpected(std::move(failed).error().passed_on(where));
}

}  // namespace muai

#define MUAI_INTERNAL_CONCAT2(a, b) a##b
#define MUAI_INTERNAL_CONCAT(a, b) MUAI_INTERNAL_CONCAT2(a, b)

// MUAI_TRY(auto page, fetch(url));   binds the value, or returns the error from this function.
// MUAI_TRY_VOID(write(file));        the same for Result<void>.
// MUAI_CO_TRY, MUAI_CO_TRY_VOID      the same inside a coroutine.
#define MUAI_INTERNAL_TRY(keyword, declaration, expression, name) \
  auto name = (expression);                                       \
  if (!name) [[unlikely]]                                         \
    keyword ::muai::pass(std::move(name));                        \
  declaration = *std::move(name)
#define MUAI_INTERNAL_TRY_VOID(keyword, expression)                 \
  do {                                                              \
    if (auto muai_result = (expression); !muai_result) [[unlikely]] \
      keyword ::muai::pass(std::move(muai_result));                 \
  } while (false)

#define MUAI_TRY(declaration, expression) \
  MUAI_INTERNAL_TRY(return, declaration, expression, MUAI_INTERNAL_CONCAT(muai_result_, __LINE__))
#define MUAI_CO_TRY(declaration, expression)            \
  MUAI_INTERNAL_TRY(co_return, declaration, expression, \
                    MUAI_INTERNAL_CONCAT(muai_result_, __LINE__))
#define MUAI_TRY_VOID(expression) MUAI_INTERNAL_TRY_VOID(return, expression)
#define MUAI_CO_TRY_VOID(expression) MUAI_INTERNAL_TRY_VOID(co_return, expression)
