#pragma once

// What went wrong, in a form a program can switch over and a person can act on.
//
// An Error is a value: it is returned, never thrown. It says what failed and what to do next
// (`message`), where in the graph (`path`), and through which source lines it was passed
// (`trail`). Not thread-safe; move it between threads. Moving costs one pointer.

#include <cstdint>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

namespace muai {

// The kinds of failure. Switch over them exhaustively; a new kind is a compile error everywhere
// it matters. Wire names are those of `to_string`.
enum class ErrorCode : std::uint8_t {
  InvalidInput,      // a question, file, URL or document we were given is malformed
  InvalidConfig,     // configuration, workflow file or registration is wrong
  NotFound,          // a named thing does not exist
  AlreadyExists,     // a name is taken
  Contract,          // a step broke its declared inputs or outputs
  Network,           // the peer could not be reached, or the connection broke
  Upstream,          // the peer answered, with an error or with nonsense
  ModelUnavailable,  // no model can serve the request
  OutOfMemory,       // a model does not fit into the memory it may use
  Refused,           // policy forbids it: guarded address, offline, quota
  LimitExceeded,     // a bound on size, depth, count or spend was hit
  Timeout,           // a deadline passed
  Cancelled,         // the caller asked to stop
  Io,                // the operating system refused a file or process operation
  Corrupt,           // stored bytes are not what we wrote
  StepFailed,        // a step's own code failed, for example by an exception
};

// "invalid_input", "network", ... Never empty.
std::string_view to_string(ErrorCode code);

// True when trying the same thing again later may succeed. The one place that decides this.
bool is_retryable(ErrorCode code);

class [[nodiscard]] Error {
 public:
  // `message` says what, why and what to do next, in one or two sentences without a final newline.
  Error(ErrorCode code, std::string message,
        std::source_location where = std::source_location::current());

  Error(const Error& other);
  Error& operator=(const Error& other);
  Error(Error&&) noexcept = default;
  Error& operator=(Error&&) noexcept = default;
  ~Error() = default;

  ErrorCode code() const { return rep_->code; }
  const std::string& message() const { return rep_->message; }

  // Names from the outside in: workflow, node, step, attempt. Empty outside a run.
  const std::vector<std::string>& path() const { return rep_->path; }

  // Source places, innermost first: where the error was made, then each MUAI_TRY that passed it.
  const std::vector<std::source_location>& trail() const { return rep_->trail; }

  // Name of the exception type when the error began as an exception, demangled; else empty.
  const std::string& exception_type() const { return rep_->exception_type; }

  // Seconds the peer asked us to wait (Retry-After); negative when it did not say.
  double retry_after_s() const { return rep_->retry_after_s; }

  // Each returns *this as an rvalue so that calls chain in a return statement.
  Error&& inside(std::string name) &&;  // puts `name` before the path
  Error&& passed_on(std::source_location where) &&;
  Error&& from_exception(std::string type_name) &&;
  Error&& retry_after(double seconds) &&;
  Error&& with_message(std::string message) &&;

  // "search_qa/fetch: the message" - path, then message.
  std::string to_string() const;

 private:
  struct Rep {
    ErrorCode code;
    double retry_after_s = -1;
    std::string message;
    std::vector<std::string> path;
    std::vector<std::source_location> trail;
    std::string exception_type;
  };
  std::unique_ptr<Rep> rep_;  // never null except after a move
};

}  // namespace muai
