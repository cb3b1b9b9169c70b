// SPDX-License-Identifier: Apache-2.0
// The kernel behind the table of system calls. The only file that calls it; the child's half uses bare system calls,
// because between clone and exec it runs in the parent's memory, where sanitizers' and libc's wrappers keep state.

#include "sys/calls.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <linux/close_range.h>
#include <linux/openat2.h>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CRUNC_UNDER_TSAN 1
#endif
#elif defined(__SANITIZE_THREAD__)
#define CRUNC_UNDER_TSAN 1
#endif

#if defined(CRUNC_UNDER_TSAN)
// TSan's interceptor takes every clone() for a fork() and would mark this process as forked; glibc exports the same
// function under this name.
extern "C" int __clone(int (*)(void*), void*, int, void*, ...);  // NOLINT(bugprone-reserved-identifier)
#endif

#define CRUNC_CHILD __attribute__((no_sanitize("thread", "address", "undefined")))

namespace crunc::sys {
namespace {

int kernel_clone(int (*entry)(void*), void* stack_top, int flags, void* argument, int* pidfd) {
#if defined(CRUNC_UNDER_TSAN)
  return ::__clone(entry, stack_top, flags, argument, pidfd);
#else
  return ::clone(entry, stack_top, flags, argument, pidfd);
#endif
}

int kernel_memfd_create(const char* name, unsigned flags) { return ::memfd_create(name, flags); }
int kernel_eventfd(unsigned initial, int flags) { return ::eventfd(initial, flags); }

int kernel_waitid(int id_type, unsigned id, siginfo_t* info, int options, rusage* usage) {
  // Not libc's waitid: it drops the resource usage.
  return static_cast<int>(::syscall(SYS_waitid, id_type, id, info, options, usage));
}

int kernel_openat2(int dirfd, const char* path, const open_how* how, size_t size) {
  return static_cast<int>(::syscall(SYS_openat2, dirfd, path, how, size));
}

int kernel_pidfd_open(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

int kernel_pidfd_send_signal(int pidfd, int signo) {
  return static_cast<int>(::syscall(SYS_pidfd_send_signal, pidfd, signo, nullptr, 0));
}

int kernel_sigmask(int how, const sigset_t* set, sigset_t* old) { return ::pthread_sigmask(how, set, old); }

// The kernel's signal set is 64 bits; libc's is larger and begins with them.
constexpr size_t kernel_sigset_size = 8;

CRUNC_CHILD int child_sigaction_default(int signo) {
  // All zero is SIG_DFL, no flags, empty mask in every architecture's layout of the kernel's struct sigaction.
  const unsigned long zero[16] = {};
  return static_cast<int>(::syscall(SYS_rt_sigaction, signo, zero, nullptr, kernel_sigset_size));
}
CRUNC_CHILD int child_sigmask(const sigset_t* set) {
  return static_cast<int>(::syscall(SYS_rt_sigprocmask, SIG_SETMASK, set, nullptr, kernel_sigset_size));
}
CRUNC_CHILD int child_setpgid() { return static_cast<int>(::syscall(SYS_setpgid, 0, 0)); }
CRUNC_CHILD int child_parent_death_signal(int signo) {
  return static_cast<int>(::syscall(SYS_prctl, PR_SET_PDEATHSIG, signo, 0, 0, 0));
}
CRUNC_CHILD pid_t child_getpid() { return static_cast<pid_t>(::syscall(SYS_getpid)); }
CRUNC_CHILD pid_t child_getppid() { return static_cast<pid_t>(::syscall(SYS_getppid)); }
CRUNC_CHILD int child_chdir(const char* path) { return static_cast<int>(::syscall(SYS_chdir, path)); }
CRUNC_CHILD int child_dup_above(int fd, int lowest) {
  return static_cast<int>(::syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, lowest));
}
CRUNC_CHILD int child_dup_to(int from, int to) { return static_cast<int>(::syscall(SYS_dup3, from, to, 0)); }
CRUNC_CHILD int child_keep(int fd) { return static_cast<int>(::syscall(SYS_fcntl, fd, F_SETFD, 0)); }
CRUNC_CHILD int child_cloexec(int fd) { return static_cast<int>(::syscall(SYS_fcntl, fd, F_SETFD, FD_CLOEXEC)); }
CRUNC_CHILD int child_open_directory(const char* path) {
  return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0));
}
CRUNC_CHILD long child_getdents(int fd, void* buffer, size_t size) {
  return ::syscall(SYS_getdents64, fd, buffer, size);
}
CRUNC_CHILD int child_cloexec_range(unsigned first, unsigned last) {
  return static_cast<int>(::syscall(SYS_close_range, first, last, CLOSE_RANGE_CLOEXEC));
}
CRUNC_CHILD int child_execve(const char* path, char* const argv[], char* const envp[]) {
  return static_cast<int>(::syscall(SYS_execve, path, argv, envp));
}

