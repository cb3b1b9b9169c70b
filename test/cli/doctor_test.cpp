// SPDX-License-Identifier: Apache-2.0
// crunc doctor: every check on made-up machines, and all of them on this one.
#include <doctest/doctest.h>

#include <unistd.h>

#include <boost/json/parse.hpp>
#include <sstream>

#include "beside.hpp"
#include "doctor/machine.hpp"
#include "doctor/report.hpp"
#include "support/requirements.hpp"
#include "support/run_program.hpp"
#include "support/temp_dir.hpp"
#include "support/text_file.hpp"

using namespace crunc;
using namespace crunc::cli::doctor;
namespace fs = std::filesystem;

namespace {

/// A machine of files.
class FakeMachine {
 public:
  FakeMachine() {
    machine.root = dir_.path();
    machine.soft_descriptors = 4096;
    machine.hard_descriptors = 4096;
  }
  FakeMachine& file(const std::string& path, const std::string& text) {
    fs::create_directories((dir_ / path).parent_path());
    test::write_text(dir_ / path, text);
    return *this;
  }
  FakeMachine& link(const std::string& path) {
    fs::create_directories((dir_ / path).parent_path());
    fs::create_symlink("nowhere", dir_ / path);
    return *this;
  }
  /// /proc/self/mountinfo with these mounts: "PATH TYPE OPTIONS".
  FakeMachine& mounts(const std::vector<std::string>& mounts) {
    std::string text;
    for (const std::string& each : mounts) {
      std::istringstream words(each);
      std::string path;
      std::string type;
      std::string options;
      words >> path >> type >> options;
      text += "30 22 0:27 / " + path + " rw,relatime shared:1 - " + type + " none rw," + options + "\n";
    }
    return file("proc/self/mountinfo", text);
  }
  Finding look(Finding (*check)(const Machine&)) const { return check(machine); }

  Machine machine{};

 private:
  test::TempDir dir_{};
};

void expect(const Finding& finding, Outcome outcome, const std::string& fact, const std::string& remedy = "") {
  CAPTURE(finding.fact);
  CAPTURE(finding.remedy);
  CHECK(std::string(to_string(finding.outcome)) == to_string(outcome));
  CHECK(finding.fact.find(fact) != std::string::npos);
  CHECK(finding.remedy.find(remedy) != std::string::npos);
  CHECK(finding.remedy.empty() == (outcome == Outcome::ok || outcome == Outcome::skipped));
}

const std::vector<std::string> v1_mounts{
    "/sys/fs/cgroup/cpu cgroup cpu,cpuacct", "/sys/fs/cgroup/cpuset cgroup cpuset",
    "/sys/fs/cgroup/memory cgroup memory",   "/sys/fs/cgroup/pids cgroup pids",
    "/sys/fs/cgroup/devices cgroup devices", "/sys/fs/cgroup/freezer cgroup freezer",
    "/sys/fs/cgroup/blkio cgroup blkio"};

FakeMachine& unified(FakeMachine& fake, const std::string& there, const std::string& handed_on) {
  return fake.mounts({"/sys/fs/cgroup cgroup2 nsdelegate"})
      .file("sys/fs/cgroup/cgroup.controllers", there)
      .file("sys/fs/cgroup/cgroup.subtree_control", handed_on);
}

Container container(const std::string& id, pid_t pid, Status status) {
  Container result;
  result.id = id;
  result.pid = pid;
  result.status = status;
  return result;
}

}  // namespace

TEST_CASE("doctor tells who runs it and which capabilities are missing") {
  FakeMachine fake;
  fake.file("proc/self/status", "Name:\tx\nCapEff:\t000001ffffffffff\n");
  expect(fake.look(check_user), Outcome::ok, "root with all");
  fake.file("proc/self/status", "CapEff:\t000001fffeffffff\n");
  expect(fake.look(check_user), Outcome::warn, "root without CAP_SYS_RESOURCE", "rlimit");
  fake.machine.user = 1000;
  expect(fake.look(check_user), Outcome::warn, "user 1000", "run as root");
}

