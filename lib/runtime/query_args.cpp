// SPDX-License-Identifier: Apache-2.0
// Arguments of the verbs that ask, and of those that change a running container.

#include <crunc/oci/linux_resources.hpp>

#include "runtime/flag_list.hpp"

namespace crunc::runtime {
namespace {

/// A length of time as Go reads it, exact.
std::string go_duration(std::chrono::nanoseconds time) {
  using namespace std::chrono_literals;
  if (time % 1s == 0ns) return std::to_string(time / 1s) + "s";
  if (time % 1ms == 0ns) return std::to_string(time / 1ms) + "ms";
  if (time % 1us == 0ns) return std::to_string(time / 1us) + "us";
  return std::to_string(time.count()) + "ns";
}

Arguments plain(const char* verb, std::string_view id, const auto& options, const BaseDirectory& base) {
  Arguments result = of_container(verb, id);
  FlagList(result, base).extra(options);
  return result;
}

}  // namespace

Arguments arguments(const StateOptions& options, const BaseDirectory& base, std::string_view id) {
  return plain("state", id, options, base);
}

Arguments arguments(const PauseOptions& options, const BaseDirectory& base, std::string_view id) {
  return plain("pause", id, options, base);
}

Arguments arguments(const ResumeOptions& options, const BaseDirectory& base, std::string_view id) {
  return plain("resume", id, options, base);
}

Arguments arguments(const ListOptions& options, const BaseDirectory& base) {
  Arguments result{.verb = "list", .flags = {}, .operands = {}};
  FlagList(result, base).flag("--quiet", options.quiet).value("--format", options.quiet ? "" : "json").extra(options);
  return result;
}

Arguments arguments(const PsOptions& options, const BaseDirectory& base, std::string_view id) {
  Arguments result = of_container("ps", id);
  FlagList(result, base).value("--format", "json").extra(options);
  return result;
}

Arguments arguments(const TopOptions& options, const BaseDirectory& base, std::string_view id) {
  Arguments result = of_container("ps", id);
  result.needs.add(Feature::ps_arguments);
  if (options.ps_args.empty() || options.ps_args == std::vector<std::string>{"-ef"}) {
    result.substitute = {.lacking = Feature::ps_arguments, .arguments = {"ps", "--format", "json", std::string(id)}};
  }
  result.operands.insert(result.operands.end(), options.ps_args.begin(), options.ps_args.end());
  FlagList(result, base).value("--format", "table").extra(options);
  return result;
}

Arguments arguments(const UpdateOptions& options, const BaseDirectory& base, std::string_view id) {
  Arguments result = of_container("update", id);
  FlagList(result, base)
      .path("--resources", options.resources)
      .number("--blkio-weight", options.blkio_weight)
      .number("--cpu-period", options.cpu_period)
      .number("--cpu-quota", options.cpu_quota)
      .number("--cpu-burst", options.cpu_burst)
      .number("--cpu-share", options.cpu_shares)
      .number("--cpu-rt-period", options.cpu_rt_period)
      .number("--cpu-rt-runtime", options.cpu_rt_runtime)
      .number("--cpu-idle", options.cpu_idle)
      .value("--cpuset-cpus", options.cpuset_cpus.get())
      .value("--cpuset-mems", options.cpuset_mems.get())
      .number("--memory", options.memory_bytes)
      .number("--memory-reservation", options.memory_reservation_bytes)
      .number("--memory-swap", options.memory_swap_bytes)
      .number("--kernel-memory", options.kernel_memory_bytes)
      .number("--kernel-memory-tcp", options.kernel_memory_tcp_bytes)
      .number("--pids-limit", options.pids_limit)
      .value("--l3-cache-schema", options.l3_cache_schema.get())
      .value("--mem-bw-schema", options.mem_bw_schema.get())
      .needs(Feature::update_burst_idle, options.cpu_burst || options.cpu_idle)
      .needs(Feature::update_rdt, !options.l3_cache_schema.empty() || !options.mem_bw_schema.empty())
      .extra(options);
  return result;
}

Arguments arguments(const UpdateOptions& options, const BaseDirectory& base, std::string_view id,
                    const oci::LinuxResources& resources) {
  Arguments result = arguments(options, base, id);
  // One word, as go-runc has it since its #71: crun's parser would take a lone "-" for an operand's beginning.
  result.flags.insert(result.flags.begin(), "--resources=-");
  add_document(result, result.input, oci::write(resources));
  return result;
}

Arguments arguments(const StatsOptions& options, const BaseDirectory& base, std::string_view id) {
  Arguments result = of_container("events", id);
  FlagList(result, base).flag("--stats", true).needs(Feature::events, true).extra(options);
  return result;
}

Arguments arguments(const EventsOptions& options, const BaseDirectory& base, std::string_view id) {
  Arguments result = of_container("events", id);
  result.flags.push_back("--interval=" + go_duration(options.interval));
  FlagList(result, base).needs(Feature::events, true).extra(options);
  return result;
}

Arguments arguments(const FeaturesOptions& options, const BaseDirectory& base) {
  Arguments result{.verb = "features", .flags = {}, .operands = {}};
  FlagList(result, base).needs(Feature::features, true).extra(options);
  return result;
}

Arguments arguments(const SpecOptions& options, const BaseDirectory& base, const std::filesystem::path& bundle) {
  Arguments result{.verb = "spec", .flags = {}, .operands = {}};
  FlagList(result, base).path("--bundle", bundle).flag("--rootless", options.rootless).extra(options);
  return result;
}

Arguments arguments(const VersionOptions& options, const BaseDirectory& base) {
  Arguments result{.verb = "--version", .flags = {}, .operands = {}};
  FlagList(result, base).extra(options);
  return result;
}

}  // namespace crunc::runtime
