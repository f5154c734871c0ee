// A task is awaited once: awaiting it needs an rvalue, so a second await shows in the source.
#include <utility>

#include "muai/async/task.h"

muai::Task<int> twice(muai::Task<int> number) {
#ifdef MUAI_WRONG
  const int value = co_await number;
#else
  const int value = co_await std::move(number);
#endif
  co_return 2 * value;
}