TEST_CASE("doctor tells what the kernel lacks") {
  FakeMachine fake;
  fake.file("proc/sys/kernel/osrelease", "6.1.0-1-amd64\n");
  expect(fake.look(check_kernel), Outcome::ok, "Linux 6.1.0-1-amd64");
  fake.file("proc/sys/kernel/osrelease", "4.19.0\n");
  expect(fake.look(check_kernel), Outcome::warn, "Linux 4.19.0", "5.6");
  expect(FakeMachine().look(check_kernel), Outcome::warn, "not known", "mount /proc");

  expect(fake.look(check_pidfds), Outcome::ok, "PIDFD_GET_INFO");
  fake.machine.calls.pidfd_info = false;
  expect(fake.look(check_pidfds), Outcome::warn, "without exit codes", "6.15");
  fake.machine.calls.pidfd_open = false;
  expect(fake.look(check_pidfds), Outcome::warn, "no pidfds", "5.3");

  expect(fake.look(check_spawning), Outcome::ok, "clone3, close_range");
  fake.machine.calls.close_range = false;
  expect(fake.look(check_spawning), Outcome::warn, "without close_range", "5.9");

  expect(fake.look(check_descriptors), Outcome::ok, "4096");
  fake.machine.soft_descriptors = 256;
  expect(fake.look(check_descriptors), Outcome::warn, "256, hard limit 4096", "ulimit -n");
}

TEST_CASE("doctor tells which namespaces there are and who may have a user namespace") {
  FakeMachine fake;
  for (const char* const name : {"mnt", "pid", "ipc", "uts", "net"}) fake.link(std::string("proc/self/ns/") + name);
  expect(fake.look(check_namespaces), Outcome::failed, "without cgroup", "CONFIG_NAMESPACES");
  fake.link("proc/self/ns/cgroup");
  expect(fake.look(check_namespaces), Outcome::ok, "mnt, pid");

  expect(fake.look(check_user_namespaces), Outcome::warn, "none", "CONFIG_USER_NS");
  fake.link("proc/self/ns/user");
  expect(fake.look(check_user_namespaces), Outcome::ok, "allowed");
  fake.file("proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n");
  expect(fake.look(check_user_namespaces), Outcome::warn, "AppArmor", "sysctl");
  fake.file("proc/sys/kernel/unprivileged_userns_clone", "0\n");
  expect(fake.look(check_user_namespaces), Outcome::warn, "for root only", "sysctl");
  fake.file("proc/sys/user/max_user_namespaces", "0\n");
  expect(fake.look(check_user_namespaces), Outcome::warn, "not allowed", "max_user_namespaces");
}

TEST_CASE("doctor tells of seccomp and security modules") {
  FakeMachine fake;
  expect(fake.look(check_seccomp), Outcome::warn, "none", "CONFIG_SECCOMP_FILTER");
  fake.file("proc/self/status", "Seccomp:\t0\n");
  expect(fake.look(check_seccomp), Outcome::ok, "filters");
  fake.file("proc/sys/kernel/seccomp/actions_avail", "kill_process user_notif\n");
  expect(fake.look(check_seccomp), Outcome::ok, "filters, notification");

  expect(fake.look(check_apparmor), Outcome::skipped, "not on this kernel");
  fake.file("sys/module/apparmor/parameters/enabled", "Y\n");
  expect(fake.look(check_apparmor), Outcome::warn, "securityfs", "mount -t securityfs");
  fake.file("sys/kernel/security/apparmor/profiles", "");
  expect(fake.look(check_apparmor), Outcome::ok, "enabled");

  expect(fake.look(check_selinux), Outcome::skipped, "not on this kernel");
  fake.file("sys/fs/selinux/enforce", "1");
  expect(fake.look(check_selinux), Outcome::ok, "enforcing");
}

TEST_CASE("doctor tells of overlay and consoles and pressure") {
  FakeMachine fake;
  fake.file("proc/filesystems", "nodev\tproc\n\text4\n");
  expect(fake.look(check_overlay), Outcome::warn, "no overlay", "modprobe");
  fake.file("proc/filesystems", "nodev\tproc\nnodev\toverlay\n");
  expect(fake.look(check_overlay), Outcome::ok, "overlay");

  expect(fake.look(check_console), Outcome::warn, "no devpts", "mount -t devpts");
  fake.mounts({"/dev/pts devpts mode=600"});
  expect(fake.look(check_console), Outcome::warn, "no /dev/ptmx", "ln -s");
  fake.file("dev/ptmx", "");
  expect(fake.look(check_console), Outcome::ok, "devpts");

  expect(fake.look(check_pressure), Outcome::warn, "none", "psi=1");
  fake.file("proc/pressure/cpu", "some\n");
  expect(fake.look(check_pressure), Outcome::ok, "cpu");
}

