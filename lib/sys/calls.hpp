// SPDX-License-Identifier: Apache-2.0
// The one table of system calls. Whatever the library asks of the kernel goes through it, so that a test can make each
// call fail in turn, and so that a reader sees in one place what is asked.
#pragma once

#include <csignal>
#include <ctime>

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/vfs.h>

struct epoll_event;
struct msghdr;
struct open_how;
struct rlimit;
struct rusage;
struct sockaddr;
struct sysinfo;
struct termios;

namespace crunc::sys {

/// Each member has the meaning, result and errno of the call it is named after.
struct Calls {
  // Files and descriptors
  int (*open)(const char* path, int flags, mode_t mode);
  int (*close)(int fd);
  ssize_t (*read)(int fd, void* buffer, size_t size);
  ssize_t (*pread)(int fd, void* buffer, size_t size, off_t offset);
  off_t (*lseek)(int fd, off_t offset, int whence);
  ssize_t (*write)(int fd, const void* buffer, size_t size);
  ssize_t (*pwrite)(int fd, const void* buffer, size_t size, off_t offset);
  int (*pipe2)(int fds[2], int flags);
  int (*eventfd)(unsigned initial, int flags);
  int (*timerfd_create)(int clock, int flags);
  int (*timerfd_settime)(int fd, int flags, const itimerspec* value, itimerspec* old);
  int (*epoll_create1)(int flags);
  int (*epoll_ctl)(int epoll, int operation, int fd, epoll_event* event);
  int (*signalfd)(int fd, const sigset_t* mask, int flags);
  int (*memfd_create)(const char* name, unsigned flags);
  int (*fcntl)(int fd, int command, long argument);
  int (*ioctl)(int fd, unsigned long request, void* argument);
  int (*poll)(pollfd* fds, nfds_t count, const timespec* timeout);
  int (*access)(const char* path, int mode);  ///< with the effective ids (AT_EACCESS)
  ssize_t (*readlink)(const char* path, char* buffer, size_t size);
  int (*stat)(const char* path, struct stat* out);
  int (*fstat)(int fd, struct stat* out);
  int (*fchmod)(int fd, mode_t mode);
  char* (*mkdtemp)(char* pattern);
  int (*rename)(const char* from, const char* to);
  int (*unlink)(const char* path);
  int (*rmdir)(const char* path);
  int (*fchown)(int fd, uid_t uid, gid_t gid);
  int (*statfs)(const char* path, struct statfs* out);

  // Files beneath a directory that is held
  int (*openat)(int dirfd, const char* path, int flags, mode_t mode);
  int (*openat2)(int dirfd, const char* path, const open_how* how, size_t size);
  int (*mkdirat)(int dirfd, const char* path, mode_t mode);
  int (*unlinkat)(int dirfd, const char* path, int flags);
  int (*fchownat)(int dirfd, const char* path, uid_t uid, gid_t gid, int flags);
  int (*fstatfs)(int fd, struct statfs* out);
  ssize_t (*getdents64)(int fd, void* entries, size_t size);

  // Sockets and terminals
  int (*socket)(int domain, int type, int protocol);
  int (*bind)(int fd, const sockaddr* address, unsigned size);
  int (*listen)(int fd, int backlog);
  int (*accept4)(int fd, sockaddr* address, unsigned* size, int flags);
  int (*getsockopt)(int fd, int level, int name, void* value, unsigned* size);
  int (*setsockopt)(int fd, int level, int name, const void* value, unsigned size);
  ssize_t (*recvmsg)(int fd, msghdr* message, int flags);
  int (*tcgetattr)(int fd, termios* out);
  int (*tcsetattr)(int fd, int when, const termios* mode);

  // Processes, from the parent
  int (*clone)(int (*entry)(void*), void* stack_top, int flags, void* argument, int* pidfd);
  int (*waitid)(int id_type, unsigned id, siginfo_t* info, int options, rusage* usage);
  int (*pidfd_open)(pid_t pid);  ///< close-on-exec, as every pidfd
  int (*pidfd_send_signal)(int pidfd, int signo);
  int (*kill)(pid_t pid, int signo);
  int (*prctl)(int option, unsigned long argument);
  int (*thread_sigmask)(int how, const sigset_t* set,
                        sigset_t* old);  ///< returns the error number, as pthread_sigmask does
  int (*sigpending)(sigset_t* out);
  int (*sigtimedwait)(const sigset_t* set, siginfo_t* info, const timespec* timeout);
  uid_t (*geteuid)();
  int (*sysinfo)(struct sysinfo* out);

  // Limits of this process, and BPF
  int (*prlimit)(int resource, const rlimit* limit, rlimit* old);
  int (*bpf)(int command, void* attributes, unsigned size);

  // In the child, between clone and exec: they share the parent's memory, so these are bare system calls
  int (*child_sigaction_default)(int signo);
  int (*child_sigmask)(const sigset_t* set);
  int (*child_setpgid)();
  int (*child_parent_death_signal)(int signo);  ///< PR_SET_PDEATHSIG
  pid_t (*child_getpid)();
  pid_t (*child_getppid)();
  int (*child_chdir)(const char* path);
  int (*child_dup_above)(int fd, int lowest);  ///< F_DUPFD_CLOEXEC
  int (*child_dup_to)(int from, int to);       ///< dup3 without O_CLOEXEC; from != to
  int (*child_keep)(int fd);                   ///< clears FD_CLOEXEC
  int (*child_cloexec)(int fd);                ///< sets it
  int (*child_open_directory)(const char* path);
  long (*child_getdents)(int fd, void* buffer, size_t size);  ///< as getdents64(2)
  int (*child_cloexec_range)(unsigned first, unsigned last);
  int (*child_execve)(const char* path, char* const argv[], char* const envp[]);
};

/// The table in force.
[[nodiscard]] const Calls& calls() noexcept;

/// The kernel's own, to fall through to from a replacement.
[[nodiscard]] const Calls& kernel_calls() noexcept;

/// Puts another table in force for its lifetime, in the whole process. For tests; one at a time.
class ReplacedCalls {
 public:
  explicit ReplacedCalls(const Calls& table) noexcept;
  explicit ReplacedCalls(Calls&& table) = delete;  // it is borrowed
  ~ReplacedCalls();
  ReplacedCalls(const ReplacedCalls&) = delete;
  ReplacedCalls& operator=(const ReplacedCalls&) = delete;

 private:
  const Calls* previous_;
};

}  // namespace crunc::sys
