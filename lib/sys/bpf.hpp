// SPDX-License-Identifier: Apache-2.0
// The BPF programs that decide about devices of a cgroup: loaded, attached, looked at. No libbpf: these are five
// commands of bpf(2).
#pragma once

#include <cstdint>
#include <span>
#include <system_error>
#include <vector>

#include "sys/fd.hpp"

struct bpf_insn;

namespace crunc::sys {

struct AttachedPrograms {
  std::vector<std::uint32_t> ids{};
  std::uint32_t flags = 0;  ///< with which they were attached: BPF_F_ALLOW_MULTI, BPF_F_ALLOW_OVERRIDE
};

/// The device programs of this cgroup itself.
[[nodiscard]] SysResult<AttachedPrograms> query_device_programs(int cgroup_fd);

/// Load a device program. On kernels before 5.11, which count it as locked memory, that limit is raised for a moment.
[[nodiscard]] SysResult<Fd> load_device_program(std::span<const bpf_insn> code);

/// Attach a program in the place of all that are attached and may be opened. The new one is there before an old one
/// goes; one alone is replaced at once (Linux 5.6).
[[nodiscard]] std::error_code replace_device_program(int cgroup_fd, std::span<const bpf_insn> code);

}  // namespace crunc::sys
