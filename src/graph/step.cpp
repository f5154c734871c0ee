#include "muai/graph/step.h"

#include <algorithm>

#include "muai/core/check.h"

namespace muai {
namespace {

void sort_unique(std::vector<KeyId>& keys) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
}

}  // namespace

Step::Step(StepContract contract, std::unique_ptr<const StepBody> body) {
  MUAI_CHECK(body != nullptr);
  for (std::vector<KeyId>* keys :
       {&contract.reads, &contract.may_read, &contract.writes, &contract.may_write})
    sort_unique(*keys);
  std::vector<KeyId> writable = contract.writes;
  writable.insert(writable.end(), contract.may_write.begin(), contract.may_write.end());
  sort_unique(writable);
  rep_ = std::make_shared<const Rep>(Rep{std::move(contract), std::move(writable),
                                         std::shared_ptr<const StepBody>(std::move(body))});
}

Step Step::renamed(std::string name) const {
  Rep copy = *rep_;
  copy.contract.name = std::move(name);
  return Step(std::make_shared<const Rep>(std::move(copy)));
}

}  // namespace muai
