#include "muai/core/error.h"

namespace muai {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::InvalidInput: return "invalid_input";
    case ErrorCode::InvalidConfig: return "invalid_config";
    case ErrorCode::NotFound: return "not_found";
    case ErrorCode::AlreadyExists: return "already_exists";
    case ErrorCode::Contract: return "contract";
    case ErrorCode::Network: return "network";
    case ErrorCode::Upstream: return "upstream";
    case ErrorCode::ModelUnavailable: return "model_unavailable";
    case ErrorCode::OutOfMemory: return "out_of_memory";
    case ErrorCode::Refused: return "refused";
    case ErrorCode::LimitExceeded: return "limit_exceeded";
    case ErrorCode::Timeout: return "timeout";
    case ErrorCode::Cancelled: return "cancelled";
    case ErrorCode::Io: return "io";
    case ErrorCode::Corrupt: return "corrupt";
    case ErrorCode::StepFailed: return "step_failed";
  }
  return "unknown";
}

bool is_retryable(ErrorCode code) {
  switch (code) {
    case ErrorCode::Network:
    case ErrorCode::Upstream:
    case ErrorCode::ModelUnavailable:
    case ErrorCode::Timeout:
    case ErrorCode::Io:
    case ErrorCode::StepFailed: return true;
    case ErrorCode::InvalidInput:
    case ErrorCode::InvalidConfig:
    case ErrorCode::NotFound:
    case ErrorCode::AlreadyExists:
    case ErrorCode::Contract:
    case ErrorCode::OutOfMemory:
    case ErrorCode::Refused:
    case ErrorCode::LimitExceeded:
    case ErrorCode::Cancelled:
    case ErrorCode::Corrupt: return false;
  }
  return false;
}

Error::Error(ErrorCode code, std::string message, std::source_location where)
    : rep_(std::make_unique<Rep>(Rep{.code = code,
                                     .message = std::move(message),
                                     .path = {},
                                     .trail = {where},
                                     .exception_type = {}})) {}

Error::Error(const Error& other) : rep_(std::make_unique<Rep>(*other.rep_)) {}

Error& Error::operator=(const Error& other) {
  if (this != &other) rep_ = std::make_unique<Rep>(*other.rep_);
  return *this;
}

Error&& Error::inside(std::string name) && {
  rep_->path.insert(rep_->path.begin(), std::move(name));
  return std::move(*this);
}

Error&& Error::passed_on(std::source_location where) && {
  rep_->trail.push_back(where);
  return std::move(*this);
}

Error&& Error::from_exception(std::string type_name) && {
  rep_->exception_type = std::move(type_name);
  return std::move(*this);
}

Error&& Error::retry_after(double seconds) && {
  rep_->retry_after_s = seconds;
  return std::move(*this);
}

Error&& Error::with_message(std::string message) && {
  rep_->message = std::move(message);
  return std::move(*this);
}

std::string Error::to_string() const {
  std::string text;
  for (const std::string& name : rep_->path) {
    if (!text.empty()) text += '/';
    text += name;
  }
  if (!text.empty()) text += ": ";
  return text + rep_->message;
}

}  // namespace muai
