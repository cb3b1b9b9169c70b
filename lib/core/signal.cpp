// SPDX-License-Identifier: Apache-2.0
// Signals by name: a table, since strsignal() speaks the locale's language and sigabbrev_np() is glibc's alone.

#include <crunc/signal.hpp>

#include <array>

#include "core/text.hpp"

namespace crunc {
namespace {

struct Name {
  std::string_view text;
  int number;
};

// The first name of a number is the one that is printed.
constexpr std::array names{
    Name{"HUP", SIGHUP},       Name{"INT", SIGINT},     Name{"QUIT", SIGQUIT}, Name{"ILL", SIGILL},
    Name{"TRAP", SIGTRAP},     Name{"ABRT", SIGABRT},   Name{"IOT", SIGABRT},  Name{"BUS", SIGBUS},
    Name{"FPE", SIGFPE},       Name{"KILL", SIGKILL},   Name{"USR1", SIGUSR1}, Name{"SEGV", SIGSEGV},
    Name{"USR2", SIGUSR2},     Name{"PIPE", SIGPIPE},   Name{"ALRM", SIGALRM}, Name{"TERM", SIGTERM},
    Name{"STKFLT", SIGSTKFLT}, Name{"CHLD", SIGCHLD},   Name{"CLD", SIGCHLD},  Name{"CONT", SIGCONT},
    Name{"STOP", SIGSTOP},     Name{"TSTP", SIGTSTP},   Name{"TTIN", SIGTTIN}, Name{"TTOU", SIGTTOU},
    Name{"URG", SIGURG},       Name{"XCPU", SIGXCPU},   Name{"XFSZ", SIGXFSZ}, Name{"VTALRM", SIGVTALRM},
    Name{"PROF", SIGPROF},     Name{"WINCH", SIGWINCH}, Name{"IO", SIGIO},     Name{"POLL", SIGIO},
    Name{"PWR", SIGPWR},       Name{"SYS", SIGSYS},
};

// The kernel's range. SIGRTMIN of glibc is 34, since it keeps two for itself; a container's libc may see it otherwise,
// but the number that "RTMIN" means to the people who type it here is this one.
constexpr int first_signal = 1;
constexpr int first_real_time = 34;
constexpr int last_signal = 64;

/// "RTMIN", "RTMIN+3", "RTMAX", "RTMAX-2".
std::optional<int> parse_real_time(std::string_view name) {
  const bool from_min = name.starts_with("RTMIN");
  if (!from_min && !name.starts_with("RTMAX")) return std::nullopt;
  name.remove_prefix(5);
  int distance = 0;
  if (!name.empty()) {
    if (name.front() != (from_min ? '+' : '-')) return std::nullopt;
    const auto number = core::parse_number<int>(name.substr(1));
    if (!number || *number < 0 || *number > last_signal) return std::nullopt;
    distance = *number;
  }
  const int signo = from_min ? first_real_time + distance : last_signal - distance;
  return signo >= first_real_time && signo <= last_signal ? std::optional(signo) : std::nullopt;
}

}  // namespace

Result<Signal> Signal::parse(std::string_view text) {
  if (const auto number = core::parse_number<int>(text)) {
    if (*number >= first_signal && *number <= last_signal) return Signal(*number);
  } else {
    const std::string upper = core::to_upper(text);
    std::string_view name = upper;
    if (name.starts_with("SIG")) name.remove_prefix(3);
    for (const Name& known : names) {
      if (known.text == name) return Signal(known.number);
    }
    if (const auto real_time = parse_real_time(name)) return Signal(*real_time);
  }
  return Error(Errc::invalid_argument, "no such signal: " + core::excerpt(text) + " (a name such as TERM, or 1 to 64)");
}

std::string Signal::name() const {
  for (const Name& known : names) {
    if (known.number == number_) return "SIG" + std::string(known.text);
  }
  if (number_ == first_real_time) return "SIGRTMIN";
  if (number_ > first_real_time && number_ <= last_signal) {
    return "SIGRTMIN+" + std::to_string(number_ - first_real_time);
  }
  return std::to_string(number_);
}

}  // namespace crunc
