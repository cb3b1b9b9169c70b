// SPDX-License-Identifier: Apache-2.0
// What is told of processes: by the kernel in /proc and by netlink, by a runtime at a socket, and by a task's record.

#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include <fcntl.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <crunc/socket.hpp>

#include "fuzz/check.hpp"
#include "fuzz/target.hpp"
#include "runtime/process_table.hpp"
#include "support/console_peer.hpp"
#include "support/temp_dir.hpp"
#include "support/text_file.hpp"
#include "sys/proc_events.hpp"
#include "sys/proc_stat.hpp"
#include "task/record.hpp"

namespace crunc::fuzz {
namespace {

/// What of a line counts, in its places.
std::string line_of(const sys::ProcStat& stat) {
  const auto zeros = [](int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += " 0";
    return text;
  };
  return std::string("1 (a) b) ") + stat.state + zeros(5) + (stat.is_exiting ? " 4" : " 0") + zeros(10) + ' ' +
         std::to_string(stat.threads) + " 0 " + std::to_string(stat.start_ticks) + zeros(29) + ' ' +
         std::to_string(stat.wait_status) + '\n';
}

bool is_same(const sys::ProcStat& a, const sys::ProcStat& b) {
  return a.state == b.state && a.is_exiting == b.is_exiting && a.start_ticks == b.start_ticks &&
         a.threads == b.threads && a.wait_status == b.wait_status;
}

std::string told(const std::optional<sys::ProcEvent>& event) {
  if (!event) return "none";
  return std::to_string(static_cast<int>(event->kind)) + ' ' + std::to_string(event->process) + ' ' +
         std::to_string(event->wait_status) + ' ' + std::to_string(event->error) + ' ' + std::to_string(event->answers);
}

/// The least number that no descriptor has.
int free_number() {
  const int fd = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
  ::close(fd);
  return fd;
}

/// A message with `count` descriptors: of a terminal's master, of its slave, of a process, of no such thing.
template <class Socket>
auto received(std::size_t count, unsigned kind, std::string_view payload) {
  const Socket socket = Socket::temporary().value();
  const test::Pty pty = kind < 2 ? test::open_pty() : test::Pty{};
  const Descriptor process(kind == 2 ? static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)) : -1);
  const int fds[] = {pty.master.fd(), pty.slave.fd(), process.fd(), STDERR_FILENO};
  const test::PipeEnds none{};
  const Descriptor connection = test::connect_to(socket.path());
  // In two parts, the first of which has the descriptors.
  const std::string_view first = payload.substr(0, payload.size() / 2 + payload.size() % 2);
  if (!payload.empty()) test::send_fds(connection, first, std::vector<int>(count, fds[kind]));
  if (payload.size() > first.size()) test::send_fds(connection, payload.substr(first.size()));
  static_cast<void>(::shutdown(connection.fd(), SHUT_WR));
  return socket.receive({.timeout = std::chrono::seconds(1)});
}

}  // namespace

FUZZ_TARGET(proc_stat) {
  const auto stat = sys::parse_proc_stat(bytes);
  if (!stat) return;
  const auto again = sys::parse_proc_stat(line_of(*stat));
  require(again && is_same(*again, *stat), "a line that is printed is read the same", line_of(*stat));
}

FUZZ_TARGET(proc_event) {
  const auto event = sys::parse_proc_event(bytes);
  if (!event) return;
  nlmsghdr header{};
  require(bytes.size() >= sizeof header, "what is shorter than a header is no event");
  std::memcpy(&header, bytes.data(), sizeof header);
  const auto alone = sys::parse_proc_event(bytes.substr(0, header.nlmsg_len));
  require(told(alone) == told(event), "what stands behind a message is no part of it");
}

FUZZ_TARGET(proc_table) {
  const test::TempDir proc;
  const std::size_t line = std::min(bytes.find('\n'), bytes.size());
  std::filesystem::create_directory(proc / "42");
  test::write_text(proc / "uptime", bytes.substr(0, line));
  test::write_text(proc / "42/stat", bytes.substr(std::min(line + 1, bytes.size())));
  test::write_text(proc / "42/cmdline", bytes.substr(0, line));
  const ProcessTable table = runtime::read_process_table({42}, proc.path().string());
  for (const auto& row : table.processes) {
    require(row.size() == table.headers.size(), "a row has as many cells as there are headers");
    for (const std::string& cell : row) require(cell.find('\n') == std::string::npos, "a cell is in one line", cell);
  }
}

FUZZ_TARGET(console_socket) {
  if (bytes.empty()) return;
  const unsigned choice = static_cast<unsigned char>(bytes[0]);
  const unsigned kind = choice % 4;
  const std::size_t count = choice == 0xff ? 253 : choice / 4 % 8;
  const std::string_view payload = bytes.substr(1);
  const int before = free_number();
  const bool is_one = count == 1 && !payload.empty() && payload.size() <= 8192;
  if ((choice & 0x80U) == 0) {
    const Result<Console> console = received<ConsoleSocket>(count, kind, payload);
    require(console.has_value() || !is_one || kind != 0, "one master of a terminal is taken");
    static_cast<void>(is_refused(console, {Errc::malformed_output, Errc::runtime_failed}));
  } else {
    const Result<PidfdMessage> message = received<PidfdSocket>(count, kind, payload);
    require(!message || (kind == 2 && is_one && message->pid == ::getpid()), "only a pidfd is taken for one");
    static_cast<void>(is_refused(message, {Errc::malformed_output, Errc::runtime_failed}));
  }
  require(free_number() == before, "no descriptor is left open");
}

FUZZ_TARGET(record) {
  const Result<task::Record> record = task::decode_record(bytes);
  if (is_refused(record)) return;
  const std::string text = task::encode(*record);
  require(task::encode(task::decode_record(text).value()) == text, "a record that is written is read the same", text);
}

}  // namespace crunc::fuzz
