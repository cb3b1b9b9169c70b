// SPDX-License-Identifier: Apache-2.0
// Rules of devices as a BPF program, and its way to a cgroup.

#include <crunc/cgroups/devices.hpp>

#include "sys/bpf.hpp"

#include <linux/bpf.h>

namespace crunc::cgroups {
namespace {

using Instruction = DeviceProgram::Instruction;

// What the registers hold: r1 the context, and scratch; these once they are loaded.
constexpr std::uint8_t scratch = BPF_REG_1;
constexpr std::uint8_t type = BPF_REG_2;
constexpr std::uint8_t access = BPF_REG_3;
constexpr std::uint8_t major = BPF_REG_4;
constexpr std::uint8_t minor = BPF_REG_5;

Instruction load(std::uint8_t to, std::int16_t offset) {
  return {.code = BPF_LDX | BPF_MEM | BPF_W, .dst = to, .src = BPF_REG_1, .offset = offset};
}
Instruction reckon(std::uint8_t operation, std::uint8_t on, std::int32_t with) {
  return {.code = static_cast<std::uint8_t>(BPF_ALU | operation | BPF_K), .dst = on, .immediate = with};
}
Instruction copy(std::uint8_t to, std::uint8_t from) {
  return {.code = BPF_ALU | BPF_MOV | BPF_X, .dst = to, .src = from};
}
Instruction unless_equal(std::uint8_t what, std::int32_t value) {
  return {.code = BPF_JMP | BPF_JNE | BPF_K, .dst = what, .immediate = value};
}
Instruction unless_same(std::uint8_t what, std::uint8_t other) {
  return {.code = BPF_JMP | BPF_JNE | BPF_X, .dst = what, .src = other};
}

void add_end(std::vector<Instruction>& block, bool allow) {
  block.push_back({.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst = BPF_REG_0, .immediate = allow ? 1 : 0});
  block.push_back({.code = BPF_JMP | BPF_EXIT});
}

/// The tests of one rule, each of which jumps behind the end of them when it fails, and its answer.
std::vector<Instruction> block_of(const DeviceRule& rule) {
  std::vector<Instruction> block;
  if (rule.type) block.push_back(unless_equal(type, static_cast<std::int32_t>(*rule.type)));
  if (rule.access != DeviceAccess::all) {
    // All that is asked for must be in the rule, not only some of it.
    block.push_back(copy(scratch, access));
    block.push_back(reckon(BPF_AND, scratch, rule.access));
    block.push_back(unless_same(scratch, access));
  }
  if (rule.major) block.push_back(unless_equal(major, static_cast<std::int32_t>(*rule.major)));
  if (rule.minor) block.push_back(unless_equal(minor, static_cast<std::int32_t>(*rule.minor)));
  add_end(block, rule.allow);
  for (std::size_t i = 0; i < block.size(); ++i) {
    const std::uint8_t code = block[i].code;
    if ((code & 0xf0) == BPF_JNE && (code & 0x07) == BPF_JMP) {
      block[i].offset = static_cast<std::int16_t>(block.size() - i - 1);
    }
  }
  return block;
}

}  // namespace

DeviceProgram make_device_program(const std::vector<DeviceRule>& rules) {
  // @source linux/bpf.h struct bpf_cgroup_dev_ctx: the type is the lower half of the first word, the access the upper
  DeviceProgram program{.instructions = {load(type, 0), reckon(BPF_AND, type, 0xffff), load(access, 0),
                                         reckon(BPF_RSH, access, 16), load(major, 4), load(minor, 8)}};
  auto& all = program.instructions;
  bool denies = false;
  for (auto rule = rules.rbegin(); rule != rules.rend(); ++rule) {
    const std::vector<Instruction> block = block_of(*rule);
    all.insert(all.end(), block.begin(), block.end());
    denies = denies || !rule->allow;
    // What comes before it is dead, and the kernel refuses programs with instructions that are never reached.
    if (rule->is_about_all()) {
      program.allows_everything = !denies;
      return program;
    }
  }
  add_end(all, false);
  return program;
}

Result<void> attach(const DeviceProgram& program, int cgroup_fd) {
  std::vector<bpf_insn> code;
  for (const Instruction& one : program.instructions) {
    bpf_insn instruction{};
    instruction.code = one.code;
    instruction.dst_reg = one.dst & 0x0f;
    instruction.src_reg = one.src & 0x0f;
    instruction.off = one.offset;
    instruction.imm = one.immediate;
    code.push_back(instruction);
  }
  const std::error_code failure = sys::replace_device_program(cgroup_fd, code);
  if (!failure) return {};
  const bool lacking = failure == std::errc::function_not_supported;
  return Error(lacking ? Errc::unsupported : Errc::system_error, "attach a device program to the cgroup", failure);
}

Result<std::vector<std::uint32_t>> attached_device_programs(int cgroup_fd) {
  auto programs = sys::query_device_programs(cgroup_fd);
  if (!programs) return Error(Errc::system_error, "ask for the device programs of the cgroup", programs.error());
  return std::move(programs->ids);
}

}  // namespace crunc::cgroups
