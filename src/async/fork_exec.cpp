// fork and execve. Between the two the child may only make system calls: other threads may have
// held any lock at the time of the fork. Everything it needs is laid out before.

#include "async/fork_exec.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <iterator>
#include <string>
#include <vector>

namespace muai {

namespace {

// The child's ends of its pipes are moved up to here, so that dup2 onto 0 ... 3 overwrites none.
constexpr int kFirstFreeFd = 10;
constexpr int kStatusFd = 3;  // in the child; closed by execve

enum class Stage : int { Arrange, Folder, Execute };

// What a child says on its status pipe when it could not become the program.
struct ChildFailure {
  Stage stage;
  int error;
};

struct Limit {
  int resource;
  rlim_t soft;
  rlim_t hard;
};

// All that the child reads between fork and execve.
struct ChildPlan {
  const char* program;
  char* const* argv;
  char* const* environment;
  const char* folder;
  int streams[3];
  int status;
  pid_t parent;
  const Limit* limits;
  std::size_t limit_count;
};

[[noreturn]] void give_up(int status, Stage stage) {
  const ChildFailure failure{stage, errno};
  [[maybe_unused]] const ssize_t ignored = ::write(status, &failure, sizeof failure);
  ::_exit(127);
}

// Kernels before 5.9 lack close_range.
void close_from(int first) {
  if (::syscall(SYS_close_range, first, ~0U, 0) == 0) return;
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  const auto end = static_cast<int>(std::min<rlim_t>(files.rlim_cur, 65536));
  for (int fd = first; fd < end; ++fd) ::close(fd);
}

void reset_signals() {
  struct sigaction standard{};
  standard.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &standard, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void become_program(const ChildPlan& plan) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != plan.parent) ::_exit(127);  // the parent died before prctl
  ::setsid();
  for (int i = 0; i < 3; ++i) {
    if (::dup2(plan.streams[i], i) < 0) give_up(plan.status, Stage::Arrange);
  }
  if (::dup3(plan.status, kStatusFd, O_CLOEXEC) < 0) give_up(plan.status, Stage::Arrange);
  close_from(kStatusFd + 1);
  if (::chdir(plan.folder) != 0) give_up(kStatusFd, Stage::Folder);
  for (std::size_t i = 0; i < plan.limit_count; ++i) {
    const Limit& limit = plan.limits[i];
    rlimit now{};
    ::getrlimit(static_cast<__rlimit_resource_t>(limit.resource), &now);
    const rlimit wanted{std::min(limit.soft, now.rlim_max), std::min(limit.hard, now.rlim_max)};
    if (::setrlimit(static_cast<__rlimit_resource_t>(limit.resource), &wanted) != 0) {
      give_up(kStatusFd, Stage::Arrange);
    }
  }
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) give_up(kStatusFd, Stage::Arrange);
  reset_signals();
  ::execve(plan.program, plan.argv, plan.environment);
  give_up(kStatusFd, Stage::Execute);
}

Error system_error(std::string_view what) {
  return Error(ErrorCode::Io, fmt::format("{}: {}", what, std::strerror(errno)));
}

bool is_executable(const std::string& path) {
  struct stat found{};
  return ::stat(path.c_str(), &found) == 0 && S_ISREG(found.st_mode) &&
         ::access(path.c_str(), X_OK) == 0;
}

Result<std::string> find_program(const ProcessOptions& options) {
  const std::string& name = options.argv.front();
  if (name.starts_with('/')) return name;
  if (name.empty() || name.contains('/')) {
    return fail(ErrorCode::InvalidInput,
                fmt::format("program '{}': give an absolute path or a bare name", name));
  }
  for (const std::string& folder : options.search_path) {
    std::string path = fmt::format("{}/{}", folder, name);
    if (folder.starts_with('/') && is_executable(path)) return path;
  }
  return fail(ErrorCode::NotFound,
              fmt::format("no program '{}' in {}", name, fmt::join(options.search_path, ":")));
}

// The system's interface ends strings at NUL: a NUL inside would silently cut an argument.
Result<void> check_strings(const ProcessOptions& options) {
  const auto has_nul = [](const std::string& text) { return text.contains('\0'); };
  if (options.argv.empty())
    return fail(ErrorCode::InvalidInput, "no program to run: argv is empty");
  if (std::ranges::any_of(options.argv, has_nul) || has_nul(options.working_directory)) {
    return fail(ErrorCode::InvalidInput,
                fmt::format("an argument of '{}' contains a NUL byte", options.argv.front()));
  }
  for (const auto& [name, value] : options.environment) {
    if (name.empty() || name.contains('=') || has_nul(name) || has_nul(value)) {
      return fail(ErrorCode::InvalidInput,
                  fmt::format("environment variable '{}' of '{}' can't be passed on", name,
                              options.argv.front()));
    }
  }
  return {};
}

