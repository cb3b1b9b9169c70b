// SPDX-License-Identifier: Apache-2.0
//
// A program at a terminal of its own, as a shell with job control would start it: in a process group of its own, in a
// session whose leader outlives it, so that the terminal can be looked at after its end.
#pragma once

#include <termios.h>

#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "support/console_peer.hpp"

namespace crunc::test {

/// The mode of a terminal, to compare.
class TerminalMode {
 public:
  explicit TerminalMode(int terminal);
  [[nodiscard]] bool is_raw() const noexcept { return (mode_.c_lflag & (ICANON | ISIG | ECHO)) == 0; }
  [[nodiscard]] bool operator==(const TerminalMode& other) const noexcept;

 private:
  termios mode_{};
};

class TerminalSession {
 public:
  enum class Place { foreground, background };

  /// Start the program; everything that cannot be is thrown as std::system_error.
  explicit TerminalSession(const std::vector<std::string>& argv, Place place = Place::foreground);
  /// Hangs the terminal up and kills what is left of the program's group.
  ~TerminalSession();
  TerminalSession(const TerminalSession&) = delete;
  TerminalSession& operator=(const TerminalSession&) = delete;

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// The child of the program, once there is one.
  [[nodiscard]] pid_t child() const;

  void type(std::string_view keys) const { write_bytes(pty_.master.fd(), keys); }
  /// Everything that is printed until `text` has been, which was not read before. What comes after it stays for the
  /// next call. Without it, after half a minute, what was printed so far.
  std::string read_until(std::string_view text);
  void resize(unsigned short rows, unsigned short columns) const;
  [[nodiscard]] TerminalMode mode() const { return TerminalMode(pty_.slave.fd()); }
  /// The mode as the terminal had it before the program.
  [[nodiscard]] const TerminalMode& first_mode() const noexcept { return first_mode_; }
  /// Change the mode as somebody else in the session might.
  void make_raw() const;

  /// The leader takes the foreground, as a shell does for the next command.
  void to_background();
  /// Close our end of the terminal; the leader hands the SIGHUP that it gets on to its job, as shells do.
  void hang_up();
  /// Wait for the program's end, or for its being stopped: its status as of waitpid(2).
  int wait();

 private:
  [[noreturn]] void lead(char** argv, Place place, const PipeEnds& commands, const PipeEnds& reports) const;

  Pty pty_;
  TerminalMode first_mode_;
  PipeEnds commands_;
  PipeEnds reports_;
  std::string unread_{};
  pid_t leader_ = -1;
  pid_t pid_ = -1;
};

}  // namespace crunc::test
