// SPDX-License-Identifier: Apache-2.0
// bpf(2) for device programs.

#include "sys/bpf.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "sys/calls.hpp"

#include <linux/bpf.h>
#include <sys/resource.h>

namespace crunc::sys {
namespace {

/// All bytes zero, which `{}` promises for the first member of a union only; the kernel looks at every one.
bpf_attr no_attributes() noexcept {
  bpf_attr attributes;
  std::memset(&attributes, 0, sizeof attributes);
  return attributes;
}

int call(int command, bpf_attr& attributes) { return calls().bpf(command, &attributes, sizeof attributes); }

int load_once(std::span<const bpf_insn> code) {
  static constexpr char license[] = "Apache";  // no helper is called that asks for GPL
  bpf_attr attributes = no_attributes();
  attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  attributes.insns = reinterpret_cast<std::uintptr_t>(code.data());
  attributes.insn_cnt = static_cast<std::uint32_t>(code.size());
  attributes.license = reinterpret_cast<std::uintptr_t>(license);
  return call(BPF_PROG_LOAD, attributes);
}

/// Lets this process lock as much memory as it may, for a lifetime.
class MoreLockedMemory {
 public:
  MoreLockedMemory() noexcept {
    if (calls().prlimit(RLIMIT_MEMLOCK, nullptr, &before_) != 0) return;
    const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
    const rlimit allowed{before_.rlim_max, before_.rlim_max};
    // Above the hard limit goes with CAP_SYS_RESOURCE only.
    raised_ = calls().prlimit(RLIMIT_MEMLOCK, &unlimited, nullptr) == 0 ||
              calls().prlimit(RLIMIT_MEMLOCK, &allowed, nullptr) == 0;
  }
  ~MoreLockedMemory() {
    if (raised_) (void)calls().prlimit(RLIMIT_MEMLOCK, &before_, nullptr);
  }
  MoreLockedMemory(const MoreLockedMemory&) = delete;
  MoreLockedMemory& operator=(const MoreLockedMemory&) = delete;

 private:
  rlimit before_{};
  bool raised_ = false;
};

/// A program by its id. No descriptor and no error: it may not be opened, or is gone.
SysResult<Fd> open_if_allowed(std::uint32_t id) {
  bpf_attr attributes = no_attributes();
  attributes.prog_id = id;
  const int fd = call(BPF_PROG_GET_FD_BY_ID, attributes);
  if (fd >= 0) return Fd(fd);
  if (errno == EPERM || errno == EACCES || errno == ENOENT) return Fd();
  return last_error();
}

SysResult<std::vector<Fd>> open_those_allowed(const std::vector<std::uint32_t>& ids) {
  std::vector<Fd> opened;
  for (const std::uint32_t id : ids) {
    SysResult<Fd> program = open_if_allowed(id);
    if (!program) return program.error();
    if (*program) opened.push_back(std::move(*program));
  }
  return opened;
}

std::error_code attach_program(int cgroup_fd, const Fd& program, std::uint32_t flags, const Fd* replaced = nullptr) {
  bpf_attr attributes = no_attributes();
  attributes.target_fd = static_cast<std::uint32_t>(cgroup_fd);
  attributes.attach_bpf_fd = static_cast<std::uint32_t>(program.get());
  attributes.attach_type = BPF_CGROUP_DEVICE;
  attributes.attach_flags = flags;
  if (replaced != nullptr) {
    attributes.attach_flags |= BPF_F_REPLACE;
    attributes.replace_bpf_fd = static_cast<std::uint32_t>(replaced->get());
  }
  return call(BPF_PROG_ATTACH, attributes) == 0 ? std::error_code() : last_error();
}

std::error_code detach_program(int cgroup_fd, const Fd& program) {
  bpf_attr attributes = no_attributes();
  attributes.target_fd = static_cast<std::uint32_t>(cgroup_fd);
  attributes.attach_bpf_fd = static_cast<std::uint32_t>(program.get());
  attributes.attach_type = BPF_CGROUP_DEVICE;
  if (call(BPF_PROG_DETACH, attributes) == 0 || errno == ENOENT) return {};
  return last_error();
}

}  // namespace

SysResult<AttachedPrograms> query_device_programs(int cgroup_fd) {
  // The kernel holds at most 64 programs for each cgroup.
  AttachedPrograms programs{.ids = std::vector<std::uint32_t>(64)};
  bpf_attr attributes = no_attributes();
  attributes.query.target_fd = static_cast<std::uint32_t>(cgroup_fd);
  attributes.query.attach_type = BPF_CGROUP_DEVICE;
  attributes.query.prog_ids = reinterpret_cast<std::uintptr_t>(programs.ids.data());
  attributes.query.prog_cnt = static_cast<std::uint32_t>(programs.ids.size());
  if (call(BPF_PROG_QUERY, attributes) != 0) return last_error();
  programs.ids.resize(std::min<std::size_t>(attributes.query.prog_cnt, programs.ids.size()));
  programs.flags = attributes.query.attach_flags;
  return programs;
}

SysResult<Fd> load_device_program(std::span<const bpf_insn> code) {
  int fd = load_once(code);
  if (fd < 0 && errno == EPERM) {
    const MoreLockedMemory raised;
    fd = load_once(code);
    if (fd < 0) return last_error();
  }
  if (fd < 0) return last_error();
  return Fd(fd);
}

std::error_code replace_device_program(int cgroup_fd, std::span<const bpf_insn> code) {
  const SysResult<AttachedPrograms> attached = query_device_programs(cgroup_fd);
  // EINVAL: the kernel was built without programs of cgroups.
  if (!attached && attached.error() == std::errc::invalid_argument) return make_error(ENOSYS);
  if (!attached) return attached.error();
  const SysResult<std::vector<Fd>> old = open_those_allowed(attached->ids);
  if (!old) return old.error();
  const SysResult<Fd> program = load_device_program(code);
  if (!program) return program.error();
  const bool several = attached->ids.empty() || (attached->flags & BPF_F_ALLOW_MULTI) != 0;
  // One that was attached as the only one is replaced by another that is; the flags must be the same.
  if (!several) return attach_program(cgroup_fd, *program, attached->flags);
  if (old->size() == 1) {
    const std::error_code failure = attach_program(cgroup_fd, *program, BPF_F_ALLOW_MULTI, &old->front());
    // EINVAL: the kernel is older than 5.6. ENOENT: somebody detached it.
    if (failure != std::errc::invalid_argument && failure != std::errc::no_such_file_or_directory) return failure;
  }
  if (const std::error_code failure = attach_program(cgroup_fd, *program, BPF_F_ALLOW_MULTI)) return failure;
  for (const Fd& one : *old) {
    if (const std::error_code failure = detach_program(cgroup_fd, one)) return failure;
  }
  return {};
}

}  // namespace crunc::sys
