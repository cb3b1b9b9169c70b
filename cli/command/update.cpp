// SPDX-License-Identifier: Apache-2.0
// crunc update
#include "command/command.hpp"

namespace crunc::cli {
namespace {

class Update final : public Command {
 public:
  [[nodiscard]] Help help() const override {
    return {"update [options] ID",
            "Changes the limits of a container, one by one or by a document of the form of linux.resources in a\n"
            "config.json, with which the other options are ignored.",
            "  crunc update --memory 268435456 --pids-limit 100 web\n"
            "  echo '{\"cpu\": {\"shares\": 512}}' | crunc update --resources - web\n"};
  }
  void declare(FlagTable& flags) override {
    flags.add_path("--resources,-r", options_.resources, "a file with resources as JSON; -: stdin");
    declare_cpu(flags);
    declare_memory(flags);
    flags.add_number("--blkio-weight", options_.blkio_weight, "share of block I/O, 10 to 1000");
    flags.add_number("--pids-limit", options_.pids_limit, "most processes; -1: no limit");
    flags.add_text("--l3-cache-schema", options_.l3_cache_schema, "SCHEMA", "Intel RDT, L3 cache");
    flags.add_text("--mem-bw-schema", options_.mem_bw_schema, "SCHEMA", "Intel RDT, memory bandwidth");
  }
  [[nodiscard]] std::optional<Result<Tokens>> argv(const Runc& runc, const Tokens& operands) const override {
    // "--resources=-" is one word on purpose: crun takes a lone "-" for an operand.
    if (operands.size() != 1 || options_.resources.get() == "-") return std::nullopt;
    return runc.argv(operands[0], options_);
  }

 private:
  void declare_cpu(FlagTable& flags) {
    flags.add_number("--cpu-period", options_.cpu_period, "length of a period in microseconds");
    flags.add_number("--cpu-quota", options_.cpu_quota, "microseconds of each period; -1: no limit");
    flags.add_number("--cpu-burst", options_.cpu_burst, "microseconds beyond the quota (runc 1.2)");
    flags.add_number("--cpu-share", options_.cpu_shares, "weight against other containers, 2 to 262144");
    flags.add_number("--cpu-rt-period", options_.cpu_rt_period, "realtime period in microseconds");
    flags.add_number("--cpu-rt-runtime", options_.cpu_rt_runtime, "realtime microseconds of each period");
    flags.add_number("--cpu-idle", options_.cpu_idle, "1: only when nobody else wants the CPU (runc 1.2)");
    flags.add_text("--cpuset-cpus", options_.cpuset_cpus, "LIST", "CPUs, such as 0-2,7");
    flags.add_text("--cpuset-mems", options_.cpuset_mems, "LIST", "memory nodes");
  }
  void declare_memory(FlagTable& flags) {
    flags.add_number("--memory", options_.memory_bytes, "bytes, or such as 512m; -1: no limit");
    flags.add_number("--memory-reservation", options_.memory_reservation_bytes, "soft limit");
    flags.add_number("--memory-swap", options_.memory_swap_bytes, "memory and swap together; -1: no limit");
    flags.add_number("--kernel-memory", options_.kernel_memory_bytes, "ignored by kernels since 5.4");
    flags.add_number("--kernel-memory-tcp", options_.kernel_memory_tcp_bytes, "TCP buffers");
  }

  UpdateOptions options_{};
};

}  // namespace

std::unique_ptr<Command> make_update() { return std::make_unique<Update>(); }

}  // namespace crunc::cli
