// SPDX-License-Identifier: Apache-2.0
#include "faults.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <thread>
#include <type_traits>

#include "failing.hpp"
#include "leaks.hpp"

namespace crunc::test {
namespace {

using namespace std::chrono_literals;
using sys::Calls;

// Of the sweep that is under way. Read in children between clone and exec, too, which share this memory.
std::atomic<int> calls_left;  ///< until one fails
std::atomic<int> the_errno;
const Calls* beneath = nullptr;  ///< the table that the others go on to

/// A sweep gives up on a call that is made more often than this in one life.
constexpr int most_places = 60;
/// More than any wait in a life takes, sanitizers included.
constexpr auto soon = 10s;

bool strikes() { return calls_left.fetch_sub(1) == 1; }

/// What stands in the table for a call, and fails once.
template <auto Member, class Function>
struct Once;
template <auto Member, class R, class... Args>
struct Once<Member, R (*)(Args...)> {
  static R call(Args... args) {
    if (strikes()) return fail_with<R>(the_errno);
    return (beneath->*Member)(args...);
  }
};

template <auto Member>
void put(Calls& table) {
  table.*Member = &Once<Member, std::remove_reference_t<decltype(table.*Member)>>::call;
}

/// A descriptor is closed, whatever close() says (close(2)).
void put_close(Calls& table) {
  table.close = [](int fd) {
    const int result = beneath->close(fd);
    return strikes() ? fail_with<int>(the_errno) : result;
  };
}

/// A status is gone when somebody else has taken it, and only then.
void put_stolen_status(Calls& table) {
  table.waitid = [](int id_type, unsigned id, siginfo_t* info, int options, rusage* usage) {
    const int result = beneath->waitid(id_type, id, info, options, usage);
    const bool has_ended = result == 0 && info != nullptr && info->si_pid != 0;
    if (!has_ended || !strikes()) return result;
    beneath->waitid(P_PID, static_cast<unsigned>(info->si_pid), info, WEXITED, usage);
    return fail_with<int>(ECHILD);
  };
}

/// An eventfd takes its 8 bytes whole and has always room for them.
bool is_of_eventfd(std::size_t size) { return size == sizeof(std::uint64_t); }

void put_write(Calls& table) {
  table.write = [](int fd, const void* bytes, std::size_t size) {
    return !is_of_eventfd(size) && strikes() ? fail_with<ssize_t>(the_errno) : beneath->write(fd, bytes, size);
  };
}
void put_short_write(Calls& table) {
  table.write = [](int fd, const void* bytes, std::size_t size) {
    return beneath->write(fd, bytes, !is_of_eventfd(size) && size > 1 && strikes() ? 1 : size);
  };
}
void put_short_read(Calls& table) {
  table.read = [](int fd, void* bytes, std::size_t size) {
    return beneath->read(fd, bytes, !is_of_eventfd(size) && size > 1 && strikes() ? 1 : size);
  };
}
void put_short_pread(Calls& table) {
  table.pread = [](int fd, void* bytes, std::size_t size, off_t offset) {
    return beneath->pread(fd, bytes, size > 1 && strikes() ? 1 : size, offset);
  };
}
void put_short_pwrite(Calls& table) {
  table.pwrite = [](int fd, const void* bytes, std::size_t size, off_t offset) {
    return beneath->pwrite(fd, bytes, size > 1 && strikes() ? 1 : size, offset);
  };
}

/// A terminal's, that is: what is asked of pidfds is none of its errors.
constexpr int not_that_descriptor = ENOTTY;

void add(std::vector<Fault>& to, const char* call, void (*how)(Calls&), std::initializer_list<int> errors) {
  for (const int error : errors) to.push_back({call, error, how});
}

void add_files(std::vector<Fault>& all) {
  add(all, "open", put<&Calls::open>, {EACCES, EINTR, EIO, ELOOP, EMFILE, ENFILE, ENOENT, ENOMEM, ENOSPC, EROFS});
  add(all, "close", put_close, {EINTR, EIO, ENOSPC});
  add(all, "read", put<&Calls::read>, {EAGAIN, EINTR, EIO, ENOMEM});
  add(all, "read", put_short_read, {0});
  add(all, "pread", put<&Calls::pread>, {EINTR, EIO, ENODEV, ENOMEM});
  add(all, "pread", put_short_pread, {0});
  add(all, "lseek", put<&Calls::lseek>, {EINVAL, ESPIPE});
  add(all, "write", put_write, {EAGAIN, EINTR, EIO, ENOSPC, EPIPE});
  add(all, "write", put_short_write, {0});
  add(all, "pwrite", put<&Calls::pwrite>, {EINTR, EIO, ENOSPC});
  add(all, "pwrite", put_short_pwrite, {0});
  add(all, "pipe2", put<&Calls::pipe2>, {EMFILE, ENFILE, ENOMEM});
  add(all, "eventfd", put<&Calls::eventfd>, {EMFILE, ENFILE, ENOMEM});
  add(all, "timerfd_create", put<&Calls::timerfd_create>, {EMFILE, ENFILE, ENOMEM});
  add(all, "epoll_create1", put<&Calls::epoll_create1>, {EMFILE, ENFILE, ENOMEM});
  add(all, "epoll_ctl", put<&Calls::epoll_ctl>, {ENOMEM, ENOSPC});
  add(all, "signalfd", put<&Calls::signalfd>, {EMFILE, ENFILE, ENOMEM});
  add(all, "memfd_create", put<&Calls::memfd_create>, {EMFILE, ENFILE, ENOMEM});
  add(all, "fcntl", put<&Calls::fcntl>, {EMFILE, EPERM});
  add(all, "ioctl", put<&Calls::ioctl>, {not_that_descriptor, EIO});
  add(all, "poll", put<&Calls::poll>, {EINTR, ENOMEM});
  add(all, "access", put<&Calls::access>, {EACCES, EIO, ENOENT, ENOMEM});
  add(all, "readlink", put<&Calls::readlink>, {EACCES, EIO, ENOENT, ENOMEM});
  add(all, "stat", put<&Calls::stat>, {EACCES, EIO, ENOENT, ENOMEM});
  add(all, "fstat", put<&Calls::fstat>, {EIO, ENOMEM});
  add(all, "statfs", put<&Calls::statfs>, {EACCES, EINTR, EIO, ENOENT, ENOMEM});
  add(all, "fchmod", put<&Calls::fchmod>, {EIO, EPERM, EROFS});
  add(all, "fchown", put<&Calls::fchown>, {EIO, EPERM, EROFS});
  add(all, "mkdtemp", put<&Calls::mkdtemp>, {EACCES, ENOSPC, EROFS});
  add(all, "rename", put<&Calls::rename>, {EACCES, EIO, ENOSPC, EROFS});
  add(all, "unlink", put<&Calls::unlink>, {EACCES, EIO, ENOENT, EROFS});
  add(all, "rmdir", put<&Calls::rmdir>, {EACCES, EBUSY, EIO, ENOTEMPTY});
}

void add_files_beneath(std::vector<Fault>& all) {
  add(all, "openat", put<&Calls::openat>, {EACCES, EINTR, EIO, EMFILE, ENFILE, ENOENT, ENOMEM});
  add(all, "openat2", put<&Calls::openat2>, {EACCES, EAGAIN, EINTR, EMFILE, ENFILE, ENOENT, ENOMEM, ENOSYS, EPERM});
  add(all, "mkdirat", put<&Calls::mkdirat>, {EACCES, EAGAIN, EEXIST, ENOSPC, EROFS});
  add(all, "unlinkat", put<&Calls::unlinkat>, {EACCES, EBUSY, ENOENT, EROFS});
  add(all, "fchownat", put<&Calls::fchownat>, {EIO, ENOENT, EPERM, EROFS});
  add(all, "fstatfs", put<&Calls::fstatfs>, {EINTR, EIO, ENOMEM});
  add(all, "getdents64", put<&Calls::getdents64>, {EIO, ENODEV, ENOENT});
}

void add_sockets_and_terminals(std::vector<Fault>& all) {
  add(all, "socket", put<&Calls::socket>, {EACCES, EMFILE, ENFILE, ENOMEM});
  add(all, "bind", put<&Calls::bind>, {EACCES, EADDRINUSE, ENOMEM, ENOSPC, EROFS});
  add(all, "listen", put<&Calls::listen>, {EADDRINUSE});
  add(all, "accept4", put<&Calls::accept4>, {EAGAIN, ECONNABORTED, EINTR, EMFILE, ENFILE, ENOBUFS, ENOMEM, EPERM});
  add(all, "getsockopt", put<&Calls::getsockopt>, {ENOPROTOOPT, ENODATA});
  add(all, "setsockopt", put<&Calls::setsockopt>, {ENOBUFS, ENOMEM});
  add(all, "recvmsg", put<&Calls::recvmsg>, {EAGAIN, ECONNRESET, EINTR, ENOMEM});
  add(all, "tcgetattr", put<&Calls::tcgetattr>, {EIO, ENOTTY});
  add(all, "tcsetattr", put<&Calls::tcsetattr>, {EINTR, EIO, ENOTTY});
}

void add_processes(std::vector<Fault>& all) {
  add(all, "clone", put<&Calls::clone>, {EAGAIN, ENOMEM, ENOSPC, EPERM});
  add(all, "waitid", put<&Calls::waitid>, {EINTR});
  add(all, "waitid", put_stolen_status, {ECHILD});
  add(all, "pidfd_open", put<&Calls::pidfd_open>, {EINVAL, EMFILE, ENFILE, ENODEV, ENOMEM, ENOSYS, ESRCH});
  add(all, "pidfd_send_signal", put<&Calls::pidfd_send_signal>, {ENOSYS, EPERM, ESRCH});
  add(all, "kill", put<&Calls::kill>, {EPERM, ESRCH});
  add(all, "prctl", put<&Calls::prctl>, {EINVAL});
  add(all, "sigtimedwait", put<&Calls::sigtimedwait>, {EINTR});  // EAGAIN: only if no signal waits
  add(all, "prlimit", put<&Calls::prlimit>, {EPERM});
  add(all, "bpf", put<&Calls::bpf>, {EAGAIN, EMFILE, ENOMEM, EPERM});
}

void add_child(std::vector<Fault>& all) {
  add(all, "child_setpgid", put<&Calls::child_setpgid>, {EPERM});
  add(all, "child_parent_death_signal", put<&Calls::child_parent_death_signal>, {EINVAL});
  add(all, "child_chdir", put<&Calls::child_chdir>, {EACCES, EIO, ENOENT, ENOMEM});
  add(all, "child_dup_above", put<&Calls::child_dup_above>, {EMFILE});
  add(all, "child_dup_to", put<&Calls::child_dup_to>, {EBUSY, EMFILE});
  add(all, "child_keep", put<&Calls::child_keep>, {EBADF});
  add(all, "child_cloexec", put<&Calls::child_cloexec>, {EBADF});
  add(all, "child_open_directory", put<&Calls::child_open_directory>, {EMFILE, ENFILE, ENOENT});
  add(all, "child_getdents", put<&Calls::child_getdents>, {EIO});
  add(all, "child_cloexec_range", put<&Calls::child_cloexec_range>, {EMFILE, ENOMEM, ENOSYS});
  add(all, "child_execve", put<&Calls::child_execve>, {E2BIG, EACCES, EAGAIN, EIO, ENOENT, ENOEXEC, ENOMEM, ETXTBSY});
}

/// Completed operations let go of what they held when their handlers have run.
std::string leaks_since(const ProcessSnapshot& before) {
  const auto deadline = std::chrono::steady_clock::now() + 1s;
  std::string leaks = difference(before, ProcessSnapshot::take());
  while (!leaks.empty() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(1ms);
    leaks = difference(before, ProcessSnapshot::take());
  }
  return leaks;
}

/// Asio opens what it keeps for good when it is first needed; and what a life held is let go a moment after its end,
/// which must not be taken for something that the next one loses.
void warm_up(const std::function<void()>& life) {
  for (int i = 0; i < 3; ++i) {
    const ProcessSnapshot before = ProcessSnapshot::take();
    life();
    if (leaks_since(before).empty()) return;
  }
}

/// @return  whether the life had so many calls that one failed
bool live_once(const std::function<void()>& life, const Calls& table, int nth) {
  const auto began = std::chrono::steady_clock::now();
  {
    const sys::ReplacedCalls replaced(table);
    calls_left = nth;
    life();
  }
  CHECK(std::chrono::steady_clock::now() - began < soon);
  return calls_left.exchange(0) <= 0;
}

}  // namespace

std::string Fault::name() const {
  return std::string(call) + ": " + (error == 0 ? "one byte" : ::strerrorname_np(error));
}

const std::vector<Fault>& faults() {
  static const std::vector<Fault> all = [] {
    std::vector<Fault> result;
    add_files(result);
    add_files_beneath(result);
    add_sockets_and_terminals(result);
    add_processes(result);
    add_child(result);
    return result;
  }();
  return all;
}

const std::map<std::string, std::string>& infallible_calls() {
  static const std::map<std::string, std::string> all{
      {"timerfd_settime", "its arguments are right and it allocates nothing"},
      {"thread_sigmask", "its arguments are right and it allocates nothing"},
      {"sigpending", "its argument is right"},
      {"geteuid", "it has no errors"},
      {"sysinfo", "its argument is right"},
      {"child_sigaction_default", "SIGKILL and SIGSTOP alone are refused, and that is passed over"},
      {"child_sigmask", "its arguments are right"},
      {"child_getpid", "it has no errors"},
      {"child_getppid", "it has no errors"},
  };
  return all;
}

std::map<std::string, int> sweep(const std::function<void()>& life,
                                 const std::function<void(const Fault&)>& afterwards) {
  std::map<std::string, int> struck;
  warm_up(life);
  const Calls& table_before = sys::calls();
  beneath = &table_before;
  for (const Fault& fault : faults()) {
    INFO(fault.name());
    the_errno = fault.error;
    Calls table = table_before;
    fault.put(table);
    for (int nth = 1; nth <= most_places; ++nth) {
      CAPTURE(nth);
      const ProcessSnapshot before = ProcessSnapshot::take();
      const bool has_struck = live_once(life, table, nth);
      CHECK(leaks_since(before) == "");
      afterwards(fault);
      if (!has_struck) break;
      ++struck[fault.call];
    }
  }
  return struck;
}

void check_error(const Error& error) {
  const std::string message = error.message();
  CAPTURE(message);
  CHECK(error.code != Errc::none);
  CHECK(error.code != Errc::timed_out);
  CHECK_FALSE(message.empty());
  CHECK(message.find('\n') == std::string::npos);
}

}  // namespace crunc::test
