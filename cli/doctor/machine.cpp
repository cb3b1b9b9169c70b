// SPDX-License-Identifier: Apache-2.0
// Asking of the machine what the checks need.

#include "doctor/machine.hpp"

#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <crunc/descriptor.hpp>

#include "deadline.hpp"

namespace crunc::cli::doctor {
namespace {

/// linux/pidfd.h, which older headers lack: the first version of the struct behind PIDFD_GET_INFO.
struct PidfdInfo {
  std::uint64_t mask = 0;
  std::uint64_t cgroup_id = 0;
  std::uint32_t ids[11] = {};
  std::int32_t exit_code = 0;
};

bool has_pidfd_info(int pidfd) {
  constexpr std::uint64_t wants_exit = 1U << 3;
  constexpr unsigned long get_info = _IOWR(0xFF, 11, PidfdInfo);
  PidfdInfo info{.mask = wants_exit};
  // Of a process that lives there is no status yet: ESRCH, or an answer without it, from kernels that would have one.
  return ::ioctl(pidfd, get_info, &info) == 0 || errno == ESRCH;
}

KernelCalls look_at_calls() {
  KernelCalls calls;
  const Descriptor self(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)));
  calls.pidfd_open = static_cast<bool>(self);
  calls.pidfd_info = self && has_pidfd_info(self.fd());
  // Without arguments it fails in either case, but not in the same way.
  calls.clone3 = ::syscall(SYS_clone3, nullptr, 0) == -1 && errno != ENOSYS && errno != EPERM;
  calls.close_range = ::close_range(UINT_MAX, UINT_MAX, 0) == 0;  // there is none of that number
  return calls;
}

std::optional<Answer> ask(const Path& program, const std::vector<std::string>& arguments, const Timeout& timeout) {
  const auto finished = Runc({.command = program}).raw(arguments, {.io = Io::capture(), .timeout = timeout});
  if (!finished) return std::nullopt;
  return Answer{finished->status.code().value_or(-1), finished->output.out + finished->output.err};
}

std::filesystem::path state_root_of(const RuncOptions& options, const Result<Version>& version) {
  if (!options.root.empty()) return options.root.get();
  const std::string name = version ? version->name : "runc";
  const char* const below = std::getenv("XDG_RUNTIME_DIR");
  if (::geteuid() != 0 && below != nullptr) return std::filesystem::path(below) / name;
  return std::filesystem::path("/run") / name;
}

}  // namespace

std::filesystem::path Machine::at(std::string_view path) const {
  return root / std::filesystem::path(path).relative_path();
}

std::optional<std::string> Machine::text(std::string_view path) const {
  std::ifstream file(at(path), std::ios::binary);
  if (!file) return std::nullopt;
  std::ostringstream bytes;
  bytes << file.rdbuf();
  if (file.bad()) return std::nullopt;
  return bytes.str();
}

bool Machine::exists(std::string_view path) const {
  std::error_code error;
  return std::filesystem::exists(at(path), error);
}

std::string Machine::value(std::string_view path, std::string_view key) const {
  std::istringstream lines(text(path).value_or(""));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(std::string(key) + ":")) continue;
    const std::size_t begin = line.find_first_not_of(" \t", key.size() + 1);
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return "";
}

Machine look_at_machine(const Runc& runc, const Timeout& timeout) {
  Machine machine;
  machine.user = ::geteuid();
  machine.calls = look_at_calls();
  rlimit descriptors{};
  static_cast<void>(::getrlimit(RLIMIT_NOFILE, &descriptors));
  machine.soft_descriptors = descriptors.rlim_cur;
  machine.hard_descriptors = descriptors.rlim_max;
  const RuncOptions& options = runc.options();
  machine.runtime = options.command->string();
  const Deadline deadline(timeout);
  machine.version = runc.version({.timeout = deadline.left()});
  machine.features = runc.features({.timeout = deadline.left()});
  machine.state_root = state_root_of(options, machine.version);
  machine.containers = runc.list({.timeout = deadline.left()});
  const Path criu = options.criu.empty() ? Path("criu") : options.criu;
  constexpr std::chrono::seconds patience(60);
  const auto limit = [&] { return deadline.left().value_or(patience); };
  machine.criu_version = ask(criu, {"--version"}, limit());
  if (machine.criu_version) machine.criu_check = ask(criu, {"check"}, limit());
  return machine;
}

}  // namespace crunc::cli::doctor
