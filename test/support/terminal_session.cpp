// SPDX-License-Identifier: Apache-2.0
//
// The leader of the session is a fork of the test that does what it is told by a pipe, and tells by another.
#include "support/terminal_session.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include "support/text_file.hpp"

namespace crunc::test {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto patience = std::chrono::seconds(30);

int milliseconds_until(Clock::time_point when) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(when - Clock::now());
  return static_cast<int>(std::max<std::chrono::milliseconds::rep>(left.count(), 0));
}

bool readable(int fd, Clock::time_point deadline) {
  pollfd entry{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&entry, 1, milliseconds_until(deadline)) > 0;
}

/// A number that the leader tells.
int told(const PipeEnds& reports) {
  if (!readable(reports.reader.fd(), Clock::now() + patience)) throw std::runtime_error("nothing is told in time");
  const std::string bytes = read_bytes(reports.reader.fd(), sizeof(int));
  if (bytes.size() != sizeof(int)) throw std::runtime_error("the session's leader has ended");
  int number = 0;
  std::memcpy(&number, bytes.data(), sizeof number);
  return number;
}

void tell(const PipeEnds& reports, int number) {
  if (::write(reports.writer.fd(), &number, sizeof number) != sizeof number) ::_exit(126);
}

}  // namespace

TerminalMode::TerminalMode(int terminal) {
  if (::tcgetattr(terminal, &mode_) != 0) throw std::system_error(errno, std::system_category(), "tcgetattr");
}

bool TerminalMode::operator==(const TerminalMode& other) const noexcept {
  return mode_.c_iflag == other.mode_.c_iflag && mode_.c_oflag == other.mode_.c_oflag &&
         mode_.c_cflag == other.mode_.c_cflag && mode_.c_lflag == other.mode_.c_lflag &&
         std::memcmp(mode_.c_cc, other.mode_.c_cc, sizeof mode_.c_cc) == 0;
}

TerminalSession::TerminalSession(const std::vector<std::string>& argv, Place place)
    : pty_(open_pty(true)), first_mode_(pty_.slave.fd()), commands_(open_pipe()), reports_(open_pipe()) {
  std::vector<char*> words;
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  leader_ = ::fork();
  if (leader_ < 0) throw std::system_error(errno, std::system_category(), "fork");
  if (leader_ == 0) lead(words.data(), place, commands_, reports_);
  commands_.reader.reset();
  reports_.writer.reset();
  pid_ = told(reports_);
}

TerminalSession::~TerminalSession() {
  ::kill(-pid_, SIGKILL);
  commands_.writer.reset();
  pty_.master.reset();
  while (::waitpid(leader_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

/// In the fork, and so only by what is safe in a signal handler.
void TerminalSession::lead(char** argv, Place place, const PipeEnds& commands, const PipeEnds& reports) const {
  ::setsid();
  ::ioctl(pty_.slave.fd(), TIOCSCTTY, 0);
  ::signal(SIGHUP, SIG_IGN);
  ::signal(SIGTTOU, SIG_IGN);
  const pid_t job = ::fork();
  if (job == 0) {
    ::setpgid(0, 0);
    if (place == Place::foreground) ::tcsetpgrp(pty_.slave.fd(), ::getpid());
    for (const int signo : {SIGHUP, SIGTTOU}) ::signal(signo, SIG_DFL);
    for (const int stream : {0, 1, 2}) ::dup2(pty_.slave.fd(), stream);
    ::execvp(argv[0], argv);
    ::_exit(126);
  }
  ::close(commands.writer.fd());
  ::close(pty_.master.fd());
  tell(reports, job);
  char command = 0;
  while (::read(commands.reader.fd(), &command, 1) == 1) {
    int status = -1;
    if (command == 'b') status = ::tcsetpgrp(pty_.slave.fd(), ::getpid());
    if (command == 'h') status = ::kill(-job, SIGHUP);
    if (command == 'w') ::waitpid(job, &status, WUNTRACED);
    tell(reports, status);
  }
  ::kill(-job, SIGKILL);
  ::waitpid(job, nullptr, 0);
  ::_exit(0);
}

pid_t TerminalSession::child() const {
  const std::string pid = std::to_string(pid_);
  const auto deadline = Clock::now() + patience;
  while (Clock::now() < deadline) {
    const std::string children = read_text("/proc/" + pid + "/task/" + pid + "/children");
    if (!children.empty()) return std::stoi(children);
    ::sched_yield();
  }
  throw std::runtime_error("the program has no child");
}

std::string TerminalSession::read_until(std::string_view text) {
  const auto deadline = Clock::now() + patience;
  std::string all = std::move(unread_);
  unread_.clear();
  std::size_t at = 0;
  while ((at = all.find(text)) == std::string::npos) {
    char buffer[4096];
    const ssize_t got = readable(pty_.master.fd(), deadline) ? ::read(pty_.master.fd(), buffer, sizeof buffer) : 0;
    if (got <= 0) return all;
    all.append(buffer, static_cast<std::size_t>(got));
  }
  unread_ = all.substr(at + text.size());
  all.resize(at + text.size());
  return all;
}

void TerminalSession::resize(unsigned short rows, unsigned short columns) const {
  const winsize size{.ws_row = rows, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
  if (::ioctl(pty_.master.fd(), TIOCSWINSZ, &size) != 0) {
    throw std::system_error(errno, std::system_category(), "TIOCSWINSZ");
  }
}

void TerminalSession::make_raw() const {
  termios mode{};
  ::tcgetattr(pty_.master.fd(), &mode);
  ::cfmakeraw(&mode);
  ::tcsetattr(pty_.master.fd(), TCSANOW, &mode);
}

void TerminalSession::to_background() {
  write_bytes(commands_.writer.fd(), "b");
  if (told(reports_) != 0) throw std::runtime_error("the leader cannot take the foreground");
}

void TerminalSession::hang_up() {
  pty_.master.reset();
  write_bytes(commands_.writer.fd(), "h");
  if (told(reports_) != 0) throw std::runtime_error("the leader cannot signal its job");
}

int TerminalSession::wait() {
  write_bytes(commands_.writer.fd(), "w");
  return told(reports_);
}

}  // namespace crunc::test
