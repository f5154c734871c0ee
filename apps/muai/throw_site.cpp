#include "muai/throw_site.h"

#include <cxxabi.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <typeinfo>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define MUAI_THROW_IS_WRAPPED 1
#endif
#endif

namespace muai {
namespace {

constexpr int kFramesMax = 24;
constexpr int kOwnFrames = 1;  // the wrapper below

struct Frames {
  std::array<void*, kFramesMax> addresses{};
  int count = 0;
};

thread_local Frames last_throw;

std::string frame_text(void* address) {
  Dl_info found{};
  if (dladdr(address, &found) == 0 || !found.dli_sname) return fmt::format("{}", address);
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> readable(
      abi::__cxa_demangle(found.dli_sname, nullptr, nullptr, &status), std::free);
  const auto offset = static_cast<const char*>(address) - static_cast<const char*>(found.dli_saddr);
  return fmt::format("{}+{:#x}", status == 0 ? readable.get() : found.dli_sname, offset);
}

}  // namespace

std::string throw_site() {
  std::string text;
  for (int i = kOwnFrames; i < last_throw.count; ++i) {
    if (!text.empty()) text += '\n';
    text += frame_text(last_throw.addresses[static_cast<std::size_t>(i)]);
  }
  return text;
}

}  // namespace muai

#ifndef MUAI_THROW_IS_WRAPPED
// The header spells the attribute the old way, and a declaration must repeat it.
extern "C" __attribute__((__noreturn__)) void __cxa_throw(void* exception, std::type_info* type,
                                                          void (*destroy)(void*)) {
  using Throw = void (*)(void*, std::type_info*, void (*)(void*));
  muai::last_throw.count = backtrace(muai::last_throw.addresses.data(), muai::kFramesMax);
  static const Throw throw_on = reinterpret_cast<Throw>(dlsym(RTLD_NEXT, "__cxa_throw"));
  throw_on(exception, type, destroy);
  std::abort();  // the real one does not return
}
#endif
