// SPDX-License-Identifier: Apache-2.0
// Finding of containers that run.

#include "view/running.hpp"

#include <poll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <stdexcept>

namespace crunc::cli {
namespace {

using cgroups::Cgroup;
using cgroups::CgroupPaths;
using cgroups::Hierarchy;

constexpr std::chrono::seconds longest_call{30};

/// What a failed call means to whoever typed the verb.
[[noreturn]] void refuse(const std::string& verb, const Error& error, const Deadline& deadline) {
  if (error.code == Errc::timed_out && deadline.is_over()) throw TimeIsOver{};
  if (error.code == Errc::container_not_found)
    throw std::runtime_error(verb + " " + error.container + ": container not found; see `crunc list`");
  const bool missing = error.code == Errc::runtime_not_found;
  throw std::runtime_error(verb + ": " + error.message() +
                           (missing ? "; install runc or crun, or name a runtime by --runtime" : ""));
}

}  // namespace

bool Running::has_ended() const {
  pollfd polled{pidfd.fd(), POLLIN, 0};
  return !pidfd || ::poll(&polled, 1, 0) > 0;
}

Finder::Finder(const Runc& runc) : runc_(runc), hierarchy_(Hierarchy::system()) {
  if (!hierarchy_) return;
  if (const Result<Cgroup> own = Cgroup::load(*hierarchy_, 0)) own_paths_ = own->paths();
}

Running Finder::find(const std::string& verb, const std::string& id, const Deadline& deadline) const {
  const Result<Container> container = runc_.state(id, {.timeout = deadline.left(longest_call)});
  if (!container) refuse(verb, container.error(), deadline);
  Running running = open(id, container->pid);
  if (running.has_ended()) throw std::runtime_error(verb + " " + id + ": the container does not run");
  return running;
}

std::vector<Container> Finder::list(const std::string& verb, const Deadline& deadline) const {
  Result<std::vector<Container>> all = runc_.list({.timeout = deadline.left(longest_call)});
  if (!all) refuse(verb, all.error(), deadline);
  std::erase_if(*all, [](const Container& each) {
    return each.pid <= 0 || (each.status != Status::running && each.status != Status::paused);
  });
  return std::move(*all);
}

Running Finder::open(const std::string& id, pid_t pid) const {
  Running running{.id = id, .pid = pid};
  if (pid <= 0) return running;
  running.pidfd = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!running.pidfd || !hierarchy_) return running;
  if (Result<Cgroup> cgroup = Cgroup::load(*hierarchy_, pid); cgroup && cgroup->paths() != own_paths_)
    running.cgroup = std::make_shared<const Cgroup>(std::move(*cgroup));
  return running;
}

void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
}

}  // namespace crunc::cli
