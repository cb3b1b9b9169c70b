// SPDX-License-Identifier: Apache-2.0
//
// Runs a device program as the kernel would, and refuses what its verifier would.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <stdexcept>

#include <crunc/cgroups/devices.hpp>

#include <linux/bpf.h>

namespace crunc::test {

/// What a process asks for.
struct DeviceRequest {
  std::uint16_t type = 0;    ///< 1 block, 2 character
  std::uint16_t access = 0;  ///< 1 mknod, 2 read, 4 write
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
};

/// Whether the program allows it.
[[nodiscard]] inline bool run(const cgroups::DeviceProgram& program, const DeviceRequest& request) {
  const std::array<std::uint32_t, 3> context{(std::uint32_t{request.access} << 16) | request.type, request.major,
                                             request.minor};
  std::array<std::uint64_t, 11> reg{};
  for (std::size_t at = 0; at < program.instructions.size(); ++at) {
    const auto& [code, dst, src, offset, immediate] = program.instructions[at];
    const auto value = static_cast<std::uint64_t>(static_cast<std::int64_t>(immediate));
    switch (code) {
      case BPF_LDX | BPF_MEM | BPF_W:
        if (src != 1 || offset < 0 || offset > 8) throw std::runtime_error("a load of something else");
        reg[dst] = context[static_cast<std::size_t>(offset) / 4];
        break;
      case BPF_ALU | BPF_AND | BPF_K: reg[dst] = static_cast<std::uint32_t>(reg[dst] & value); break;
      case BPF_ALU | BPF_RSH | BPF_K: reg[dst] = static_cast<std::uint32_t>(reg[dst]) >> value; break;
      case BPF_ALU | BPF_MOV | BPF_X: reg[dst] = static_cast<std::uint32_t>(reg[src]); break;
      case BPF_ALU64 | BPF_MOV | BPF_K: reg[dst] = value; break;
      case BPF_JMP | BPF_JNE | BPF_K:
        if (offset <= 0) throw std::runtime_error("a jump that goes back or nowhere");
        if (reg[dst] != value) at += static_cast<std::size_t>(offset);
        break;
      case BPF_JMP | BPF_JNE | BPF_X:
        if (offset <= 0) throw std::runtime_error("a jump that goes back or nowhere");
        if (reg[dst] != reg[src]) at += static_cast<std::size_t>(offset);
        break;
      case BPF_JMP | BPF_EXIT: return reg[0] != 0;
      default: throw std::runtime_error("an instruction that is not expected");
    }
  }
  throw std::runtime_error("the program runs beyond its end");
}

}  // namespace crunc::test
