// SPDX-License-Identifier: Apache-2.0
// stats and top live, in a real pseudo-terminal.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <utmp.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <regex>
#include <sstream>

#include <crunc/descriptor.hpp>

#include "beside.hpp"
#include "view/table.hpp"
#include "view_scene.hpp"

using crunc::Descriptor;
using crunc::cli::width_of;
using crunc::test::Running;
using crunc::test::skip_unless_runc;
using crunc::test::ViewScene;

namespace {

/// crunc on a terminal of its own.
class OnTerminal {
 public:
  OnTerminal(const std::vector<std::string>& argv, unsigned short columns) {
    winsize size{24, columns, 0, 0};
    int master = -1;
    int slave = -1;
    REQUIRE(::openpty(&master, &slave, nullptr, nullptr, &size) == 0);
    master_ = Descriptor(master);
    slave_ = Descriptor(slave);
    REQUIRE(::tcgetattr(slave, &before_) == 0);
    pid_ = Running(argv, [&] {
             ::login_tty(slave);
             ::close(master);
             ::setenv("LC_ALL", "C.UTF-8", 1);
             ::setenv("TERM", "xterm", 1);
             ::unsetenv("NO_COLOR");
           }).pid();
  }
  ~OnTerminal() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  OnTerminal(const OnTerminal&) = delete;
  OnTerminal& operator=(const OnTerminal&) = delete;

  void type(const char* keys) const { REQUIRE(::write(master_.fd(), keys, std::strlen(keys)) > 0); }
  void signal(int signo) const { ::kill(pid_, signo); }
  void resize(unsigned short columns) const {
    const winsize size{24, columns, 0, 0};
    REQUIRE(::ioctl(master_.fd(), TIOCSWINSZ, &size) == 0);
  }