TEST_CASE("doctor tells the modes of cgroups apart") {
  FakeMachine fake;
  expect(fake.look(check_cgroup_mode), Outcome::failed, "none mounted", "mount -t cgroup2");
  expect(fake.look(check_controllers), Outcome::skipped, "no cgroups");
  fake.mounts(v1_mounts);
  expect(fake.look(check_cgroup_mode), Outcome::warn, "legacy", "unified_cgroup_hierarchy=1");
  std::vector<std::string> hybrid = v1_mounts;
  hybrid.emplace_back("/sys/fs/cgroup/unified cgroup2 x");
  fake.mounts(hybrid);
  expect(fake.look(check_cgroup_mode), Outcome::warn, "v2 without controllers", "cgroup2");
  fake.file("sys/fs/cgroup/unified/cgroup.controllers", "hugetlb\n");
  expect(fake.look(check_cgroup_mode), Outcome::warn, "v2 with hugetlb", "crun refuses");
  expect(unified(fake, "cpu\n", "").look(check_cgroup_mode), Outcome::ok, "unified");
}

TEST_CASE("doctor tells which controllers are missing and which are not handed on") {
  FakeMachine fake;
  unified(fake, "cpuset cpu io memory pids\n", "cpuset cpu io memory pids\n");
  expect(fake.look(check_controllers), Outcome::ok, "cpuset cpu io memory pids");
  unified(fake, "cpuset cpu io memory pids\n", "cpu\n");
  expect(fake.look(check_controllers), Outcome::warn, "not handed on: cpuset io memory pids",
         "echo \"+cpuset +io +memory +pids\" > /sys/fs/cgroup/cgroup.subtree_control");
  unified(fake, "cpu memory pids\n", "cpu memory pids\n");
  expect(fake.look(check_controllers), Outcome::warn, "without cpuset io", "cgroup_disable");
  unified(fake, "cpu cpuset io pids\n", "");
  expect(fake.look(check_controllers), Outcome::failed, "without memory", "cgroup_disable");

  fake.mounts(v1_mounts);
  expect(fake.look(check_controllers), Outcome::ok, "cpu cpuacct cpuset memory");
  fake.mounts({v1_mounts[0], v1_mounts[4], v1_mounts[5]});
  expect(fake.look(check_controllers), Outcome::warn, "not mounted: cpuset memory pids blkio",
         "mount -t cgroup -o cpuset");
  fake.mounts({v1_mounts[0]});
  expect(fake.look(check_controllers), Outcome::failed, "devices freezer", "mount -t cgroup");
}

TEST_CASE("doctor tells whether cgroups freeze and kill and count swap") {
  FakeMachine fake;
  unified(fake, "memory\n", "memory\n");
  expect(fake.look(check_cgroup_end), Outcome::skipped, "no cgroup");
  expect(fake.look(check_swap), Outcome::skipped, "no cgroup with memory");
  fake.file("sys/fs/cgroup/one/memory.max", "max\n");
  expect(fake.look(check_cgroup_end), Outcome::warn, "no cgroup.freeze", "5.2");
  expect(fake.look(check_swap), Outcome::warn, "not counted", "swapaccount=1");
  fake.file("sys/fs/cgroup/one/cgroup.freeze", "0\n");
  expect(fake.look(check_cgroup_end), Outcome::warn, "no cgroup.kill", "5.14");
  fake.file("sys/fs/cgroup/one/cgroup.kill", "").file("sys/fs/cgroup/one/memory.swap.max", "max\n");
  expect(fake.look(check_cgroup_end), Outcome::ok, "cgroup.kill");
  expect(fake.look(check_swap), Outcome::ok, "counted");

  fake.mounts({v1_mounts[0]});
  expect(fake.look(check_cgroup_end), Outcome::warn, "no freezer", "freezer");
  expect(fake.look(check_swap), Outcome::skipped, "no memory controller");
  fake.mounts(v1_mounts);
  expect(fake.look(check_cgroup_end), Outcome::ok, "freezer (v1)");
  expect(fake.look(check_swap), Outcome::warn, "not counted", "swapaccount=1");
  fake.file("sys/fs/cgroup/memory/memory.memsw.limit_in_bytes", "1\n");
  expect(fake.look(check_swap), Outcome::ok, "counted");
}

