// SPDX-License-Identifier: Apache-2.0
// The launcher. What is marked CHILD_CODE runs between clone and exec in the parent's memory: bare system calls only,
// no allocation, no lock, no exception, and nothing of the parent's is written but the ChildContext.

#include "sys/spawn.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/sched.h>

#include "sys/calls.hpp"
#include "sys/pidfd.hpp"

#define CHILD_CODE __attribute__((no_sanitize("thread", "address", "undefined")))

namespace crunc::sys {
namespace {

constexpr std::size_t stack_size = 128 * 1024;

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
    if (source[i] == to ? c.calls.child_keep(to) != 0 : c.calls.child_dup_to(source[i], to) < 0) return false;
  }
  return true;
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
    if (kept > first && c.calls.child_cloexec_range(first, kept - 1) != 0) return false;
    first = std::max(first, kept + 1);
  }
  return c.calls.child_cloexec_range(first, UINT_MAX) == 0;
}

CHILD_CODE SpawnStage set_up(ChildContext& c) noexcept {
  const SpawnRequest& request = c.request;
  reset_signals(c);
  if (request.new_process_group && c.calls.child_setpgid() != 0) return SpawnStage::process_group;
  if (request.directory != nullptr && c.calls.child_chdir(request.directory) != 0) return SpawnStage::directory;
  if (!place_descriptors(c)) return SpawnStage::descriptors;
  if (request.in_child != nullptr) {
    if (const int error = request.in_child(request.in_child_argument); error != 0) {
      errno = error;
      return SpawnStage::initializer;
    }
  }
  if (!close_the_rest(c)) return SpawnStage::descriptors;
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
  ::_exit(127);
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
    case SpawnStage::directory: return "change to its working directory";
    case SpawnStage::descriptors: return "hand on file descriptors";
    case SpawnStage::initializer: return "set it up";
    case SpawnStage::exec: return "execute it";
  }
  return "start it";
}

SpawnResult spawn(const SpawnRequest& request) noexcept {
  if (request.fds.size() > SpawnRequest::most_mappings) return failure(SpawnStage::prepare, E2BIG);
  static thread_local const ChildStack stack;
  if (stack.top() == nullptr) return failure(SpawnStage::prepare, ENOMEM);

  ChildContext context{.request = request, .calls = calls(), .empty_mask = {}};
  sigemptyset(&context.empty_mask);
  // No signal may be handled in the child, which shares this memory, and no cancellation may unwind while it lives.
  sigset_t every_signal;
  sigset_t mask_before;
  int cancel_state = 0;
  sigfillset(&every_signal);
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
  calls().thread_sigmask(SIG_SETMASK, &every_signal, &mask_before);
  int pidfd = -1;
  const int pid =
      calls().clone(child_entry, stack.top(), CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &context, &pidfd);
  const int clone_error = errno;
  calls().thread_sigmask(SIG_SETMASK, &mask_before, nullptr);
  pthread_setcancelstate(cancel_state, nullptr);

  if (pid < 0) return failure(SpawnStage::clone, clone_error);
  SpawnResult result;
  result.pidfd = Fd(pidfd);
  if (context.failed_at != SpawnStage::none) {
    reap(pidfd);
    result.pidfd.reset();
    result.failed_at = context.failed_at;
    result.error = make_error(context.error);
    return result;
  }
  result.pid = pid;
  return result;
}

}  // namespace crunc::sys
