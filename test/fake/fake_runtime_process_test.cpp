// SPDX-License-Identifier: Apache-2.0
//
// Tests of what the fake runtime does as a process: it waits at barriers, leaves children behind, takes
// signals and dies of them.
#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <future>
#include <set>
#include <sstream>

#include "../support/fifo.hpp"
#include "../support/run_program.hpp"
#include "../support/scenario.hpp"
#include "../support/text_file.hpp"

namespace {

using namespace std::chrono_literals;
using crunc::test::await_arrival;
using crunc::test::FakeRuntime;
using crunc::test::FifoWriter;
using crunc::test::let_go;
using crunc::test::ProgramResult;
using crunc::test::read_text;
using crunc::test::run_program;

/// A fake runtime that plays in the background, from its barrier `ready` on.
class Playing {
 public:
  /// `before` and `after`: steps around the barrier, one a line.
  Playing(const std::string& before, const std::string& after) {
    fake_.on("*").step(before).step("write " + (fake_ / "pid").string() + " %PID%");
    fake_.step("open_write " + fake_.make_fifo("ready").string()).step(after);
    result_ = std::async(std::launch::async, [command = fake_.command().string()] { return run_program({command}); });
    await_arrival(fake_ / "ready");
    pid_ = std::stoi(read_text(fake_ / "pid"));
  }

  void send(int signo) const { CHECK(::kill(pid_, signo) == 0); }
  int end() { return result_.get().status; }

 private:
  FakeRuntime fake_;
  std::future<ProgramResult> result_;
  pid_t pid_ = 0;
};

}  // namespace

TEST_SUITE_BEGIN("fake runtime");

TEST_CASE("delay takes its time") {
  FakeRuntime fake;
  fake.on("*").step("delay 30");
  const auto start = std::chrono::steady_clock::now();

  CHECK(run_program({fake.command()}).status == 0);

  CHECK(std::chrono::steady_clock::now() - start >= 30ms);
}

TEST_CASE("open_write and open_read are barriers in both directions") {
  FakeRuntime fake;
  const auto here = fake.make_fifo("here");
  const auto go = fake.make_fifo("go");
  const auto done = fake / "done";
  fake.on("*").step("open_write " + here.string()).step("open_read " + go.string());
  fake.step("write " + done.string() + " x");

  auto playing = std::async(std::launch::async, [&] { return run_program({fake.command()}); });
  await_arrival(here);
  CHECK_FALSE(std::filesystem::exists(done));
  let_go(go);

  CHECK(playing.get().status == 0);
  CHECK(std::filesystem::exists(done));
}

TEST_CASE("hold leaves a child that keeps stdout open after the runtime has ended") {
  FakeRuntime fake;
  const auto fifo = fake.make_fifo("hold");
  fake.on("*").step("hold " + fifo.string()).step("stdout done").step("exit 7");

  // A reader of stdout until its end, as the shell's pipe is, has to wait for the child.
  const std::string pipeline = fake.command().string() + " | cat; echo end";
  auto piped = std::async(std::launch::async, [&] { return run_program({"/bin/sh", "-c", pipeline}); });
  FifoWriter writer(fifo);
  CHECK(piped.wait_for(30ms) == std::future_status::timeout);
  writer.close();
  CHECK(piped.get().out == "doneend\n");

  auto alone = std::async(std::launch::async, [&] { return run_program({fake.command()}); });
  FifoWriter holding(fifo);
  const ProgramResult result = alone.get();
  CHECK(result.status == 7);
  CHECK(result.out == "done");
}

TEST_CASE("kill ends the runtime by the signal even if it is ignored") {
  for (const char* const name : {"KILL", "SIGTERM", "2", "ABRT", "SEGV"}) {
    FakeRuntime fake;
    fake.on("*").step("stderr before");
    if (std::string_view(name) != "KILL") fake.step("ignore " + std::string(name));
    fake.step("kill " + std::string(name)).step("exit 3");

    const ProgramResult result = run_program({fake.command()});

    CHECK(std::set<int>{-SIGKILL, -SIGTERM, -SIGINT, -SIGABRT, -SIGSEGV}.contains(result.status));
    CHECK(result.err == "before");
  }
}

TEST_CASE("hang waits until a signal ends it") {
  Playing playing("delay 0", "hang");

  playing.send(SIGTERM);

  CHECK(playing.end() == -SIGTERM);
}

TEST_CASE("ignored signals do nothing and default ones kill again") {
  Playing ignoring("ignore TERM\nignore SIGUSR1", "hang");
  ignoring.send(SIGTERM);
  ignoring.send(SIGUSR1);
  ignoring.send(SIGKILL);
  CHECK(ignoring.end() == -SIGKILL);

  Playing defaulted("ignore INT\ndefault INT", "hang");
  defaulted.send(SIGINT);
  CHECK(defaulted.end() == -SIGINT);
}

TEST_CASE("on_signal exits with the code it was given") {
  Playing playing("on_signal TERM 143\non_signal HUP 0", "hang");

  playing.send(SIGTERM);

  CHECK(playing.end() == 143);
}

TEST_CASE("record_signals writes each signal down and on_signal still ends the runtime") {
  const crunc::test::TempDir dir;
  const std::string record = "record_signals " + (dir / "signals").string();
  Playing playing("on_signal INT 9\n" + record + "\non_signal QUIT 8", "hang");

  playing.send(SIGTERM);
  playing.send(SIGUSR1);
  playing.send(SIGWINCH);
  playing.send(SIGRTMAX);
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  // Four signals pend at once: let each be written down before the one that ends it all.
  while (read_text(dir / "signals").size() < 12 && std::chrono::steady_clock::now() < deadline) usleep(500);
  playing.send(SIGINT);

  CHECK(playing.end() == 9);
  const std::string lines = read_text(dir / "signals");
  CHECK(lines.ends_with("\n2\n"));
  std::multiset<std::string> numbers;
  std::istringstream words(lines);
  for (std::string word; words >> word;) numbers.insert(word);
  CHECK(numbers == std::multiset<std::string>{"10", "15", "2", "28", "64"});
}

TEST_CASE("record_signals does not wait for the reader of a fifo") {
  FakeRuntime fake;
  const std::string fifo = fake.make_fifo("signals").string();
  fake.on("*").step("record_signals " + fifo).step("kill USR1");

  CHECK(run_program({fake.command()}).status == -SIGUSR1);
}

TEST_CASE("concurrent calls are recorded one a line") {
  FakeRuntime fake;
  fake.on("*");
  const std::string command = fake.command().string();
  const std::string long_word(5000, 'w');
  std::vector<std::future<ProgramResult>> calls;

  for (int i = 0; i < 16; ++i) {
    calls.push_back(std::async(std::launch::async, [&] { return run_program({command, long_word}); }));
  }
  for (auto& call : calls) CHECK(call.get().status == 0);

  CHECK(fake.calls() == std::vector<std::vector<std::string>>(16, {long_word}));
}

TEST_SUITE_END();
