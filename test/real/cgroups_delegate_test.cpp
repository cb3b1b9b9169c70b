// SPDX-License-Identifier: Apache-2.0
// A cgroup of v2 that is given to a user, and what that user can do with it.
#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <set>
#include <sstream>

#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <crunc/cgroups/cgroup.hpp>

#include "support/requirements.hpp"
#include "support/text_file.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using namespace std::chrono_literals;

namespace fs = std::filesystem;

namespace {

constexpr uid_t user = 65534;

bool is_skipped() {
  return test::skip_unless_root() || test::skip_unless(detect() != Mode::unavailable, "no cgroups") ||
         test::skip_unless(Hierarchy::system().value().unified_fd() >= 0, "no cgroup v2");
}

/// A cgroup of root's, and in it one that is the user's.
class Delegated {
 public:
  Hierarchy machine = Hierarchy::system().value();
  CgroupPath outer_path = CgroupPath::parse("/crunc-test-given-" + std::to_string(::getpid())).value();
  Cgroup cgroup = Cgroup::create(machine, outer_path.child("web").value(), {.delegate_to = user}).value();

  Delegated() = default;
  ~Delegated() {
    auto outer = Cgroup::load(machine, outer_path);
    static_cast<void>(outer->kill(10s));
    CHECK(outer->remove({.timeout = 10s}).has_value());
  }
  Delegated(const Delegated&) = delete;
  Delegated& operator=(const Delegated&) = delete;

  [[nodiscard]] fs::path on_v2() const { return cgroup.paths().at(""); }
};

uid_t owner_of(const fs::path& path) {
  struct stat info {};
  REQUIRE(::lstat(path.c_str(), &info) == 0);
  return info.st_uid;
}

/// The files that the kernel wants given away with a cgroup.
std::set<std::string> delegated_names() {
  std::istringstream list(test::read_text("/sys/kernel/cgroup/delegate"));
  std::set<std::string> names;
  for (std::string name; list >> name;) names.insert(name);
  return names;
}

bool become_user() {
  return ::setgroups(0, nullptr) == 0 && ::setresgid(user, user, user) == 0 && ::setresuid(user, user, user) == 0;
}

bool write_to(const fs::path& file, std::string_view text) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
  const bool written = fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int error = errno;
  ::close(fd);
  errno = error;
  return written;
}

/// What the user does: a cgroup of its own, into which it goes, while what is above stays shut. The step that failed.
int use(const fs::path& web) {
  if (!become_user()) return 1;
  if (::mkdir((web / "inner").c_str(), 0755) != 0) return 2;
  if (!write_to(web / "inner/cgroup.procs", "0")) return 3;
  if (write_to(web.parent_path() / "cgroup.procs", "0") || errno != EACCES) return 4;
  if (::mkdir((web.parent_path() / "beside").c_str(), 0755) == 0 || errno != EACCES) return 5;
  if (write_to(web / "cgroup.freeze", "1") || errno != EACCES) return 6;
  if (!write_to(web / "inner/cgroup.freeze", "0")) return 7;
  return 0;
}

/// A process in the cgroup that stops, uses it once it is continued, and stops again if all went well.
pid_t start_user(Cgroup& cgroup, const fs::path& web) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::raise(SIGSTOP);
    if (const int step = use(web); step != 0) ::_exit(step);
    ::raise(SIGSTOP);
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(pid, &status, WUNTRACED) == pid);
  REQUIRE(cgroup.add_process(pid).has_value());
  REQUIRE(::kill(pid, SIGCONT) == 0);
  return pid;
}

}  // namespace

TEST_CASE("a delegated cgroup of v2 and the files that the kernel lists are its user's and all else is root's") {
  if (is_skipped()) return;
  const Delegated given;
  const std::set<std::string> names = delegated_names();
  REQUIRE(names.contains("cgroup.procs"));

  CHECK(owner_of(given.on_v2()) == user);
  std::size_t users = 0;
  for (const auto& file : fs::directory_iterator(given.on_v2())) {
    const bool is_users = names.contains(file.path().filename().string());
    CAPTURE(file.path().filename().string());
    CHECK(owner_of(file.path()) == (is_users ? user : 0));
    users += is_users ? 1 : 0;
  }
  CHECK(users >= 3);
  CHECK(owner_of(given.on_v2().parent_path()) == 0);
  CHECK(owner_of(given.on_v2().parent_path() / "cgroup.procs") == 0);
  for (const auto& each : given.cgroup.paths()) {
    CAPTURE(each.first);
    if (!each.first.empty()) CHECK(owner_of(each.second) == 0);
  }
}

TEST_CASE("the user of a delegated cgroup makes cgroups below it and goes there and no further up") {
  if (is_skipped()) return;
  Delegated given;
  const pid_t pid = start_user(given.cgroup, given.on_v2());

  int status = 0;
  REQUIRE(::waitpid(pid, &status, WUNTRACED) == pid);
  CAPTURE(WIFEXITED(status) ? WEXITSTATUS(status) : 0);
  REQUIRE(WIFSTOPPED(status));
  CHECK(owner_of(given.on_v2() / "inner") == user);
  CHECK(CgroupPath::of_pid(given.machine, pid).value() == given.cgroup.path().child("inner").value());
  REQUIRE(given.cgroup.kill().has_value());
  CHECK(::waitpid(pid, &status, 0) == pid);
}
