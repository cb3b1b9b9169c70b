// SPDX-License-Identifier: Apache-2.0
// Loggers: programs that get a process' output. Here they are scripts; what they get, when they count as ready, and
// what is said of one that does not.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "process/operation.hpp"
#include "support/console_peer.hpp"
#include "support/failing.hpp"
#include "support/raw_fifo.hpp"
#include "support/temp_dir.hpp"
#include "support/text_file.hpp"
#include "sys/calls.hpp"
#include "task/logger.hpp"
#include "task/named_pipe.hpp"

using namespace crunc;
using namespace std::chrono_literals;
using sys::Calls;
using sys::kernel_calls;
using sys::ReplacedCalls;
using task::LoggerStart;
using test::fail_with;
using test::read_text;
using test::TempDir;
using test::write_bytes;

namespace {

LoggerCommand script(const std::string& text) { return {.argv = {"sh", "-c", text}}; }

/// Two named pipes and what is read from them.
struct Scene {
  Scene() {
    for (const std::string& path : {out, err}) test::make_fifo(path);
  }
  std::array<sys::Fd, 2> readers() const { return {task::open_reader(out).value(), task::open_reader(err).value()}; }
  /// A script that puts the two into files when it is told of their ends.
  std::string copying() const {
    return "cat <&3 >" + (dir / "got.out").string() + "; cat <&4 >" + (dir / "got.err").string();
  }
  std::string got(const char* which) const { return read_text(dir / (std::string("got.") + which)); }

  const TempDir dir{};
  const std::string out = dir / "out";
  const std::string err = dir / "err";
};

Result<std::shared_ptr<Process>> run(LoggerStart& start) {
  process::drive(start, {});
  return start.result();
}
Result<std::shared_ptr<Process>> run(LoggerCommand command) {
  LoggerStart start(std::move(command), {});
  return run(start);
}

ExitStatus end_of(const std::shared_ptr<Process>& logger) { return logger->wait({.timeout = 30s}).value(); }

}  // namespace

TEST_CASE("a logger gets both outputs and is not at their end before the process has begun") {
  const Scene scene;
  std::optional<LoggerStart> start;
  start.emplace(script("printf x >&5; exec 5>&-; " + scene.copying()), scene.readers());
  const std::shared_ptr<Process> logger = run(*start).value();

  sys::Fd out = test::open_fifo_writer(scene.out);
  sys::Fd err = test::open_fifo_writer(scene.err);
  start.reset();
  CHECK_FALSE(logger->has_ended());
  write_bytes(out.get(), "printed");
  write_bytes(err.get(), "complained");
  out.reset();
  err.reset();

  CHECK(end_of(logger) == ExitStatus::exited(0));
  CHECK(scene.got("out") == "printed");
  CHECK(scene.got("err") == "complained");
}

TEST_CASE("a logger whose process never comes is at the end of its input") {
  const Scene scene;
  std::optional<LoggerStart> start;
  start.emplace(script("exec 5>&-; " + scene.copying()), scene.readers());
  const std::shared_ptr<Process> logger = run(*start).value();
  start.reset();

  CHECK(end_of(logger) == ExitStatus::exited(0));
}

TEST_CASE("a logger that closes its pipe is ready and one that ends is not") {
  const Scene scene;
  for (int i = 0; i < 20; ++i) {
    std::optional<LoggerStart> start;
    start.emplace(script("exec 5>&-; exec cat <&3"), scene.readers());
    const auto ready = run(*start);
    REQUIRE(ready.has_value());
    start.reset();
    CHECK(end_of(*ready) == ExitStatus::exited(0));

    const auto ended = run(script("exit 3"));
    REQUIRE(ended.has_error());
    CHECK(ended.error().code == Errc::system_error);
    CHECK(ended.error().reason == "the logger sh ended before it was ready: exited(3)");
    CHECK(ended.error().exit == ExitStatus::exited(3));
  }
  CHECK(run(script("kill -9 $$")).error().exit == ExitStatus::signaled(9));
}

TEST_CASE("an output that is not a logger's own is nothing and so are its standard streams") {
  const TempDir dir;
  const std::string seen = dir / "seen";
  const auto logger = run(script("for i in 0 1 2 3 4; do readlink /proc/$$/fd/$i; done >" + seen + "; echo >&5"));

  REQUIRE(logger.has_value());
  CHECK(end_of(*logger) == ExitStatus::exited(0));
  // The shell's own stdout is the file for the time being.
  CHECK(read_text(seen) == "/dev/null\n" + seen + "\n/dev/null\n/dev/null\n/dev/null\n");
}

