// SPDX-License-Identifier: Apache-2.0
// The kernel, and what this process may do.

#include <array>
#include <charconv>
#include <sstream>
#include <utility>

#include "doctor/check.hpp"
#include "doctor/machine.hpp"

namespace crunc::cli::doctor {
namespace {

/// Capabilities without which some bundle cannot be run, by their numbers.
constexpr std::array needed_capabilities{
    std::pair{0U, "CAP_CHOWN"},         std::pair{1U, "CAP_DAC_OVERRIDE"}, std::pair{6U, "CAP_SETGID"},
    std::pair{7U, "CAP_SETUID"},        std::pair{8U, "CAP_SETPCAP"},      std::pair{12U, "CAP_NET_ADMIN"},
    std::pair{18U, "CAP_SYS_CHROOT"},   std::pair{19U, "CAP_SYS_PTRACE"},  std::pair{21U, "CAP_SYS_ADMIN"},
    std::pair{24U, "CAP_SYS_RESOURCE"}, std::pair{27U, "CAP_MKNOD"},
};

bool lists(const std::string& lines, std::string_view word) {
  std::istringstream words(lines);
  for (std::string each; words >> each;) {
    if (each == word) return true;
  }
  return false;
}

void append(std::string& list, std::string_view item) {
  if (!list.empty()) list += ", ";
  list += item;
}

}  // namespace

Finding check_user(const Machine& machine) {
  if (machine.user != 0) {
    return {Outcome::warn, "user " + std::to_string(machine.user) + ", not root",
            "run as root, or make rootless containers only: in a user namespace of your own, with a delegated cgroup"};
  }
  std::uint64_t effective = 0;
  const std::string mask = machine.value("/proc/self/status", "CapEff");
  std::from_chars(mask.data(), mask.data() + mask.size(), effective, 16);
  std::string missing;
  for (const auto& [number, name] : needed_capabilities) {
    if ((effective >> number & 1U) == 0) append(missing, name);
  }
  if (missing.empty()) return {Outcome::ok, "root with all capabilities that containers need"};
  return {Outcome::warn, "root without " + missing,
          "run with these capabilities; without CAP_SYS_RESOURCE no rlimit of a bundle may be above the present hard "
          "limit, without CAP_SYS_ADMIN there are no containers but rootless ones"};
}

Finding check_kernel(const Machine& machine) {
  const std::string release = machine.text("/proc/sys/kernel/osrelease").value_or("");
  unsigned major = 0;
  unsigned minor = 0;
  const char* const end = release.data() + release.size();
  const auto [dot, error] = std::from_chars(release.data(), end, major);
  if (error == std::errc{} && dot != end) std::from_chars(dot + 1, end, minor);
  const std::string fact = "Linux " + release.substr(0, release.find('\n'));
  if (major > 5 || (major == 5 && minor >= 6)) return {Outcome::ok, fact};
  return {Outcome::warn, release.empty() ? "version not known" : fact,
          release.empty() ? "mount /proc" : "use Linux 5.6 or later, which has all calls that crunc works best with"};
}

Finding check_pidfds(const Machine& machine) {
  if (!machine.calls.pidfd_open) {
    return {Outcome::warn, "no pidfds", "use Linux 5.3 or later, and a seccomp filter that allows pidfd_open"};
  }
  if (machine.calls.pidfd_info) return {Outcome::ok, "pidfd_open, and exit codes are kept (PIDFD_GET_INFO)"};
  return {Outcome::warn, "pidfd_open, without exit codes (PIDFD_GET_INFO)",
          "exit codes of detached containers are had by `crunc wait` as root, if it runs before they end; from Linux "
          "6.15 on they are had by anybody"};
}

Finding check_spawning(const Machine& machine) {
  std::string missing;
  if (!machine.calls.clone3) append(missing, "clone3");
  if (!machine.calls.close_range) append(missing, "close_range");
  if (missing.empty()) return {Outcome::ok, "clone3, close_range"};
  return {Outcome::warn, "without " + missing,
          "use Linux 5.9 or later, and a seccomp filter that allows them; calls are right without them, but slower"};
}

Finding check_descriptors(const Machine& machine) {
  constexpr std::uint64_t few = 1024;
  const auto number = [](std::uint64_t limit) {
    return limit == UINT64_MAX ? std::string("unlimited") : std::to_string(limit);
  };
  const std::string fact = number(machine.soft_descriptors) + ", hard limit " + number(machine.hard_descriptors);
  if (machine.soft_descriptors >= few) return {Outcome::ok, fact};
  return {Outcome::warn, fact, "raise it: `ulimit -n 4096`, or LimitNOFILE= of the service"};
}

Finding check_namespaces(const Machine& machine) {
  std::string missing;
  for (const char* const name : {"mnt", "pid", "ipc", "uts", "net", "cgroup"}) {
    // Links that lead nowhere in the file system.
    std::error_code error;
    if (!std::filesystem::is_symlink(machine.at(std::string("/proc/self/ns/") + name), error)) append(missing, name);
  }
  if (missing.empty()) return {Outcome::ok, "mnt, pid, ipc, uts, net, cgroup"};
  return {Outcome::failed, "without " + missing,
          "use a kernel with these namespaces (CONFIG_NAMESPACES), and mount /proc"};
}

Finding check_user_namespaces(const Machine& machine) {
  std::error_code error;
  if (!std::filesystem::is_symlink(machine.at("/proc/self/ns/user"), error)) {
    return {Outcome::warn, "none", "use a kernel with CONFIG_USER_NS, for rootless containers and mapped users"};
  }
  const auto is_zero = [&machine](const char* path) { return machine.text(path).value_or("") == "0\n"; };
  if (is_zero("/proc/sys/user/max_user_namespaces")) {
    return {Outcome::warn, "not allowed: at most 0", "sysctl user.max_user_namespaces=15000"};
  }
  if (is_zero("/proc/sys/kernel/unprivileged_userns_clone")) {
    return {Outcome::warn, "for root only", "sysctl kernel.unprivileged_userns_clone=1, for rootless containers"};
  }
  if (machine.text("/proc/sys/kernel/apparmor_restrict_unprivileged_userns").value_or("") == "1\n") {
    return {Outcome::warn, "restricted by AppArmor",
            "sysctl kernel.apparmor_restrict_unprivileged_userns=0, or a profile that allows userns, for rootless "
            "containers"};
  }
  return {Outcome::ok, "allowed"};
}

Finding check_seccomp(const Machine& machine) {
  const auto actions = machine.text("/proc/sys/kernel/seccomp/actions_avail");
  if (actions) {
    const bool notifies = lists(*actions, "user_notif");
    return {Outcome::ok, notifies ? "filters, notification" : "filters, no notification"};
  }
  if (!machine.value("/proc/self/status", "Seccomp").empty()) return {Outcome::ok, "filters"};
  return {Outcome::warn, "none", "use a kernel with CONFIG_SECCOMP_FILTER; bundles that ask for a filter fail here"};
}

Finding check_overlay(const Machine& machine) {
  if (lists(machine.text("/proc/filesystems").value_or(""), "overlay")) return {Outcome::ok, "overlay"};
  return {Outcome::warn, "no overlay", "modprobe overlay; without it engines copy every image layer"};
}

Finding check_console(const Machine& machine) {
  const bool is_mounted = machine.text("/proc/self/mountinfo").value_or("").find(" /dev/pts ") != std::string::npos;
  if (is_mounted && machine.exists("/dev/ptmx")) return {Outcome::ok, "devpts on /dev/pts"};
  return {Outcome::warn, is_mounted ? "no /dev/ptmx" : "no devpts on /dev/pts",
          is_mounted ? "ln -s pts/ptmx /dev/ptmx" : "mount -t devpts devpts /dev/pts; containers with a terminal fail"};
}

Finding check_pressure(const Machine& machine) {
  if (machine.text("/proc/pressure/cpu")) return {Outcome::ok, "cpu, io, memory"};
  return {Outcome::warn, "none", "boot with psi=1, on a kernel with CONFIG_PSI; stats have no pressure without it"};
}

}  // namespace crunc::cli::doctor
