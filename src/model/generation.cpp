#include "muai/model/generation.h"

#include "muai/model/model.h"
#include "muai/model/model_pool.h"

namespace muai {

std::string_view to_string(ChatRole role) {
  switch (role) {
    case ChatRole::System: return "system";
    case ChatRole::User: return "user";
    case ChatRole::Assistant: return "assistant";
  }
  return "user";
}

std::string_view to_string(Device device) {
  switch (device) {
    case Device::Cpu: return "cpu";
    case Device::Gpu: return "gpu";
  }
  return "cpu";
}

std::string_view to_string(Quantization quantization) {
  switch (quantization) {
    case Quantization::None: return "none";
    case Quantization::Bits8: return "8bit";
    case Quantization::Bits4: return "4bit";
  }
  return "none";
}

std::string_view to_string(ModelBackend backend) {
  switch (backend) {
    case ModelBackend::Llama: return "llama";
    case ModelBackend::OpenAi: return "openai";
    case ModelBackend::Extractive: return "extractive";
  }
  return "llama";
}

std::string_view to_string(ModelPhase phase) {
  switch (phase) {
    case ModelPhase::Unloaded: return "unloaded";
    case ModelPhase::Loading: return "loading";
    case ModelPhase::Idle: return "idle";
    case ModelPhase::Busy: return "busy";
    case ModelPhase::Unloading: return "unloading";
    case ModelPhase::Failed: return "failed";
  }
  return "unloaded";
}

}  // namespace muai
