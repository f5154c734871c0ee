#include "muai/model/model_pool.h"

#include <utility>

#include "model/pool_core.h"
#include "muai/model/extractive_model.h"

namespace muai {

Result<std::unique_ptr<ModelPool>> ModelPool::create(Pool& workers,
                                                     std::vector<std::unique_ptr<Model>> models,
                                                     MemoryProbe probe, ModelPoolOptions options) {
  auto core = std::make_shared<PoolCore>(workers, std::move(probe), std::move(options));
  models.push_back(std::make_unique<ExtractiveModel>(workers));
  for (std::unique_ptr<Model>& model : models) MUAI_TRY_VOID(core->add(std::move(model)));
  return std::unique_ptr<ModelPool>(new ModelPool(std::move(core)));
}

ModelPool::ModelPool(std::shared_ptr<PoolCore> core) : core_(std::move(core)) {}

ModelPool::~ModelPool() { core_->abandon(); }

Task<Result<Generation>> ModelPool::generate(std::vector<std::string> chain,
                                             GenerateRequest request, ModelCall call) {
  return core_->generate(std::move(chain), std::move(request), std::move(call));
}

Task<Result<std::vector<Embedding>>> ModelPool::embed(std::string model,
                                                      std::vector<std::string> texts,
                                                      ModelCall call) {
  return core_->embed(std::move(model), std::move(texts), std::move(call));
}

Task<Result<ModelPool::Lease>> ModelPool::acquire(std::string name, ModelCall call) {
  return core_->acquire(std::move(name), std::move(call));
}

Task<Result<void>> ModelPool::unload(std::string name, ModelCall call) {
  return core_->unload(std::move(name), std::move(call));
}

void ModelPool::prefetch(std::string_view name) {
  const Result<ModelSlot*> slot = core_->find(name);
  if (slot) core_->prefetch(**slot);
}

std::vector<ModelStatus> ModelPool::status() const { return core_->status(); }

Result<const ModelDescription*> ModelPool::lookup(std::string_view name) const {
  MUAI_TRY(const ModelSlot* slot, core_->find(name));
  return &slot->description;
}

Task<void> ModelPool::close() { return core_->close(); }

ModelPool::Lease::Lease(std::shared_ptr<PoolCore> core, ModelSlot& slot)
    : core_(std::move(core)), slot_(&slot) {
  core_->take(slot);
}

ModelPool::Lease::Lease(Lease&& other) noexcept
    : core_(std::move(other.core_)), slot_(std::exchange(other.slot_, nullptr)) {}

ModelPool::Lease& ModelPool::Lease::operator=(Lease&& other) noexcept {
  if (this != &other) {
    if (slot_) core_->give_back(*slot_);
    core_ = std::move(other.core_);
    slot_ = std::exchange(other.slot_, nullptr);
  }
  return *this;
}

ModelPool::Lease::~Lease() {
  if (slot_) core_->give_back(*slot_);
}

Model& ModelPool::Lease::model() const { return *slot_->model; }

}  // namespace muai
