// What is written depends on what listens: colour and rewriting need a terminal. Everything goes
// straight to write(2): a line is out when the call returns, whatever happens next.

#include "muai/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <ctime>

#include "muai/text/fold.h"
#include "muai/text/width.h"

namespace muai {
namespace {

constexpr std::size_t kColumnsDefault = 80;
constexpr std::size_t kColumnsMin = 20;
constexpr std::size_t kLiveLinesMax = 12;
constexpr std::size_t kColumnsMax = 100;  // longer lines are hard to read

// Everything, or as much as the reader wants.
void write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe): nothing sets them
  return value && *value;
}

bool wants_colour(ColourChoice choice, bool tty) {
  if (choice != ColourChoice::Auto) return choice == ColourChoice::Always;
  const char* term = std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe): nothing sets it
  return tty && !is_set("NO_COLOR") && !(term && std::string_view(term) == "dumb");
}

std::size_t terminal_columns(bool tty) {
  winsize size{};
  if (!tty || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
    return kColumnsDefault;
  return std::clamp<std::size_t>(size.ws_col, kColumnsMin, kColumnsMax);
}

std::string_view code_of(Style style) {
  switch (style) {
    case Style::Plain: return "";
    case Style::Bold: return "\x1b[1m";
    case Style::Dim: return "\x1b[2m";
    case Style::Red: return "\x1b[31m";
    case Style::Green: return "\x1b[32m";
    case Style::Yellow: return "\x1b[33m";
    case Style::Cyan: return "\x1b[36m";
    case Style::Mark: return "\x1b[1;4m";
  }
  return "";
}

}  // namespace

Terminal::Terminal(ColourChoice colour, Verbosity verbosity)
    : verbosity_(verbosity),
      out_tty_(::isatty(STDOUT_FILENO) == 1),
      err_tty_(::isatty(STDERR_FILENO) == 1),
      out_colour_(wants_colour(colour, out_tty_)),
      err_colour_(wants_colour(colour, err_tty_)),
      columns_(terminal_columns(out_tty_)) {}

std::string Terminal::styled(Style style, std::string_view text, Stream stream) const {
  const bool colour = stream == Stream::Out ? out_colour_ : err_colour_;
  if (!colour || style == Style::Plain || text.empty()) return std::string(text);
  return fmt::format("{}{}\x1b[0m", code_of(style), text);
}

void Terminal::print(std::string_view text) {
  end_live_text();
  if (progress_shown_ && out_tty_) end_progress();
  write_all(STDOUT_FILENO, text);
}

void Terminal::say(std::string_view line) {
  if (verbosity_ != Verbosity::Quiet) complain(line);
}

void Terminal::detail(std::string_view line) {
  if (verbosity_ == Verbosity::Verbose) complain(line);
}

void Terminal::complain(std::string_view line) {
  write_all(STDERR_FILENO, fmt::format("{}{}\n", line_start(), line));
}

void Terminal::progress(std::string_view line, std::size_t done, std::size_t total) {
  if (verbosity_ == Verbosity::Quiet) return;
  end_live_text();
  if (err_tty_) {
    write_all(STDERR_FILENO, fmt::format("\r\x1b[K{}", truncate_to_width(line, columns_ - 1)));
    progress_shown_ = true;
    return;
  }
  const std::size_t tenth = total == 0 ? 0 : 10 * done / total;
  if (tenth != progress_tenth_ && done < total) write_all(STDERR_FILENO, fmt::format("{}\n", line));
  progress_tenth_ = tenth;
}

void Terminal::end_progress() {
  end_live_text();
  if (progress_shown_) write_all(STDERR_FILENO, line_start());
}

void Terminal::live_text(std::string_view piece) {
  if (verbosity_ == Verbosity::Quiet || !err_tty_ || !out_tty_) return;
  live_ += shown(piece);
  std::vector<std::string> lines = wrap_to_width(live_, columns_ - 1);
  if (lines.size() > kLiveLinesMax)
    lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(kLiveLinesMax));
  std::string screen = line_start();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) screen += '\n';
    screen += styled(Style::Dim, lines[i], Stream::Err);
  }
  live_lines_ = lines.size();
  write_all(STDERR_FILENO, screen);
}

void Terminal::end_live_text() {
  if (live_lines_ > 0) write_all(STDERR_FILENO, line_start());
  live_.clear();
}

std::string Terminal::line_start() {
  std::string start;
  if (live_lines_ > 0) {
    start = "\r\x1b[K";
    for (; live_lines_ > 1; --live_lines_) start += "\x1b[A\x1b[K";
    live_lines_ = 0;
  }
  if (!progress_shown_) return start;
  progress_shown_ = false;
  return "\r\x1b[K";
}

std::string shown(std::string_view text) { return strip_controls(text); }

std::string shown_line(std::string_view text) {
  std::string line = strip_controls(text);
  std::replace_if(line.begin(), line.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return line;
}

std::string excerpt(std::string_view text, std::size_t columns) {
  std::string line;
  for (const char c : shown_line(text))
    if (c != ' ' || !line.ends_with(' ')) line += c;
  return truncate_to_width(line, columns);
}

std::string wrapped(std::string_view text, std::size_t columns, std::size_t indent) {
  const std::string margin(indent, ' ');
  std::string out;
  for (const std::string& line : wrap_to_width(text, columns > indent ? columns - indent : 2))
    out += line.empty() ? "\n" : margin + line + '\n';
  return out;
}

std::string duration_text(double milliseconds) {
  if (milliseconds < 10) return fmt::format("{:.1f} ms", milliseconds);
  if (milliseconds < 1000) return fmt::format("{:.0f} ms", milliseconds);
  const double seconds = milliseconds / 1000;
  if (seconds < 60) return fmt::format("{:.1f} s", seconds);
  return fmt::format("{:.0f} min {:.0f} s", std::floor(seconds / 60), std::fmod(seconds, 60));
}

std::string bytes_text(double bytes) {
  if (bytes < 1000) return fmt::format("{:.0f} B", bytes);
  if (bytes < 1e6) return fmt::format("{:.1f} kB", bytes / 1e3);
  if (bytes < 1e9) return fmt::format("{:.1f} MB", bytes / 1e6);
  return fmt::format("{:.1f} GB", bytes / 1e9);
}

std::string count_text(std::size_t count, std::string_view noun) {
  std::string digits = std::to_string(count);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return fmt::format("{} {}{}", digits, noun, count == 1 ? "" : "s");
}

std::string time_text(double unix_seconds) {
  const auto seconds = static_cast<std::time_t>(unix_seconds);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

}  // namespace muai