  /// Read until a whole frame is as wanted, and give its lines; fails after half a minute.
  std::vector<std::string> frame_where(const std::function<bool(const std::vector<std::string>&)>& wanted) {
    for (;;) {
      const std::vector<std::string> lines = last_frame();
      if (!lines.empty() && wanted(lines)) return lines;
      CAPTURE(output_);
      REQUIRE(read_more(30'000));
    }
  }

  /// The wait status, once all output is read.
  int wait() {
    int status = 0;
    while (::waitpid(pid_, &status, WNOHANG) == 0) static_cast<void>(read_more(20));
    pid_ = -1;
    while (read_more(0)) continue;
    return status;
  }
  /// Whether what comes next is that it stops.
  [[nodiscard]] bool is_stopped() const {
    int status = 0;
    return ::waitpid(pid_, &status, WUNTRACED) == pid_ && WIFSTOPPED(status);
  }
  [[nodiscard]] bool is_restored() const {
    termios after{};
    REQUIRE(::tcgetattr(slave_.fd(), &after) == 0);
    return after.c_lflag == before_.c_lflag && after.c_iflag == before_.c_iflag && after.c_oflag == before_.c_oflag &&
           output_.ends_with("\x1b[?25h\x1b[?1049l");
  }
  [[nodiscard]] const std::string& output() const { return output_; }

 private:
  bool read_more(int milliseconds) {
    pollfd polled{master_.fd(), POLLIN, 0};
    if (::poll(&polled, 1, milliseconds) <= 0) return false;
    char buffer[8192];
    const ssize_t got = ::read(master_.fd(), buffer, sizeof buffer);
    if (got > 0) output_.append(buffer, static_cast<std::size_t>(got));
    return got > 0;
  }

  /// Empty until it is whole: a frame is when the cursor has been sent behind it.
  [[nodiscard]] std::vector<std::string> last_frame() const {
    const std::size_t end = output_.rfind("\x1b[J");
    if (end == std::string::npos) return {};
    const std::size_t begin = output_.rfind("\x1b[H", end);
    std::string text = output_.substr(begin, end - begin);
    text = std::regex_replace(text, std::regex("\x1b\\[[0-9?]*[A-Za-z]|\r"), "");
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
  }

  Descriptor master_{};
  Descriptor slave_{};
  termios before_{};
  pid_t pid_ = -1;
  std::string output_{};
};

/// A row with a CPU percentage above zero.
bool is_busy(const std::string& line) {
  return std::regex_search(line, std::regex("^[a-z]+-busy[^ ]* +[0-9]+ +[1-9]"));
}

}  // namespace

TEST_CASE("stats on a terminal redraws in place and keys change the order and q gives the terminal back") {
  if (skip_unless_runc()) return;
  ViewScene scene;
  scene.add_idle("a-idle");
  scene.add_busy("z-busy");
  OnTerminal terminal(scene.command({"stats", "-d", "100ms"}), 80);

  const auto by_cpu = terminal.frame_where([](const auto& lines) { return is_busy(lines.at(2)); });
  CHECK(by_cpu[0].find("by cpu") != std::string::npos);
  CHECK(by_cpu[1].starts_with("ID"));
  CHECK(by_cpu[3].starts_with("a-idle"));
  terminal.type("n");
  const auto by_name =
      terminal.frame_where([](const auto& lines) { return lines[0].find("by name") != std::string::npos; });
  CHECK(by_name[2].starts_with("a-idle"));
  terminal.type("/busy\r");
  const auto filtered = terminal.frame_where([](const auto& lines) { return lines.size() == 4; });
  CHECK(filtered[2].starts_with("z-busy"));
  terminal.type("q");

  const int status = terminal.wait();
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(terminal.is_restored());
}

TEST_CASE("live lines keep within 80 and 120 columns and follow the terminal's size") {
  if (skip_unless_runc()) return;
  ViewScene scene;
  scene.add_idle("a-container-with-a-name-that-is-long");
  scene.add_busy("z-busy");
  OnTerminal terminal(scene.command({"stats", "-d", "100ms"}), 80);
  const auto widest = [](const std::vector<std::string>& lines) {
    std::size_t width = 0;
    for (const std::string& line : lines) width = std::max(width, width_of(line));
    return width;
  };

  const auto at_80 = terminal.frame_where([](const auto& lines) { return lines.size() == 5; });
  CHECK(widest(at_80) <= 80);
  CHECK(at_80[1].find("OOM") != std::string::npos);
  terminal.resize(120);
  const auto at_120 = terminal.frame_where([&](const auto& lines) { return widest(lines) > 80; });
  CHECK(widest(at_120) <= 120);
  CHECK(at_120[1].find("PSI%") != std::string::npos);
  terminal.resize(40);
  CHECK(widest(terminal.frame_where([&](const auto& lines) { return widest(lines) <= 40; })) > 0);
}

TEST_CASE("the terminal is given back when a signal or Ctrl-C ends a live view and crunc ends by it") {
  if (skip_unless_runc()) return;
  ViewScene scene;
  const std::string idle = scene.add_idle("idle");
  for (const int signo : {SIGTERM, SIGHUP, SIGINT}) {
    OnTerminal terminal(scene.command({signo == SIGHUP ? "top" : "stats", "-d", "100ms", idle}), 80);
    static_cast<void>(terminal.frame_where([](const auto&) { return true; }));
    signo == SIGINT ? terminal.type("\x03") : terminal.signal(signo);
    const int status = terminal.wait();
    CAPTURE(terminal.output());
    CHECK(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == signo);
    CHECK(terminal.is_restored());
  }
}

TEST_CASE("a live view ends with the last container that was named and gives the terminal back") {
  if (skip_unless_runc()) return;
  ViewScene scene;
  const std::string idle = scene.add_idle("idle");
  OnTerminal terminal(scene.command({"stats", "-d", "50ms", idle}), 80);
  static_cast<void>(terminal.frame_where([](const auto&) { return true; }));
  REQUIRE(scene.runc({"kill", idle, "KILL"}).status == 0);
  const int status = terminal.wait();
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(terminal.is_restored());
}

TEST_CASE("a live view that is stopped gives the terminal back and takes it again") {
  if (skip_unless_runc()) return;
  ViewScene scene;
  const std::string idle = scene.add_idle("idle");
  OnTerminal terminal(scene.command({"stats", "-d", "100ms", "-n", "500", idle}), 80);
  static_cast<void>(terminal.frame_where([](const auto&) { return true; }));
  terminal.type("\x1a");
  CHECK(terminal.is_stopped());
  static_cast<void>(terminal.frame_where([&](const auto&) { return terminal.is_restored(); }));
  const std::size_t stopped_at = terminal.output().size();
  terminal.signal(SIGCONT);
  static_cast<void>(terminal.frame_where([&](const auto&) {
    return terminal.output().rfind("\x1b[J") > stopped_at + 1 && terminal.output().size() > stopped_at;
  }));
  terminal.type("q");
  const int status = terminal.wait();
  CHECK(WIFEXITED(status));
  CHECK(terminal.is_restored());
}

TEST_CASE("top on a terminal shows the processes and their order follows the keys") {
  if (skip_unless_runc()) return;
  ViewScene scene;
  const std::string idle = scene.add_idle("idle");
  const std::string busy = scene.add_busy("x-busy");
  OnTerminal terminal(scene.command({"top", "-d", "100ms", idle, busy}), 120);
  const auto by_cpu =
      terminal.frame_where([](const auto& lines) { return lines.size() == 5 && lines[2].starts_with("x-busy"); });
  CHECK(by_cpu[2].find("while :") != std::string::npos);
  terminal.type("p");
  const auto by_pid =
      terminal.frame_where([](const auto& lines) { return lines[0].find("by pid") != std::string::npos; });
  CHECK(by_pid[2].ends_with("sleep 1000"));
}

TEST_CASE("with NO_COLOR a terminal gets plain lines") {
  if (skip_unless_runc()) return;
  ViewScene scene;
  const std::string idle = scene.add_idle("idle");
  std::vector<std::string> argv{"/usr/bin/env", "NO_COLOR=1"};
  const auto command = scene.command({"stats", "-d", "50ms", "-n", "2", idle});
  argv.insert(argv.end(), command.begin(), command.end());
  OnTerminal terminal(argv, 120);
  const int status = terminal.wait();
  CHECK(WIFEXITED(status));
  CHECK(terminal.output().find('\x1b') == std::string::npos);
  CHECK(terminal.output().starts_with("ID"));
}
