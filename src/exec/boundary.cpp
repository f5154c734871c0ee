#include "exec/boundary.h"

#include <cxxabi.h>
#include <fmt/core.h>

#include <cstdlib>
#include <exception>
#include <expected>
#include <memory>
#include <typeinfo>

namespace muai {
namespace {

std::string type_of_exception() {
  const std::type_info* type = abi::__cxa_current_exception_type();
  if (!type) return "unknown";
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(type->name(), nullptr, nullptr, &status), &std::free);
  return status == 0 ? std::string(name.get()) : std::string(type->name());
}

Error step_failed(const char* what) {
  std::string type = type_of_exception();
  std::string message = what ? fmt::format("the step threw {}: {}", type, what)
                             : fmt::format("the step threw {}", type);
  return Error(ErrorCode::StepFailed, std::move(message)).from_exception(std::move(type));
}

}  // namespace

// Rethrows to look at the exception's type; every handler here ends it.
Error error_of_exception() {
  try {
    throw;
  } catch (const StateAccess& access) {
    return access.error();
  } catch (const std::bad_expected_access<Error>& access) {
    return access.error();
  } catch (const std::exception& thrown) {
    return step_failed(thrown.what());
  } catch (...) {
    return step_failed(nullptr);
  }
}

}  // namespace muai