std::vector<char*> pointers_to(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (std::string& text : strings) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<Limit> limits_of(const ProcessLimits& limits) {
  std::vector<Limit> all{{RLIMIT_CORE, 0, 0}};
  if (limits.cpu.count() > 0) {
    // SIGXCPU at the soft limit; SIGKILL a second later for those who ignore it.
    const auto seconds = static_cast<rlim_t>(limits.cpu.count());
    all.push_back({RLIMIT_CPU, seconds, seconds + 1});
  }
  if (limits.address_space_bytes > 0) {
    all.push_back({RLIMIT_AS, limits.address_space_bytes, limits.address_space_bytes});
  }
  if (limits.file_bytes > 0) all.push_back({RLIMIT_FSIZE, limits.file_bytes, limits.file_bytes});
  return all;
}

struct Pipe {
  UniqueFd ours;    // does not block, except the status pipe
  UniqueFd theirs;  // at kFirstFreeFd or above
};

enum class Direction { ToChild, FromChild };

Result<Pipe> open_pipe(Direction direction, int our_flags) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return std::unexpected(system_error("pipe"));
  UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  UniqueFd& theirs = direction == Direction::ToChild ? reader : writer;
  UniqueFd& ours = direction == Direction::ToChild ? writer : reader;
  UniqueFd moved(::fcntl(theirs.number(), F_DUPFD_CLOEXEC, kFirstFreeFd));
  if (!moved.is_open() || ::fcntl(ours.number(), F_SETFL, our_flags) != 0) {
    return std::unexpected(system_error("pipe"));
  }
  return Pipe{std::move(ours), std::move(moved)};
}

Result<Pipe> open_input(ChildInput input) {
  if (input == ChildInput::Pipe) return open_pipe(Direction::ToChild, O_NONBLOCK);
  const UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  UniqueFd moved(::fcntl(null.number(), F_DUPFD_CLOEXEC, kFirstFreeFd));
  if (!moved.is_open()) return std::unexpected(system_error("/dev/null"));
  return Pipe{UniqueFd(), std::move(moved)};
}

Error explain(const ChildFailure& failure, const std::string& program, const std::string& folder) {
  const bool is_missing = failure.error == ENOENT || failure.error == ENOTDIR;
  const ErrorCode code = is_missing ? ErrorCode::NotFound : ErrorCode::Io;
  const char* const reason = std::strerror(failure.error);
  switch (failure.stage) {
    case Stage::Folder: return Error(code, fmt::format("folder '{}': {}", folder, reason));
    case Stage::Execute: return Error(code, fmt::format("program '{}': {}", program, reason));
    case Stage::Arrange: break;
  }
  return Error(ErrorCode::Io, fmt::format("could not set up '{}': {}", program, reason));
}

// Waits until the child has become its program; its failure, if it said one.
std::optional<ChildFailure> hear_of_failure(const UniqueFd& status) {
  ChildFailure failure{};
  ssize_t count = 0;
  do {
    count = ::read(status.number(), &failure, sizeof failure);
  } while (count < 0 && errno == EINTR);
  if (count != sizeof failure) return std::nullopt;
  return failure;
}

}  // namespace

Result<Forked> fork_exec(const ProcessOptions& options, ChildInput input) {
  MUAI_TRY_VOID(check_strings(options));
  MUAI_TRY(const std::string program, find_program(options));
  std::vector<std::string> arguments = options.argv;
  std::vector<std::string> environment;
  for (const auto& [name, value] : options.environment) {
    environment.push_back(fmt::format("{}={}", name, value));
  }
  const std::vector<char*> argv = pointers_to(arguments);
  const std::vector<char*> envp = pointers_to(environment);
  const std::vector<Limit> limits = limits_of(options.limits);
  MUAI_TRY(Pipe in, open_input(input));
  MUAI_TRY(Pipe out, open_pipe(Direction::FromChild, O_NONBLOCK));
  MUAI_TRY(Pipe err, open_pipe(Direction::FromChild, O_NONBLOCK));
  MUAI_TRY(Pipe status, open_pipe(Direction::FromChild, 0));

  const ChildPlan plan{
      .program = program.c_str(),
      .argv = argv.data(),
      .environment = envp.data(),
      .folder = options.working_directory.c_str(),
      .streams = {in.theirs.number(), out.theirs.number(), err.theirs.number()},
      .status = status.theirs.number(),
      .parent = ::getpid(),
      .limits = limits.data(),
      .limit_count = limits.size(),
  };
  const pid_t pid = ::fork();
  if (pid < 0) return std::unexpected(system_error("fork"));
  if (pid == 0) become_program(plan);

  for (Pipe* const pipe : {&in, &out, &err, &status}) pipe->theirs.reset();
  if (const auto failure = hear_of_failure(status.ours)) {
    ::waitpid(pid, nullptr, 0);
    return std::unexpected(explain(*failure, program, options.working_directory));
  }
  UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  return Forked{pid, std::move(pidfd), std::move(in.ours), std::move(out.ours),
                std::move(err.ours)};
}

}  // namespace muai
