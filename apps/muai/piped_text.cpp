#include "muai/piped_text.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace muai {
namespace {

constexpr std::size_t kBytesMax = 10 << 20;
constexpr int kFirstByteMs = 500;
constexpr int kPollMs = 50;  // how soon Ctrl-C is noticed

bool is_readable(int timeout_ms) {
  pollfd watched{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  return ::poll(&watched, 1, timeout_ms) > 0;
}

}  // namespace

Result<std::string> read_stdin(std::stop_token stop) {
  std::string text;
  std::string block(1 << 16, '\0');
  while (true) {
    if (stop.stop_requested()) return fail(ErrorCode::Cancelled, "interrupted while reading stdin");
    if (!is_readable(kPollMs)) continue;
    const ssize_t got = ::read(STDIN_FILENO, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(ErrorCode::Io, "standard input cannot be read");
    if (got == 0) return text;
    text.append(block, 0, static_cast<std::size_t>(got));
    if (text.size() > kBytesMax) {
      return fail(
          ErrorCode::LimitExceeded,
          "more than 10 MB on standard input; save it to a file and use `muai kb add FILE`");
    }
  }
}

Result<std::optional<std::string>> read_piped_text(Terminal& terminal, std::stop_token stop) {
  struct stat status{};
  if (::fstat(STDIN_FILENO, &status) != 0) return std::nullopt;
  if (!S_ISFIFO(status.st_mode) && !S_ISREG(status.st_mode)) return std::nullopt;
  if (!is_readable(kFirstByteMs)) {
    terminal.say(
        "muai: nothing came through the pipe for half a second, so it is left alone; "
        "`--from -` waits for it");
    return std::nullopt;
  }
  MUAI_TRY(std::string text, read_stdin(std::move(stop)));
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) return std::nullopt;
  return std::optional<std::string>(std::move(text));
}

}  // namespace muai
