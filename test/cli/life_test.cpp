// SPDX-License-Identifier: Apache-2.0
// One life: what stops, continues or kills crunc does so to the runtime, and the other way round.
#include <doctest/doctest.h>

#include <signal.h>

#include <boost/json/object.hpp>
#include <optional>

#include "beside.hpp"
#include "support/condition.hpp"
#include "support/fifo.hpp"
#include "support/process.hpp"
#include "support/text_file.hpp"

namespace test = crunc::test;
using test::Argv;
using test::crunc_on;
using test::FakeRuntime;
using test::Running;

namespace {

/// A crunc whose runtime has arrived at its `hang`, in a process group that job control can stop.
class Pair {
 public:
  Pair(FakeRuntime& fake, const Argv& line, const std::string& first_step = "write /dev/null x") {
    const auto here = fake.make_fifo("here");
    fake.on("*").step(first_step).step("open_write " + here.string()).step("hang");
    crunc_.emplace(crunc_on(fake, line), [] { ::setpgid(0, 0); });
    test::await_arrival(here);
    runtime_ = static_cast<pid_t>(fake.records().at(0).at("pid").as_int64());
    std::filesystem::remove(here);
  }
  ~Pair() {
    ::kill(crunc_->pid(), SIGKILL);
    test::wait_for_end(runtime_);
    static_cast<void>(crunc_->wait());
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;

  [[nodiscard]] const Running& crunc() const { return *crunc_; }
  [[nodiscard]] pid_t runtime() const { return runtime_; }

 private:
  std::optional<Running> crunc_{};
  pid_t runtime_ = -1;
};

char state_of(pid_t pid) {
  const std::string stat = test::read_text("/proc/" + std::to_string(pid) + "/stat");
  const auto name_end = stat.rfind(')');
  return name_end == std::string::npos ? '-' : stat.at(name_end + 2);
}

const std::vector<Argv> every_verb{
    {"create", "c"},
    {"run", "c"},
    {"start", "c"},
    {"exec", "c", "x"},
    {"state", "c"},
    {"list"},
    {"kill", "c"},
    {"delete", "c"},
    {"pause", "c"},
    {"resume", "c"},
    {"ps", "c"},
    {"events", "c"},
    {"update", "-r", "-", "c"},
    {"checkpoint", "c"},
    {"restore", "c"},
    {"spec"},
    {"features"},
    {"bogus"},
};

}  // namespace

TEST_CASE("SIGKILL of crunc ends the runtime in every verb") {
  for (const Argv& line : every_verb) {
    CAPTURE(line.front());
    FakeRuntime fake;
    // A runtime that would survive anything milder.
    const Pair pair(fake, line, "record_signals " + (fake / "signals").string());
    CHECK(test::is_alive(pair.runtime()));

    ::kill(pair.crunc().pid(), SIGKILL);

    test::wait_for_end(pair.runtime());
    CHECK_FALSE(test::is_alive(pair.runtime()));
  }
}

TEST_CASE("job control stops and continues crunc and the runtime as one") {
  for (const int signo : {SIGTSTP, SIGTTIN, SIGTTOU}) {
    FakeRuntime fake;
    const Pair pair(fake, {"run", "c"});

    ::kill(pair.crunc().pid(), signo);
    const int stopped = pair.crunc().wait(WUNTRACED);
    CHECK(WIFSTOPPED(stopped));
    CHECK(WSTOPSIG(stopped) == signo);
    CHECK(state_of(pair.runtime()) == 'T');

    ::kill(pair.crunc().pid(), SIGCONT);
    CHECK(WIFCONTINUED(pair.crunc().wait(WCONTINUED)));
    CHECK(test::comes_to_be([&] { return state_of(pair.runtime()) == 'S'; }));

    ::kill(pair.crunc().pid(), SIGTERM);
    const int ended = pair.crunc().wait();
    CHECK(WIFSIGNALED(ended));
    CHECK(WTERMSIG(ended) == SIGTERM);
  }
}

TEST_CASE("a runtime that job control stops by itself stops crunc and is continued through it") {
  FakeRuntime fake;
  const Pair pair(fake, {"exec", "c", "x"});

  ::kill(pair.runtime(), SIGTSTP);
  CHECK(WIFSTOPPED(pair.crunc().wait(WUNTRACED)));
  ::kill(pair.crunc().pid(), SIGCONT);

  CHECK(WIFCONTINUED(pair.crunc().wait(WCONTINUED)));
  CHECK(test::comes_to_be([&] { return state_of(pair.runtime()) == 'S'; }));
}

TEST_CASE("a runtime that catches SIGTSTP gets it and crunc goes on") {
  FakeRuntime fake;
  const Pair pair(fake, {"run", "c"}, "record_signals " + (fake / "signals").string());

  ::kill(pair.crunc().pid(), SIGTSTP);
  CHECK(test::comes_to_be([&] { return test::read_text(fake / "signals") == "20\n"; }));
  ::kill(pair.crunc().pid(), SIGWINCH);
  CHECK(test::comes_to_be([&] { return test::read_text(fake / "signals") == "20\n28\n"; }));

  CHECK(pair.crunc().wait(WUNTRACED | WNOHANG) == -1);
  CHECK(state_of(pair.crunc().pid()) == 'S');
}
