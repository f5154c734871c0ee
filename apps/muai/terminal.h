#pragma once

// Terminal: where the program's words go. stdout carries results only; stderr carries progress,
// notices and errors. Colour and rewriting of lines happen on a terminal only, so that a pipe or a
// file gets plain text. A reader that went away (EPIPE) is not an error: what follows is dropped.
//
// Text from outside (documents, pages, answers, file names) must pass through `shown` first.
// Main thread only.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace muai {

enum class ColourChoice { Auto, Always, Never };
enum class Verbosity { Quiet, Normal, Verbose };

// Of a stretch of text. Plain where colour is off.
enum class Style { Plain, Bold, Dim, Red, Green, Yellow, Cyan, Mark };

enum class Stream { Out, Err };

class Terminal {
 public:
  Terminal(ColourChoice colour, Verbosity verbosity);

  Verbosity verbosity() const { return verbosity_; }
  bool is_tty(Stream stream) const { return stream == Stream::Out ? out_tty_ : err_tty_; }

  // Columns to wrap to: of the terminal, at most 100; 80 when stdout is none.
  std::size_t columns() const { return columns_; }

  std::string styled(Style style, std::string_view text, Stream stream = Stream::Out) const;

  // Writes a part of the result as it is.
  void print(std::string_view text);

  // A line on stderr; nothing with --quiet. Ends a progress line first.
  void say(std::string_view line);
  // The same, only with -v.
  void detail(std::string_view line);
  // A line on stderr that --quiet does not silence: errors.
  void complain(std::string_view line);

  // On a terminal rewrites one line of stderr; elsewhere prints a line at each tenth of the way.
  // Nothing with --quiet.
  void progress(std::string_view line, std::size_t done, std::size_t total);
  void end_progress();

  // The next piece of a text that is being written, shown as its last lines on stderr until
  // anything else is said or printed. Only when both streams are terminals: what a person sees
  // grow is replaced by the finished text. Nothing with --quiet.
  void live_text(std::string_view piece);
  void end_live_text();

 private:
  std::string line_start();  // what clears a progress line and a live text

  Verbosity verbosity_;
  bool out_tty_ = false;
  bool err_tty_ = false;
  bool out_colour_ = false;
  bool err_colour_ = false;
  bool progress_shown_ = false;
  std::size_t progress_tenth_ = 0;
  std::string live_;            // all of the text so far
  std::size_t live_lines_ = 0;  // of it on the screen
  std::size_t columns_ = 80;
};

// `text` from outside made safe for a terminal: no controls, no tricks of direction.
std::string shown(std::string_view text);
// The same on one line: line breaks and tabs become blanks.
std::string shown_line(std::string_view text);

// Runs of blanks and line breaks as one blank, at most `columns` wide with a final "…".
std::string excerpt(std::string_view text, std::size_t columns);

// `text` in lines of at most `columns`, each after `indent` blanks, each ended by a newline.
std::string wrapped(std::string_view text, std::size_t columns, std::size_t indent = 0);

// "23 ms", "1.5 s", "2 min 5 s".
std::string duration_text(double milliseconds);
// "512 B", "3.4 MB".
std::string bytes_text(double bytes);
// "1 file", "2 files"; with separators of thousands: "12,345 files".
std::string count_text(std::size_t count, std::string_view noun);
// "2026-11-25 14:03:12" in UTC.
std::string time_text(double unix_seconds);

}  // namespace muai