TEST_CASE("a logger has a process group of its own and the environment that it is given") {
  const TempDir dir;
  const std::string seen = dir / "seen";
  LoggerCommand command = script("echo $$ $(ps -o pgid= -p $$) $NAME >" + seen + "; echo >&5");
  command.environment = {"NAME=web"};
  const auto logger = run(std::move(command));

  REQUIRE(logger.has_value());
  CHECK(end_of(*logger) == ExitStatus::exited(0));
  const std::string pid = std::to_string((*logger)->pid());
  CHECK(read_text(seen) == pid + " " + pid + " web\n");
}

TEST_CASE("a logger lives on when its start is destroyed") {
  const Scene scene;
  std::shared_ptr<Process> logger;
  sys::Fd writer;
  {
    LoggerStart start(script("echo >&5; " + scene.copying()), scene.readers());
    logger = run(start).value();
    writer = test::open_fifo_writer(scene.out);
  }
  CHECK_FALSE(logger->has_ended());
  write_bytes(writer.get(), "afterwards");
  writer.reset();

  CHECK(end_of(logger) == ExitStatus::exited(0));
  CHECK(scene.got("out") == "afterwards");
}

TEST_CASE("a logger that is not ready in time is ended") {
  LoggerCommand command{.argv = {"sleep", "1000"}, .ready_timeout = 20ms};
  const auto late = run(std::move(command));

  REQUIRE(late.has_error());
  CHECK(late.error().code == Errc::timed_out);
  CHECK(late.error().reason == "the logger sleep was not ready in 20 ms");
}

TEST_CASE("a start that is cancelled ends the logger or never begins") {
  const TempDir dir;
  const std::string begun = dir / "begun";
  test::make_fifo(begun);
  const sys::Fd reader = task::open_reader(begun).value();
  LoggerStart start(script("echo >" + begun + "; exec sleep 1000"), {});
  CHECK_FALSE(start.step());
  pollfd entry{.fd = reader.get(), .events = POLLIN, .revents = 0};
  REQUIRE(::poll(&entry, 1, 30'000) == 1);
  start.cancel(process::Urgency::polite);
  CHECK(run(start).error().code == Errc::cancelled);

  LoggerStart never(script("echo x >" + (dir / "never").string()), {});
  never.cancel(process::Urgency::polite);
  CHECK(run(never).error().code == Errc::cancelled);
  CHECK_FALSE(std::filesystem::exists(dir / "never"));
}

TEST_CASE("a start that is given up kills the logger") {
  LoggerStart start({.argv = {"sleep", "1000"}}, {});

  CHECK_FALSE(start.step());
}

TEST_CASE("a program that cannot be started is named") {
  const TempDir dir;
  const std::string plain = dir / "plain";
  test::write_text(plain, "no program");

  const Error missing = run({.argv = {"no-such-logger"}}).error();
  CHECK(missing.code == Errc::system_error);
  CHECK((missing.system == std::errc::no_such_file_or_directory));
  CHECK(missing.reason == "start the logger no-such-logger");
  const Error denied = run({.argv = {plain}}).error();
  CHECK((denied.system == std::errc::permission_denied));
  REQUIRE(::chmod(plain.c_str(), 0700) == 0);
  const Error garbage = run({.argv = {plain}}).error();
  CHECK((garbage.system == std::errc::executable_format_error));
  CHECK(garbage.reason == "start the logger " + plain);
  CHECK(run(LoggerCommand{}).error().code == Errc::invalid_argument);
}

TEST_CASE("each call that fails on the way to a logger is an error with its errno") {
  Calls no_pipe = kernel_calls();
  no_pipe.pipe2 = [](int*, int) { return fail_with<int>(EMFILE); };
  Calls no_open = kernel_calls();
  no_open.open = [](const char*, int, mode_t) { return fail_with<int>(ENFILE); };
  Calls no_clone = kernel_calls();
  no_clone.clone = [](int (*)(void*), void*, int, void*, int*) { return fail_with<int>(EAGAIN); };
  Calls no_flags = kernel_calls();
  no_flags.fcntl = [](int fd, int command, long argument) {
    return command == F_SETFL && argument == 0 ? fail_with<int>(EBADF) : kernel_calls().fcntl(fd, command, argument);
  };
  const Scene scene;

  for (const Calls& table : {no_pipe, no_open, no_clone, no_flags}) {
    LoggerStart start(script("exit 0"), scene.readers());
    const ReplacedCalls replaced(table);
    const Error error = run(start).error();
    CHECK(error.code == Errc::system_error);
    CHECK(static_cast<bool>(error.system));
    CHECK(error.reason.starts_with("start the logger sh"));
  }
}
