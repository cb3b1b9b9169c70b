// SPDX-License-Identifier: Apache-2.0
// The launcher. What is marked CHILD_CODE runs between clone and exec in the parent's memory: bare system calls only,
// no allocation, no lock, no exception, and nothing of the parent's is written but the ChildContext and
// SpawnRequest::own_pid.

#include "sys/spawn.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/sched.h>

#include "sys/calls.hpp"
#include "sys/pidfd.hpp"
#include "sys/process_ref.hpp"

#define CHILD_CODE __attribute__((no_sanitize("thread", "address", "undefined")))

namespace crunc::sys {
namespace {

constexpr std::size_t stack_size = std::size_t{128} * 1024;

/// The child's stack with a guard page below it; one for each thread that ever spawned.
class ChildStack {
 public:
  ChildStack() noexcept {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    size_ = stack_size + page;
    void* const base = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (base == MAP_FAILED) return;
    base_ = base;
    ::mprotect(base, page, PROT_NONE);
  }
  ~ChildStack() {
    if (base_ != nullptr) ::munmap(base_, size_);
  }
  ChildStack(const ChildStack&) = delete;
  ChildStack& operator=(const ChildStack&) = delete;

  [[nodiscard]] void* top() const noexcept { return base_ == nullptr ? nullptr : static_cast<char*>(base_) + size_; }

 private:
  void* base_ = nullptr;
  std::size_t size_ = 0;
};

struct ChildContext {
  const SpawnRequest& request;
  const Calls& calls;
  sigset_t empty_mask;
  pid_t parent;
  SpawnStage failed_at = SpawnStage::none;
  int error = 0;
};

CHILD_CODE bool reset_signals(const ChildContext& c) noexcept {
  // Handlers are the parent's: exec would reset them, but ignored signals would stay (SIGPIPE, SIGCHLD).
  constexpr int last_signal = 64;
  if (c.request.keep_ignored_signals) return true;
  for (int signo = 1; signo <= last_signal; ++signo) c.calls.child_sigaction_default(signo);  // KILL, STOP: refused
  return true;
}

CHILD_CODE bool is_target(std::span<const FdMapping> fds, int fd) noexcept {
  for (const FdMapping& mapping : fds) {
    if (mapping.to == fd) return true;
  }
  return false;
}

/// Puts each descriptor where it belongs. A source that is some other mapping's target is first lifted out of the way.
CHILD_CODE bool place_descriptors(const ChildContext& c) noexcept {
  const std::span<const FdMapping> fds = c.request.fds;
  int source[SpawnRequest::most_mappings];
  const int above = fds.empty() ? 0 : fds.back().to + 1;
  for (std::size_t i = 0; i < fds.size(); ++i) {
    source[i] = fds[i].from;
    if (fds[i].from != fds[i].to && is_target(fds, fds[i].from)) {
      source[i] = c.calls.child_dup_above(fds[i].from, above);
      if (source[i] < 0) return false;
    }
  }
  for (std::size_t i = 0; i < fds.size(); ++i) {
    const int to = fds[i].to;
    // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): set above, for as many
    if (source[i] == to ? c.calls.child_keep(to) != 0 : c.calls.child_dup_to(source[i], to) < 0) return false;
  }
  return true;
}

CHILD_CODE bool is_among(std::span<const int> numbers, int number) noexcept {
  for (const int each : numbers) {
    if (each == number) return true;
  }
  return false;
}

CHILD_CODE int number_of(const char* digits) noexcept {
  int result = -1;
  for (; *digits >= '0' && *digits <= '9'; ++digits) result = std::max(result, 0) * 10 + (*digits - '0');
  return *digits == '\0' ? result : -1;
}

/// What close_the_rest() does, by way of /proc, one by one.
CHILD_CODE bool close_the_rest_by_listing(const ChildContext& c) noexcept {
  const int directory = c.calls.child_open_directory("/proc/self/fd");
  if (directory < 0) return false;
  constexpr std::size_t name_offset = 19;  // of struct linux_dirent64: inode, offset, length (2 bytes), type (1)
  alignas(8) char buffer[2048];
  for (;;) {
    const long got = c.calls.child_getdents(directory, buffer, sizeof buffer);
    if (got <= 0) return got == 0;  // the directory itself is close-on-exec
    for (long at = 0; at < got;) {
      const char* const entry = buffer + at;
      at += *reinterpret_cast<const unsigned short*>(entry + 16);
      const int fd = number_of(entry + name_offset);
      if (fd < 0 || is_target(c.request.fds, fd) || is_among(c.request.keep, fd)) continue;
      if (c.calls.child_cloexec(fd) != 0) return false;
    }
  }
}

/// Marks every descriptor that is no target close-on-exec: exec closes them, the child's own work is not disturbed.
CHILD_CODE bool close_the_rest(const ChildContext& c) noexcept {
  if (c.request.inherit_fds) return true;
  const std::span<const FdMapping> fds = c.request.fds;
  const std::span<const int> keep = c.request.keep;
  unsigned first = 0;
  for (std::size_t i = 0, j = 0; i < fds.size() || j < keep.size();) {
    const bool mapping_is_next = j == keep.size() || (i < fds.size() && fds[i].to < keep[j]);
    const auto kept = static_cast<unsigned>(mapping_is_next ? fds[i++].to : keep[j++]);
    if (kept > first && c.calls.child_cloexec_range(first, kept - 1) != 0) return close_the_rest_by_listing(c);
    first = std::max(first, kept + 1);
  }
  return c.calls.child_cloexec_range(first, UINT_MAX) == 0 || close_the_rest_by_listing(c);
}

/// Has the kernel end the child with its parent, unless that has gone already: then nobody would.
CHILD_CODE bool die_with_parent(const ChildContext& c) noexcept {
  if (c.request.parent_death_signal == 0) return true;
  if (c.calls.child_parent_death_signal(c.request.parent_death_signal) != 0) return false;
  const pid_t parent = c.calls.child_getppid();
  if (parent == c.parent || parent == 0) return true;  // 0: a parent outside of the child's pid namespace
  errno = ESRCH;
  return false;
}

/// Only the child knows its pid before it is executed.
CHILD_CODE void write_own_pid(const ChildContext& c) noexcept {
  if (c.request.own_pid == nullptr) return;
  char digits[SpawnRequest::longest_pid];
  std::size_t count = 0;
  for (auto rest = static_cast<unsigned>(c.calls.child_getpid()); rest != 0 && count < sizeof digits; rest /= 10) {
    digits[count++] = static_cast<char>('0' + rest % 10);
  }
  char* to = c.request.own_pid;
  while (count > 0) *to++ = digits[--count];
  *to = '\0';
}

CHILD_CODE SpawnStage set_up(ChildContext& c) noexcept {
  const SpawnRequest& request = c.request;
  reset_signals(c);
  if (request.new_process_group && c.calls.child_setpgid() != 0) return SpawnStage::process_group;
  if (!die_with_parent(c)) return SpawnStage::parent_death;
  if (request.directory != nullptr && c.calls.child_chdir(request.directory) != 0) return SpawnStage::directory;
  if (!place_descriptors(c)) return SpawnStage::descriptors;
  if (request.in_child != nullptr) {
    if (const int error = request.in_child(request.in_child_argument); error != 0) {
      errno = error;
      return SpawnStage::initializer;
    }
  }
  if (!close_the_rest(c)) return SpawnStage::descriptors;
  write_own_pid(c);
  c.calls.child_sigmask(request.signal_mask != nullptr ? request.signal_mask : &c.empty_mask);
  c.calls.child_execve(request.executable, const_cast<char* const*>(request.argv),
                       const_cast<char* const*>(request.environment));
  return SpawnStage::exec;
}

CHILD_CODE int child_entry(void* argument) noexcept {
  auto& context = *static_cast<ChildContext*>(argument);
  const SpawnStage stage = set_up(context);
  context.error = errno;
  context.failed_at = stage;
  ::syscall(SYS_exit_group, 127);  // not _exit(), which sanitizers intercept
  __builtin_unreachable();
}

SpawnResult failure(SpawnStage stage, int error) noexcept {
  SpawnResult result;
  result.failed_at = stage;
  result.error = make_error(error);
  return result;
}

}  // namespace

const char* to_string(SpawnStage stage) noexcept {
  switch (stage) {
    case SpawnStage::none: return "nothing";
    case SpawnStage::prepare: return "prepare to start it";
    case SpawnStage::clone: return "create a process";
    case SpawnStage::process_group: return "put it into a process group";
    case SpawnStage::parent_death: return "tie its life to this process";
    case SpawnStage::directory: return "change to its working directory";
    case SpawnStage::descriptors: return "hand on file descriptors";
    case SpawnStage::initializer: return "set it up";
    case SpawnStage::exec: return "execute it";
  }
  return "start it";
}

namespace {

/// Blocks all signals and cancellation of this thread: no handler may run in the child, which shares this memory, and
/// nothing may unwind while it lives.
class Undisturbed {
 public:
  Undisturbed() noexcept {
    sigset_t every_signal;
    sigfillset(&every_signal);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state_);
    calls().thread_sigmask(SIG_SETMASK, &every_signal, &mask_before_);
  }
  ~Undisturbed() {
    calls().thread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
    pthread_setcancelstate(cancel_state_, nullptr);
  }
  Undisturbed(const Undisturbed&) = delete;
  Undisturbed& operator=(const Undisturbed&) = delete;

