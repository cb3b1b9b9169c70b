// SPDX-License-Identifier: Apache-2.0
// Options to argv. No effects: the working directory comes in as a value.

#include "runtime/args.hpp"

#include <algorithm>

namespace crunc::runtime {
namespace {

namespace fs = std::filesystem;

/// Collects flags in the spelling that every runtime takes: "--name value".
class FlagList {
 public:
  FlagList(Arguments& into, const BaseDirectory& base) : into_(into), base_(base) {}

  FlagList& flag(const char* name, bool present) {
    if (present) into_.flags.emplace_back(name);
    return *this;
  }
  FlagList& value(const char* name, std::string_view text) {
    if (!text.empty()) into_.flags.insert(into_.flags.end(), {name, std::string(text)});
    return *this;
  }
  FlagList& path(const char* name, const fs::path& path) { return value(name, resolve(path, base_)); }
  FlagList& number(const char* name, int number) { return number == 0 ? *this : value(name, std::to_string(number)); }
  template <class Range>
  FlagList& each(const char* name, const Range& values) {
    for (const std::string& text : values) into_.flags.insert(into_.flags.end(), {name, text});
    return *this;
  }
  FlagList& needs(Feature feature, bool used) {
    if (used) into_.needs.add(feature);
    return *this;
  }
  FlagList& extra(const std::vector<std::string>& arguments) {
    into_.flags.insert(into_.flags.end(), arguments.begin(), arguments.end());
    return *this;
  }

