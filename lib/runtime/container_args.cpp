// SPDX-License-Identifier: Apache-2.0
// Arguments of the verbs that make and end containers and processes.

#include <algorithm>
#include <iterator>

#include <crunc/oci/process.hpp>

#include "runtime/flag_list.hpp"

namespace crunc::runtime {
namespace {

namespace fs = std::filesystem;

/// The flags of exec, whatever its process comes from.
void add_exec_flags(Arguments& into, const ExecOptions& options, const BaseDirectory& base) {
  std::vector<std::string> gids;
  std::ranges::transform(options.additional_gids, std::back_inserter(gids),
                         [](std::uint32_t gid) { return std::to_string(gid); });
  FlagList(into, base)
      .path("--process", options.process)
      .socket("--console-socket", options.console_socket)
      .socket("--pidfd-socket", options.pidfd_socket)
      .flag("--detach", options.detach)
      .path("--pid-file", options.pid_file)
      .flag("--tty", options.tty)
      .value("--cwd", options.cwd.get())
      .each("--env", options.environment)
      .value("--user", options.user.get())
      .each("--additional-gids", gids)
      .value("--process-label", options.process_label.get())
      .value("--apparmor", options.apparmor.get())
      .flag("--no-new-privs", options.no_new_privs)
      .each("--cap", options.capabilities)
      .number("--preserve-fds", preserved_fds(options))
      .each("--cgroup", options.cgroups)
      .flag("--ignore-paused", options.ignore_paused)
      .needs(Feature::pidfd_socket, !options.pidfd_socket.empty())
      .needs(Feature::additional_gids, !gids.empty())
      .needs(Feature::ignore_paused, options.ignore_paused)
      .extra(options);
}

/// The flags that create and run begin with.
template <class Options>
FlagList container_flags(Arguments& into, const Options& options, const BaseDirectory& base, const fs::path& bundle) {
  FlagList flags(into, base);
  flags.path("--bundle", bundle)
      .path("--pid-file", options.pid_file)
      .socket("--console-socket", options.console_socket)
      .socket("--pidfd-socket", options.pidfd_socket)
      .flag("--no-pivot", options.no_pivot)
      .flag("--no-new-keyring", options.no_new_keyring)
      .needs(Feature::pidfd_socket, !options.pidfd_socket.empty());
  return flags;
}

}  // namespace

Arguments arguments(const CreateOptions& options, const BaseDirectory& base, std::string_view id,
                    const fs::path& bundle) {
  Arguments result = of_container("create", id);
  container_flags(result, options, base, bundle).number("--preserve-fds", preserved_fds(options)).extra(options);
  return result;
}

Arguments arguments(const RunOptions& options, const BaseDirectory& base, std::string_view id, const fs::path& bundle) {
  Arguments result = of_container("run", id);
  container_flags(result, options, base, bundle)
      .flag("--detach", options.detach)
      .number("--preserve-fds", preserved_fds(options))
      .flag("--keep", options.keep)
      .flag("--no-subreaper", options.no_subreaper)
      .extra(options);
  return result;
}

Arguments arguments(const StartOptions& options, const BaseDirectory& base, std::string_view id) {
  Arguments result = of_container("start", id);
  FlagList(result, base).extra(options);
  return result;
}

Arguments arguments(const ExecOptions& options, const BaseDirectory& base, std::string_view id,
                    const std::vector<std::string>& command) {
  Arguments result = of_container("exec", id);
  result.operands.insert(result.operands.end(), command.begin(), command.end());
  add_exec_flags(result, options, base);
  return result;
}

Arguments arguments(const ExecOptions& options, const BaseDirectory& base, std::string_view id,
                    const oci::Process& process) {
  Arguments result = of_container("exec", id);
  add_document(result, result.process, oci::write(process));
  const int fd = document_fd(preserved_fds(options));
  result.flags = {"--process", "/proc/self/fd/" + std::to_string(fd)};
  add_exec_flags(result, options, base);
  return result;
}

Arguments arguments(const KillOptions& options, const BaseDirectory& base, std::string_view id, Signal signal) {
  Arguments result = of_container("kill", id);
  result.operands.push_back(std::to_string(signal.number()));
  FlagList(result, base).flag("--all", options.all).extra(options);
  return result;
}

Arguments arguments(const RemoveOptions& options, const BaseDirectory& base, std::string_view id) {
  Arguments result = of_container("delete", id);
  FlagList(result, base).flag("--force", options.force).extra(options);
  return result;
}

}  // namespace crunc::runtime
