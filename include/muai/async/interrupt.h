#pragma once

// Interrupt: Ctrl-C. The first SIGINT or SIGTERM asks whatever runs to stop, so that what was done
// so far is kept; a second one ends the program at once with 130.

#include <memory>
#include <stop_token>

namespace muai {

class Interrupt {
 public:
  // Nothing is set up before `token` is asked for, so that quick commands stay quick. At most one
  // Interrupt exists at a time.
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  // From the first call on, signals reach this token (its callbacks run on a thread of their own)
  // instead of ending the program.
  std::stop_token token();

  bool happened() const;

 private:
  struct Watch;
  std::unique_ptr<Watch> watch_;
};

}  // namespace muai
