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

// For the exception that is being handled; `what` is null when it says nothing.
Error step_failed(const char* what) {
  std::string type = type_of_exception();
  std::string message = what ? fmt::format("the step threw {}: {}", type, what)
                             : fmt::format("the step threw {}", type);
  return Error(ErrorCode::StepFailed, std::move(message)).from_exception(std::move(type));
}

}  // namespace

StepAnswer at_step_boundary(StepCall call, Executor::ThrowSite hook, std::string& throw_site) {
  try {
    return call();
  } catch (const StateAccess& access) {
    return std::unexpected(access.error());
  } catch (const std::bad_expected_access<Error>& access) {
    return std::unexpected(access.error());
  } catch (const std::exception& thrown) {
    if (hook) throw_site = hook();
    return std::unexpected(step_failed(thrown.what()));
  } catch (...) {
    if (hook) throw_site = hook();
    return std::unexpected(step_failed(nullptr));
  }
}

}  // namespace muai