TEST_CASE("doctor tells which driver systemd asks for") {
  FakeMachine fake;
  expect(fake.look(check_systemd), Outcome::ok, "cgroupfs driver");
  fake.file("run/systemd/system/x", "");
  expect(fake.look(check_systemd), Outcome::warn, "cannot be reached", "dbus");
  fake.file("run/systemd/private", "");
  expect(fake.look(check_systemd), Outcome::ok, "--systemd-cgroup");
}

TEST_CASE("doctor tells of the runtime's absence and age and quirks") {
  FakeMachine fake;
  Version version;
  version.name = "runc";
  version.version = "1.3.3";
  fake.machine.version = version;
  expect(fake.look(check_runtime), Outcome::ok, "runc 1.3.3");
  version.version = "1.1.5+ds1";
  fake.machine.version = version;
  expect(fake.look(check_runtime), Outcome::warn, "runc 1.1.5+ds1: CVE-2024-21626", "1.1.12");
  version.version = "1.0.0-rc95";
  fake.machine.version = version;
  expect(fake.look(check_runtime), Outcome::warn, "older than", "runc 1.1");
  fake.machine.version = Error(Errc::malformed_output, "no version");
  expect(fake.look(check_runtime), Outcome::failed, "does not tell", "--version");
  fake.machine.version = Error(Errc::runtime_not_found);
  expect(fake.look(check_runtime), Outcome::failed, "runc: not found", "CRUNC_RUNTIME");
  expect(fake.look(check_features), Outcome::skipped, "no runtime");
  expect(fake.look(check_containers), Outcome::skipped, "no runtime");
}

TEST_CASE("doctor tells of the runtime's features and of containers without a process") {
  FakeMachine fake;
  oci::Features features;
  features.oci_version_max = "1.0.2-dev";
  fake.machine.features = features;
  expect(fake.look(check_features), Outcome::ok, "1.0.2-dev");
  fake.machine.features = Error(Errc::unsupported);
  expect(fake.look(check_features), Outcome::skipped, "tells none");
  fake.machine.features = Error(Errc::malformed_output, "what");
  expect(fake.look(check_features), Outcome::warn, "cannot be read", "crunc features");

  fake.file("proc/10/stat", "");
  fake.machine.containers = std::vector{container("lives", 10, Status::running)};
  expect(fake.look(check_containers), Outcome::ok, "1, each");
  fake.machine.containers = std::vector{container("lives", 10, Status::running), container("gone", 11, Status::running),
                                        container("old", 0, Status::stopped)};
  expect(fake.look(check_containers), Outcome::warn, "2 of 3 without a process: gone, old", "crunc delete gone");
  fake.machine.containers = Error(Errc::malformed_output, "what");
  expect(fake.look(check_containers), Outcome::warn, "cannot be listed", "crunc list");
}

TEST_CASE("doctor tells whether the runtime's root can be written to") {
  FakeMachine fake;
  const Finding there = fake.look(check_state_root);  // not there yet: what is above it counts
  CHECK(there.outcome != Outcome::failed);
  CHECK(there.fact.starts_with("/run/runc: "));
  fake.machine.root = "/";
  fake.machine.state_root = "/proc/runc";  // no room, and nobody can make anything there
  CHECK(fake.look(check_state_root).outcome == Outcome::failed);
}

