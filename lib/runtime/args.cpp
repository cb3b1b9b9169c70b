// SPDX-License-Identifier: Apache-2.0
// Options to argv. No effects: the working directory comes in as a value.

#include "runtime/args.hpp"

#include "runtime/flag_list.hpp"

namespace crunc::runtime {

namespace fs = std::filesystem;

std::string resolve(const fs::path& path, const BaseDirectory& base) {
  if (path.empty() || path.is_absolute() || !base) return path.string();
  return path == "." ? *base : (fs::path(*base) / path).string();
}

Arguments global_arguments(const RuncOptions& options, const BaseDirectory& base, const std::string& log,
                           Features lacks) {
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
  if (!lacks.has(Feature::criu_flag)) flags.path("--criu", options.criu);
  flags.extra(options);
  flags.needs(Feature::rootless_flag, options.rootless != Rootless::automatic);
  flags.needs(Feature::criu_flag, !options.criu.empty());
  return result;
}

std::vector<std::string> whole(const Arguments& verb) {
  std::vector<std::string> all{verb.verb};
  all.insert(all.end(), verb.flags.begin(), verb.flags.end());
  all.insert(all.end(), verb.operands.begin(), verb.operands.end());
  return all;
}

std::vector<std::string> join(std::string command, const Arguments& global, const std::vector<std::string>& verb) {
  std::vector<std::string> argv{std::move(command)};
  argv.insert(argv.end(), global.flags.begin(), global.flags.end());
  argv.insert(argv.end(), verb.begin(), verb.end());
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