constexpr Calls kernel{
    .open = [](const char* path, int flags, mode_t mode) { return ::open(path, flags, mode); },
    .close = ::close,
    .read = ::read,
    .pread = ::pread,
    .lseek = ::lseek,
    .write = ::write,
    .pwrite = ::pwrite,
    .pipe2 = ::pipe2,
    .eventfd = kernel_eventfd,
    .timerfd_create = [](int clock, int flags) { return ::timerfd_create(clock, flags); },
    .timerfd_settime = [](int fd, int flags, const itimerspec* value,
                          itimerspec* old) { return ::timerfd_settime(fd, flags, value, old); },
    .epoll_create1 = ::epoll_create1,
    .epoll_ctl = ::epoll_ctl,
    .signalfd = ::signalfd,
    .memfd_create = kernel_memfd_create,
    .fcntl = [](int fd, int command, long argument) { return ::fcntl(fd, command, argument); },
    .ioctl = [](int fd, unsigned long request, void* argument) { return ::ioctl(fd, request, argument); },
    .poll = [](pollfd* fds, nfds_t count, const timespec* timeout) { return ::ppoll(fds, count, timeout, nullptr); },
    .access = [](const char* path, int mode) { return ::faccessat(AT_FDCWD, path, mode, AT_EACCESS); },
    .readlink = ::readlink,
    .stat = [](const char* path, struct stat* out) { return ::stat(path, out); },
    .fstat = [](int fd, struct stat* out) { return ::fstat(fd, out); },
    .fchmod = ::fchmod,
    .mkdtemp = ::mkdtemp,
    .rename = ::rename,
    .unlink = ::unlink,
    .rmdir = ::rmdir,
    .fchown = ::fchown,
    .statfs = [](const char* path, struct statfs* out) { return ::statfs(path, out); },
    .openat = [](int dirfd, const char* path, int flags, mode_t mode) { return ::openat(dirfd, path, flags, mode); },
    .openat2 = kernel_openat2,
    .mkdirat = ::mkdirat,
    .unlinkat = ::unlinkat,
    .fchownat = ::fchownat,
    .fstatfs = [](int fd, struct statfs* out) { return ::fstatfs(fd, out); },
    .getdents64 = [](int fd, void* entries, size_t size) { return ::getdents64(fd, entries, size); },
    .socket = [](int domain, int type, int protocol) { return ::socket(domain, type, protocol); },
    .bind = [](int fd, const sockaddr* address, unsigned size) { return ::bind(fd, address, size); },
    .listen = [](int fd, int backlog) { return ::listen(fd, backlog); },
    .accept4 = [](int fd, sockaddr* address, unsigned* size, int flags) { return ::accept4(fd, address, size, flags); },
    .getsockopt = [](int fd, int level, int name, void* value,
                     unsigned* size) { return ::getsockopt(fd, level, name, value, size); },
    .setsockopt = [](int fd, int level, int name, const void* value,
                     unsigned size) { return ::setsockopt(fd, level, name, value, size); },
    .recvmsg = ::recvmsg,
    .tcgetattr = [](int fd, termios* out) { return ::tcgetattr(fd, out); },
    .tcsetattr = [](int fd, int when, const termios* mode) { return ::tcsetattr(fd, when, mode); },
    .clone = kernel_clone,
    .waitid = kernel_waitid,
    .pidfd_open = kernel_pidfd_open,
    .pidfd_send_signal = kernel_pidfd_send_signal,
    .kill = ::kill,
    .prctl = [](int option, unsigned long argument) { return ::prctl(option, argument, 0, 0, 0); },
    .thread_sigmask = kernel_sigmask,
    .sigpending = [](sigset_t* out) { return ::sigpending(out); },
    .sigtimedwait = ::sigtimedwait,
    .geteuid = [] { return ::geteuid(); },
    .sysinfo = [](struct sysinfo* out) { return ::sysinfo(out); },
    .prlimit = [](int resource, const rlimit* limit,
                  rlimit* old) { return ::prlimit(0, static_cast<__rlimit_resource>(resource), limit, old); },
    .bpf = [](int command, void* attributes,
              unsigned size) { return static_cast<int>(::syscall(SYS_bpf, command, attributes, size)); },
    .child_sigaction_default = child_sigaction_default,
    .child_sigmask = child_sigmask,
    .child_setpgid = child_setpgid,
    .child_parent_death_signal = child_parent_death_signal,
    .child_getpid = child_getpid,
    .child_getppid = child_getppid,
    .child_chdir = child_chdir,
    .child_dup_above = child_dup_above,
    .child_dup_to = child_dup_to,
    .child_keep = child_keep,
    .child_cloexec = child_cloexec,
    .child_open_directory = child_open_directory,
    .child_getdents = child_getdents,
    .child_cloexec_range = child_cloexec_range,
    .child_execve = child_execve,
};

constinit std::atomic<const Calls*> in_force{&kernel};

}  // namespace

const Calls& calls() noexcept { return *in_force.load(std::memory_order_acquire); }
const Calls& kernel_calls() noexcept { return kernel; }

ReplacedCalls::ReplacedCalls(const Calls& table) noexcept
    : previous_(in_force.exchange(&table, std::memory_order_acq_rel)) {}
ReplacedCalls::~ReplacedCalls() { in_force.store(previous_, std::memory_order_release); }

}  // namespace crunc::sys
