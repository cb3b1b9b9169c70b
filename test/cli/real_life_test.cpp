// SPDX-License-Identifier: Apache-2.0
// crunc beside the real runc: socket activation, and who lives on when crunc is killed.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>

#include <regex>

#include "beside.hpp"
#include "bundle/bundle.hpp"
#include "support/process.hpp"
#include "support/requirements.hpp"
#include "support/run_program.hpp"
#include "support/temp_dir.hpp"

namespace test = crunc::test;
using test::Argv;
using test::run_program;
using test::Running;

namespace {

bool skip_unless_runc() { return test::skip_unless_root() || test::skip_unless_runtime("runc"); }

std::string runc_path() { return test::find_program("runc").value(); }

/// A container's id, a root for it and its end.
class Place {
 public:
  ~Place() { static_cast<void>(runc({"delete", "-f", id})); }
  [[nodiscard]] test::ProgramResult runc(const Argv& line) const {
    Argv argv{"runc", "--root", dir / "root"};
    argv.insert(argv.end(), line.begin(), line.end());
    return run_program(argv);
  }
  [[nodiscard]] Argv crunc(const Argv& line) const {
    Argv argv{test::command_path(), "--root", dir / "root"};
    argv.insert(argv.end(), line.begin(), line.end());
    return argv;
  }

  const test::TempDir dir{};
  const std::string id = "life" + std::to_string(::getpid());
};

/// Everything up to the end of a pipe, or up to the first line.
std::string read_from(int fd, bool to_end) {
  std::string text;
  char byte = 0;
  while (::read(fd, &byte, 1) == 1 && (to_end || byte != '\n')) text += byte;
  return text;
}

/// What a program with a listening socket at 3 prints, as a service manager starts it.
std::string activated(const Argv& argv) {
  const int listening = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::bind(listening, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(::listen(listening, 1) == 0);
  int out[2];
  REQUIRE(::pipe2(out, O_CLOEXEC) == 0);
  const Running program(argv, [&] {
    ::dup2(out[1], 1);
    const int high = ::fcntl(listening, F_DUPFD_CLOEXEC, 10);
    ::dup2(high, 3);
    ::setenv("LISTEN_FDS", "1", 1);
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    ::setenv("LISTEN_FDNAMES", "http", 1);
  });
  ::close(out[1]);
  std::string text = read_from(out[0], true);
  CHECK(program.wait() == 0);
  ::close(out[0]);
  ::close(listening);
  return std::regex_replace(text, std::regex(R"(socket:\[\d+\])"), "socket:[N]");
}

/// The first child of a process.
pid_t child_of(pid_t pid) {
  const std::string task = std::to_string(pid);
  const std::string children = test::read_text("/proc/" + task + "/task/" + task + "/children");
  REQUIRE_FALSE(children.empty());
  return std::stoi(children);
}

}  // namespace

TEST_CASE("a listening socket that crunc was started with is the container's as with runc") {
  if (skip_unless_runc()) return;
  const Place place;
  const std::string script =
      "echo fds=$LISTEN_FDS pid=$LISTEN_PID names=$LISTEN_FDNAMES self=$$;"
      "ls -l /proc/$$/fd/3 | while read line; do echo ${line##* }; done";
  crunc::fixtures::make_bundle(place.dir / "b", {.args = {"sh", "-c", script}});
  const std::string bundle = place.dir / "b";

  const std::string plain = activated({runc_path(), "--root", place.dir / "root", "run", "-b", bundle, place.id});
  const std::string ours = activated(place.crunc({"run", "-b", bundle, place.id}));

  CHECK(plain.find("fds=1") != std::string::npos);
  CHECK(plain.find("socket:[N]") != std::string::npos);
  CHECK(ours == plain);
}

TEST_CASE("SIGKILL of crunc run ends runc as well") {
  if (skip_unless_runc()) return;
  const Place place;
  crunc::fixtures::make_bundle(place.dir / "b", {.args = {"sh", "-c", "echo up; exec sleep 1000"}});
  int out[2];
  REQUIRE(::pipe2(out, O_CLOEXEC) == 0);
  const Running crunc(place.crunc({"run", "-b", place.dir / "b", place.id}), [&] { ::dup2(out[1], 1); });
  ::close(out[1]);
  CHECK(read_from(out[0], false) == "up");
  const pid_t runc = child_of(crunc.pid());
  CHECK(test::is_alive(runc));

  ::kill(crunc.pid(), SIGKILL);
  CHECK(WIFSIGNALED(crunc.wait()));

  test::wait_for_end(runc);
  CHECK_FALSE(test::is_alive(runc));
  ::close(out[0]);
}

TEST_CASE("a detached container lives on when crunc has ended") {
  if (skip_unless_runc()) return;
  const Place place;
  crunc::fixtures::make_bundle(place.dir / "b");
  const Running crunc(place.crunc({"run", "-d", "-b", place.dir / "b", "--pid-file", place.dir / "pid", place.id}),
                      [] { static_cast<void>(::dup2(::open("/dev/null", O_RDWR), 1)); });
  CHECK(crunc.wait() == 0);
  CHECK(place.runc({"state", place.id}).out.find("\"running\"") != std::string::npos);
  CHECK(test::is_alive(std::stoi(test::read_text(place.dir / "pid"))));
}