 private:
  sigset_t mask_before_{};
  int cancel_state_ = 0;
};

struct Cloned {
  int pid;
  int error;
  int pidfd = -1;
};

Cloned clone_child(void* stack_top, ChildContext& context) noexcept {
  constexpr int flags = CLONE_VM | CLONE_VFORK | SIGCHLD;
  const Undisturbed undisturbed;
  int pidfd = -1;
  int pid = calls().clone(child_entry, stack_top, flags | CLONE_PIDFD, &context, &pidfd);
  if (pid < 0 && (errno == EINVAL || errno == ENOSYS || errno == EPERM)) {
    pid = calls().clone(child_entry, stack_top, flags, &context, nullptr);  // the flag may be what is refused
    pidfd = -1;
  }
  return {pid, errno, pidfd};
}

}  // namespace

SpawnResult spawn(const SpawnRequest& request) noexcept {
  if (request.fds.size() > SpawnRequest::most_mappings) return failure(SpawnStage::prepare, E2BIG);
  static thread_local const ChildStack stack;
  if (stack.top() == nullptr) return failure(SpawnStage::prepare, ENOMEM);
  ChildContext context{.request = request, .calls = calls(), .empty_mask = {}, .parent = ::getpid()};
  sigemptyset(&context.empty_mask);

  const Cloned child = clone_child(stack.top(), context);
  if (child.pid < 0) return failure(SpawnStage::clone, child.error);
  SpawnResult result;
  result.pidfd = Fd(child.pidfd);
  if (context.failed_at != SpawnStage::none) {
    ProcessRef::of_child(child.pid, std::move(result.pidfd)).reap();
    return failure(context.failed_at, context.error);
  }
  result.pid = child.pid;
  if (!result.pidfd) {
    if (SysResult<Fd> opened = open_pidfd(child.pid)) result.pidfd = std::move(*opened);
  }
  return result;
}

}  // namespace crunc::sys