TEST_CASE("doctor tells of CRIU and what it says of this kernel") {
  FakeMachine fake;
  expect(fake.look(check_criu), Outcome::warn, "not found", "install");
  expect(fake.look(check_criu_kernel), Outcome::skipped, "no CRIU");
  fake.machine.criu_version = Answer{0, "Version: 4.1.1\nGitID: x\n"};
  fake.machine.criu_check = Answer{0, "Looks good.\n"};
  expect(fake.look(check_criu), Outcome::ok, "criu 4.1.1");
  expect(fake.look(check_criu_kernel), Outcome::ok, "looks good");
  fake.machine.criu_check = Answer{1, "Warn\nError: no vdso\n"};
  expect(fake.look(check_criu_kernel), Outcome::warn, "Error: no vdso", "newer CRIU");
  fake.machine.criu_version = Answer{127, "criu: broken\n"};
  expect(fake.look(check_criu), Outcome::warn, "criu: broken", "install");
}

TEST_CASE("doctor's lines fit the width and are coloured only where asked for") {
  const std::vector<CheckResult> results{
      {"one", {Outcome::ok, "fine"}},
      {"another", {Outcome::failed, "bad", "do this and that and then something else which takes a line of its own"}}};
  for (const std::size_t width : {40U, 80U, 120U}) {
    std::istringstream lines(report_table(results, width, false));
    for (std::string line; std::getline(lines, line);) CHECK(line.size() <= width);
  }
  CHECK(report_table(results, 80, false).find('\x1b') == std::string::npos);
  CHECK(report_table(results, 80, true).find("\x1b[31mfailed") != std::string::npos);
  CHECK(report_table(results, 80, false).find("1 ok, 0 warn, 1 failed, 0 skipped\n") != std::string::npos);
}

TEST_CASE("doctor agrees with this machine") {
  if (test::skip_unless_runtime("runc")) return;
  const auto result = test::run_program({test::command_path(), "doctor", "--format", "json"});
  const auto report = boost::json::parse(result.out).as_object();
  CHECK(report.at("schema").as_string() == "crunc.doctor/1");
  CHECK(result.status == (report.at("failed").to_number<int>() == 0 ? 0 : 1));
  std::map<std::string, std::pair<std::string, std::string>> found;
  for (const auto& each : report.at("checks").as_array()) {
    found[std::string(each.at("name").as_string())] = {each.at("outcome").as_string().c_str(),
                                                       each.at("fact").as_string().c_str()};
  }
  CHECK(found.size() == all_checks().size());
  CHECK(found["runtime"].second.starts_with("runc "));
  CHECK((found["cgroups"].first == "ok") == test::on_cgroup_v2());
  CHECK((found["user"].second.starts_with("root")) == (::geteuid() == 0));
  CHECK((found["pidfds"].first == "ok") == test::kernel_is_at_least(6, 15));
  CHECK((found["systemd"].second.find("--systemd-cgroup)") != std::string::npos &&
         found["systemd"].second.starts_with("manages")) == fs::exists("/run/systemd/system"));
  const auto table = test::run_program({test::command_path(), "doctor"}, {.env = {"COLUMNS=120"}});
  CHECK(table.err == "");
  CHECK(table.out.find('\x1b') == std::string::npos);
}

TEST_CASE("doctor without a runtime fails and says what to do") {
  const auto result = test::run_program({test::command_path(), "--runtime", "/nonexistent/runc", "doctor"});
  CHECK(result.status == 1);
  CHECK(result.err == "");
  CHECK(result.out.find("CRUNC_RUNTIME") != std::string::npos);
}

TEST_CASE("doctor's timeout is for all that it asks together") {
  test::FakeRuntime fake;
  fake.on("--version").step("stdout \"runc version 1.1.5\\nspec: 1.0.2-dev\\n\"");
  fake.on("features").step("hang");
  fake.on("list").step("delay 500").step("stdout []");  // in time, if it had a time of its own
  test::FakeRuntime criu("criu");
  criu.on("*").step("exit 0");
  const auto result = test::run_program(
      test::crunc_on(fake, {"--criu", criu.command(), "--timeout", "1500ms", "doctor", "--format", "json"}));
  CHECK(result.err == "");
  std::map<std::string, std::string> facts;
  const auto report = boost::json::parse(result.out);
  for (const auto& each : report.at("checks").as_array()) {
    facts[each.at("name").as_string().c_str()] = each.at("fact").as_string().c_str();
  }
  CHECK(facts["runtime"].starts_with("runc 1.1.5"));
  CHECK(facts["containers"] == "cannot be listed");
}
