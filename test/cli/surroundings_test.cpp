// SPDX-License-Identifier: Apache-2.0
// What the runtime is handed besides its arguments: by crunc exactly what a direct start would hand it, in each verb.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "beside.hpp"
#include "support/run_program.hpp"
#include "support/temp_dir.hpp"

namespace test = crunc::test;
using test::Argv;
using test::crunc_on;
using test::FakeRuntime;
using test::Running;
namespace json = boost::json;

namespace {

/// A way to be started in that nothing is as it usually is.
struct OddStart {
  std::string directory;
  std::string file;
  bool own_group;
  bool own_session;

  void operator()() const {
    if (own_session) ::setsid();
    if (own_group) ::setpgid(0, 0);
    sigset_t blocked;
    ::sigemptyset(&blocked);
    for (const int signo : {SIGUSR1, SIGUSR2, SIGRTMIN + 3}) ::sigaddset(&blocked, signo);
    ::sigprocmask(SIG_SETMASK, &blocked, nullptr);
    for (const int signo : {SIGHUP, SIGPIPE, SIGTSTP, SIGWINCH}) ::signal(signo, SIG_IGN);
    ::umask(0027);
    ::setpriority(PRIO_PROCESS, 0, 5);
    const rlimit files{.rlim_cur = 77, .rlim_max = 200};
    ::setrlimit(RLIMIT_NOFILE, &files);
    const rlimit no_core{.rlim_cur = 0, .rlim_max = 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    for (const int kept : {0, 3, 5, 40}) ::dup2(fd, kept);
    ::dup3(fd, 41, O_CLOEXEC);
    ::close(2);
    if (::chdir(directory.c_str()) != 0) ::_exit(125);
    ::setenv("NOTIFY_SOCKET", "/run/notify", 1);
    ::setenv("LISTEN_FDS", "3", 1);
    ::setenv("LISTEN_FDNAMES", "a:b:c", 1);
    ::setenv("_OCI_SYNCPIPE", "5", 1);
    ::setenv("EMPTY", "", 1);
    ::unsetenv("PATH");
  }
};

const std::vector<Argv> every_verb{
    {"create", "-b", "/b", "c"},
    {"run", "-b", "/b", "--preserve-fds", "3", "c"},
    {"start", "c"},
    {"exec", "-t", "c", "sh"},
    {"state", "c"},
    {"list", "-f", "json"},
    {"kill", "c", "TERM"},
    {"delete", "-f", "c"},
    {"pause", "c"},
    {"resume", "c"},
    {"ps", "-f", "json", "c"},
    {"events", "--stats", "c"},
    {"update", "--memory", "5", "c"},
    {"checkpoint", "--leave-running", "c"},
    {"restore", "-d", "c"},
    {"spec", "--rootless"},
    {"features"},
    {"bogus"},
    {"--version"},
};

/// What is compared: all but who it is, and what it is called with.
json::object surroundings(json::object record) {
  for (const char* const key : {"pid", "ppid", "argv"}) record.erase(key);
  return record;
}

bool has_variable(const json::object& record, const std::string& entry) {
  for (const json::value& each : record.at("env").as_array()) {
    if (each.as_string() == entry) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("every verb gets the surroundings of a direct start") {
  const test::TempDir dir;
  FakeRuntime fake;
  fake.on("*").step("exit 0");
  const std::string program = fake.command();
  const OddStart odd{.directory = dir.path(), .file = dir / "file", .own_group = false, .own_session = false};
  CHECK(Running({program, "direct"}, odd).wait() == 0);
  for (const Argv& line : every_verb) CHECK(Running(crunc_on(fake, line), odd).wait() == 0);

  const auto records = fake.records();
  REQUIRE(records.size() == every_verb.size() + 1);
  const json::object direct = surroundings(records[0]);
  CHECK(has_variable(direct, "LISTEN_FDNAMES=a:b:c"));
  CHECK(direct.at("nice").as_int64() == 5);
  CHECK(direct.at("umask").as_string() == "0027");
  for (std::size_t i = 0; i < every_verb.size(); ++i) {
    CAPTURE(every_verb[i].front());
    CHECK(json::serialize(surroundings(records[i + 1])) == json::serialize(direct));
  }
}

TEST_CASE("the runtime is in crunc's process group and session") {
  const test::TempDir dir;
  for (const bool session : {false, true}) {
    FakeRuntime fake;
    fake.on("*").step("exit 0");
    const OddStart odd{.directory = dir.path(), .file = dir / "file", .own_group = !session, .own_session = session};
    const Running crunc(crunc_on(fake, {"state", "c"}), odd);
    CHECK(crunc.wait() == 0);
    const json::object record = fake.records().at(0);
    CHECK(record.at("pgid").as_int64() == crunc.pid());
    CHECK((record.at("sid").as_int64() == crunc.pid()) == session);
  }
}

TEST_CASE("a LISTEN_PID that names crunc names the runtime and any other stays") {
  FakeRuntime fake;
  fake.on("*").step("exit 0");
  const auto with_listen_pid = [&](const Argv& line, const std::string& value) {
    const Running crunc(crunc_on(fake, line), [&] {
      ::setenv("LISTEN_PID", value.empty() ? std::to_string(::getpid()).c_str() : value.c_str(), 1);
      ::setenv("LISTEN_FDS", "1", 1);
      ::setenv("LISTEN_FDNAMES", "http", 1);
    });
    CHECK(crunc.wait() == 0);
    return fake.records().back();
  };
  for (const Argv& line : every_verb) {
    CAPTURE(line.front());
    const json::object record = with_listen_pid(line, "");
    CHECK(has_variable(record, "LISTEN_PID=" + std::to_string(record.at("pid").as_int64())));
    CHECK(has_variable(record, "LISTEN_FDS=1"));
    CHECK(has_variable(record, "LISTEN_FDNAMES=http"));
  }
  for (const char* const other : {"1", "999999999", "x", "0"}) {
    CHECK(has_variable(with_listen_pid({"run", "c"}, other), std::string("LISTEN_PID=") + other));
  }
}