 private:
  Arguments& into_;
  const BaseDirectory& base_;
};

Arguments of_container(const char* verb, std::string_view id) {
  return {.verb = verb, .flags = {}, .operands = {std::string(id)}};
}

}  // namespace

std::string resolve(const fs::path& path, const BaseDirectory& base) {
  if (path.empty() || path.is_absolute() || !base) return path.string();
  return path == "." ? *base : (fs::path(*base) / path).string();
}

Arguments global_arguments(const RuncOptions& options, const BaseDirectory& base, const std::string& log) {
  Arguments result;
  FlagList flags(result, base);
  flags.path("--root", options.root).flag("--debug", options.debug);
  if (!log.empty()) {
    flags.value("--log", log).value("--log-format", "json");
  } else if (!options.log.empty()) {
    flags.path("--log", options.log);
    flags.value("--log-format", options.log_format == LogFormat::json ? "json" : "text");
  }
  flags.flag("--systemd-cgroup", options.systemd_cgroup);
  if (options.rootless != Rootless::automatic) {
    flags.flag(options.rootless == Rootless::yes ? "--rootless=true" : "--rootless=false", true);
  }
  flags.path("--criu", options.criu).extra(options.extra_args);
  flags.needs(Feature::rootless_flag, options.rootless != Rootless::automatic);
  flags.needs(Feature::criu_flag, !options.criu.empty());
  return result;
}

Arguments arguments(const CreateOptions& options, const BaseDirectory& base, std::string_view id,
                    const fs::path& bundle) {
  Arguments result = of_container("create", id);
  FlagList(result, base)
      .path("--bundle", bundle)
      .path("--pid-file", options.pid_file)
      .path("--console-socket", options.console_socket)
      .path("--pidfd-socket", options.pidfd_socket)
      .flag("--no-pivot", options.no_pivot)
      .flag("--no-new-keyring", options.no_new_keyring)
      .number("--preserve-fds", options.preserve_fds)
      .needs(Feature::pidfd_socket, !options.pidfd_socket.empty())
      .extra(options.extra_args);
  return result;
}

Arguments arguments(const RunOptions& options, const BaseDirectory& base, std::string_view id, const fs::path& bundle) {
  Arguments result = of_container("run", id);
  FlagList(result, base)
      .path("--bundle", bundle)
      .path("--pid-file", options.pid_file)
      .path("--console-socket", options.console_socket)
      .path("--pidfd-socket", options.pidfd_socket)
      .flag("--no-pivot", options.no_pivot)
      .flag("--no-new-keyring", options.no_new_keyring)
      .flag("--detach", options.detach)
      .number("--preserve-fds", options.preserve_fds)
      .flag("--keep", options.keep)
      .flag("--no-subreaper", options.no_subreaper)
      .needs(Feature::pidfd_socket, !options.pidfd_socket.empty())
      .extra(options.extra_args);
  return result;
}

Arguments arguments(const StartOptions& options, const BaseDirectory& base, std::string_view id) {
  Arguments result = of_container("start", id);
  FlagList(result, base).extra(options.extra_args);
  return result;
}

Arguments arguments(const ExecOptions& options, const BaseDirectory& base, std::string_view id,
                    const std::vector<std::string>& command) {
  Arguments result = of_container("exec", id);
  result.operands.insert(result.operands.end(), command.begin(), command.end());
  std::vector<std::string> gids;
  std::ranges::transform(options.additional_gids, std::back_inserter(gids),
                         [](std::uint32_t gid) { return std::to_string(gid); });
  FlagList(result, base)
      .path("--process", options.process)
      .path("--console-socket", options.console_socket)
      .path("--pidfd-socket", options.pidfd_socket)
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
      .number("--preserve-fds", options.preserve_fds)
      .each("--cgroup", options.cgroups)
      .flag("--ignore-paused", options.ignore_paused)
      .needs(Feature::pidfd_socket, !options.pidfd_socket.empty())
      .needs(Feature::additional_gids, !gids.empty())
      .needs(Feature::ignore_paused, options.ignore_paused)
      .extra(options.extra_args);
  return result;
}

Arguments arguments(const StateOptions& options, const BaseDirectory& base, std::string_view id) {
  Arguments result = of_container("state", id);
  FlagList(result, base).extra(options.extra_args);
  return result;
}

Arguments arguments(const ListOptions& options, const BaseDirectory& base) {
  Arguments result{.verb = "list", .flags = {"--format", "json"}, .operands = {}};
  FlagList(result, base).extra(options.extra_args);
  return result;
}

Arguments arguments(const KillOptions& options, const BaseDirectory& base, std::string_view id, Signal signal) {
  Arguments result = of_container("kill", id);
  result.operands.push_back(std::to_string(signal.number()));
  FlagList(result, base).flag("--all", options.all).extra(options.extra_args);
  return result;
}

Arguments arguments(const RemoveOptions& options, const BaseDirectory& base, std::string_view id) {
  Arguments result = of_container("delete", id);
  FlagList(result, base).flag("--force", options.force).extra(options.extra_args);
  return result;
}

Arguments arguments(const VersionOptions& options, const BaseDirectory& base) {
  Arguments result{.verb = "--version", .flags = {}, .operands = {}};
  FlagList(result, base).extra(options.extra_args);
  return result;
}

std::vector<std::string> join(std::string command, const Arguments& global, const Arguments& verb) {
  std::vector<std::string> argv{std::move(command)};
  argv.insert(argv.end(), global.flags.begin(), global.flags.end());
  argv.push_back(verb.verb);
  argv.insert(argv.end(), verb.flags.begin(), verb.flags.end());
  argv.insert(argv.end(), verb.operands.begin(), verb.operands.end());
  return argv;
}

std::string_view why_not_an_id(std::string_view id) noexcept {
  constexpr std::size_t longest = 1024;
  constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+.-";
  if (id.empty()) return "it is empty";
  if (id.size() > longest) return "it is longer than 1024 characters";
  if (id.front() == '-') return "it begins with '-'";
  if (id.front() == '.') return "it begins with '.'";
  if (id.find_first_not_of(allowed) != std::string_view::npos) return "a character is none of A-Z a-z 0-9 _ + . -";
  return {};
}

}  // namespace crunc::runtime
