// SPDX-License-Identifier: Apache-2.0
// task.json: written, read, and refused.
#include <doctest/doctest.h>

#include <filesystem>

#include "support/temp_dir.hpp"
#include "support/text_file.hpp"
#include "task/record.hpp"

using namespace crunc;
using namespace crunc::task;

namespace {

Record full_record() {
  ProcessRecord init{.process = {.pid = 42, .start_ticks = 4711}};
  init.io.in = Source::fifo("/run/in");
  init.io.out = Sink::file("/log \"1\"", {.max_bytes = UINT64_MAX, .keep = 2});
  init.io.err = Sink::logger({.argv = {"log", "-x"}, .environment = {"A=b"}, .ready_timeout = std::chrono::seconds(3)});
  init.loggers.at(1) = {.pid = 43, .start_ticks = 4712};
  ProcessRecord exec{.id = "one", .process = {.pid = 44, .start_ticks = 4713}, .stdin_is_closed = true};
  exec.io.in = Source::pipe();
  exec.io.out = Sink::callback({});
  exec.exit = ExitStatus::signaled(9, true);
  exec.exit->set_time(ExitStatus::Clock::time_point(std::chrono::nanoseconds(1234567890)));
  return {.id = "web",
          .bundle = "/bundles/web",
          .made_directory = true,
          .oom_kills = 3,
          .cgroup_paths = {{"memory", "/sys/fs/cgroup/memory/web"}, {"", "/sys/fs/cgroup/unified/web"}},
          .processes = {init, exec}};
}

}  // namespace

TEST_CASE("a task's record is read as it was written") {
  const test::TempDir dir;
  REQUIRE(save(full_record(), dir.path().string()).has_value());
  const Record read = load(dir.path().string()).value();

  CHECK(read.id == "web");
  CHECK(read.bundle == "/bundles/web");
  CHECK(read.made_directory);
  CHECK(read.oom_kills == 3);
  CHECK(read.cgroup_paths == full_record().cgroup_paths);
  REQUIRE(read.processes.size() == 2);
  const ProcessRecord& init = read.processes.at(0);
  CHECK(init.id.empty());
  CHECK(init.process.pid == 42);
  CHECK(init.process.start_ticks == 4711);
  CHECK(init.io.in.kind() == Source::Kind::fifo);
  CHECK(init.io.in.path() == "/run/in");
  CHECK(init.io.out.path() == "/log \"1\"");
  CHECK(init.io.out.rotation().max_bytes == UINT64_MAX);
  CHECK(init.io.out.rotation().keep == 2);
  CHECK(init.io.err.command().argv == std::vector<std::string>{"log", "-x"});
  CHECK(init.io.err.command().environment == std::vector<std::string>{"A=b"});
  CHECK(init.io.err.command().ready_timeout == std::chrono::seconds(3));
  CHECK(init.loggers.at(1).pid == 43);
  CHECK_FALSE(init.exit.has_value());
  const ProcessRecord& exec = read.processes.at(1);
  CHECK(exec.id == "one");
  CHECK(exec.stdin_is_closed);
  CHECK(exec.io.in.kind() == Source::Kind::pipe);
  CHECK(exec.io.out.kind() == Sink::Kind::callback);
  CHECK(exec.exit == ExitStatus::signaled(9));
  CHECK(exec.exit->core_dumped());
  CHECK(exec.exit->time() == full_record().processes.at(1).exit->time());
}

TEST_CASE("a record that is not there or is none is an error that names the file") {
  const test::TempDir dir;
  CHECK(load(dir.path().string()).error().code == Errc::container_not_found);
  for (
      const char* const text :
      {"", "{", "[]", "{}", R"({"version":2})", R"({"version":1,"id":3})",
       R"({"version":1,"id":"a","bundle":"b","made_directory":true,"oom_kills":-1,"cgroup_paths":{},"processes":[]})",
       R"({"version":1,"id":"a","bundle":"b","made_directory":true,"oom_kills":0,"cgroup_paths":{},"processes":[{}]})"}) {
    test::write_text(dir / "task.json", text);
    const Error error = load(dir.path().string()).error();
    CHECK(error.code == Errc::malformed_output);
    CHECK(error.reason.find("task.json") != std::string::npos);
  }
}

TEST_CASE("a kind that no record has is told in one short line") {
  std::string text = encode(full_record());
  const std::string known = "rotated_file";
  text.replace(text.find(known), known.size(), "a\\n" + std::string(5000, 'x'));
  const Error error = decode_record(text).error();
  CHECK(error.code == Errc::malformed_output);
  CHECK(error.reason.starts_with("\"a\\nxxx"));
  CHECK(error.reason.size() < 200);
}

TEST_CASE("a record that cannot be written leaves the one before") {
  const test::TempDir dir;
  REQUIRE(save(full_record(), dir.path().string()).has_value());
  std::filesystem::create_directory(dir / "task.json.new");
  CHECK(save({.id = "other"}, dir.path().string()).error().code == Errc::system_error);
  CHECK(load(dir.path().string()).value().id == "web");
}
