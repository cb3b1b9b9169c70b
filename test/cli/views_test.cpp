// SPDX-License-Identifier: Apache-2.0
// stats, top and events by lines, of real containers.
#include <doctest/doctest.h>

#include <algorithm>
#include <iterator>
#include <sstream>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "support/scenario.hpp"
#include "view_scene.hpp"

using crunc::test::FakeRuntime;
using crunc::test::ProgramResult;
using crunc::test::quote;
using crunc::test::skip_unless_runc;
using crunc::test::ViewScene;
namespace json = boost::json;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream stream(line);
  return {std::istream_iterator<std::string>(stream), {}};
}

/// The pid that `state` prints.
std::string pid_of(const ViewScene& scene, const std::string& id) {
  return json::serialize(json::parse(scene.runc({"state", id}).out).at("pid"));
}

/// A fake crun, which has no events and says that a container of runc's is its own.
void play_crun(FakeRuntime& fake, const ViewScene& scene, const std::string& id) {
  fake.on("--version").step("stdout \"crun version 1.8.1\\n\"").step("exit 0");
  fake.on("events").step("stderr \"unknown command events\\n\"").step("exit 1");
  fake.on("*").step("stdout " + quote(R"({"id":")" + id + R"(","status":"running","pid":)" + pid_of(scene, id) + "}"));
}

}  // namespace

TEST_CASE("stats prints one line per sample and container when piped and the first has no CPU") {
  if (skip_unless_runc()) return;
  ViewScene scene;
  const std::string busy = scene.add_busy("busy");
  const std::string idle = scene.add_idle("idle");

  const ProgramResult result = scene.crunc({"stats", "-d", "100ms", "-n", "4", "--sort", "name"});

  CAPTURE(result.out);
  CHECK(result.status == 0);
  CHECK(result.err == "");
  CHECK(result.out.find('\x1b') == std::string::npos);
  const auto lines = lines_of(result.out);
  REQUIRE(lines.size() == 9);
  CHECK(words_of(lines[0])[0] == "ID");
  CHECK(std::ranges::count_if(lines, [](const std::string& line) { return line.starts_with("ID"); }) == 1);
  CHECK(words_of(lines[1])[0] == busy);
  CHECK(words_of(lines[1])[2] == "-");
  CHECK(words_of(lines[2])[0] == idle);
  CHECK(words_of(lines[2])[2] == "-");
  // In one interval alone a machine that is busy with others may give it nothing.
  double of_busy = 0;
  double of_idle = 0;
  for (std::size_t i = 3; i < lines.size(); i += 2) {
    of_busy += std::stod(words_of(lines[i])[2]);
    of_idle += std::stod(words_of(lines[i + 1])[2]);
  }
  CHECK(of_busy > 1);
  CHECK(of_busy > of_idle);
}

TEST_CASE("stats in JSON lines has numbers with their units and null for the first CPU") {
  if (skip_unless_runc()) return;
  ViewScene scene;
  const std::string busy = scene.add_busy("busy");

  for (const char* const format : {"json", "jsonl"}) {
    const ProgramResult result = scene.crunc({"stats", "--format", format, "-d", "200ms", "-n", "2", busy});
    CHECK(result.status == 0);
    const auto lines = lines_of(result.out);
    REQUIRE(lines.size() == 2);
    const json::value first = json::parse(lines[0]);
    const json::value second = json::parse(lines[1]);
    CHECK(first.at("schema").as_string() == "crunc.stats/1");
    CHECK(first.at("id").as_string() == busy);
    CHECK(first.at("cpu_percent").is_null());
    CHECK(second.at("cpu_percent").to_number<double>() > 1);
    CHECK(second.at("memory_current_bytes").to_number<double>() > 1000);
    CHECK(second.at("pids_current").to_number<int>() == 1);
    CHECK(second.at("oom_kills").to_number<int>() == 0);
  }
}

TEST_CASE("stats once has the CPU of one interval and normalized divides it by the CPUs") {
  if (skip_unless_runc()) return;
  ViewScene scene;
  const std::string busy = scene.add_busy("busy");
  const auto lines = lines_of(scene.crunc({"stats", "-1", "-d", "200ms", "--cpu=normalized", busy}).out);
  REQUIRE(lines.size() == 2);
  const double percent = std::stod(words_of(lines[1])[2]);
  CHECK(percent > 0.5);
  CHECK(percent < 100.0 / static_cast<double>(::sysconf(_SC_NPROCESSORS_ONLN)) + 10);
}

TEST_CASE("stats of an unknown container is one line and exit status 1 and a mistake is 2") {
  if (skip_unless_runc()) return;
  const ViewScene scene;
  const ProgramResult unknown = scene.crunc({"stats", "nope"});
  CHECK(unknown.status == 1);
  CHECK(unknown.out == "");
  CHECK(unknown.err == "crunc: stats nope: container not found; see `crunc list`\n");
  CHECK(scene.crunc({"top", "nope"}).err == "crunc: top nope: container not found; see `crunc list`\n");
  const std::vector<std::vector<std::string>> mistakes{{"stats", "-n", "0"},
                                                       {"stats", "-d", "5"},
                                                       {"stats", "--format", "xml"},
                                                       {"stats", "--sort", "size"},
                                                       {"stats", "--cpu", "other"},
                                                       {"stats", "--bogus"},
                                                       {"top"},
                                                       {"top", "--sort", "io", "x"},
                                                       {"events", "--native"},
                                                       {"events", "--format", "xml", "x"},
                                                       {"events", "--native", "--interval", "0s", "x"}};
  for (const auto& words : mistakes) {
    const ProgramResult result = scene.crunc(words);
    CAPTURE(result.err);
    CHECK(result.status == 2);
    CHECK(result.err.starts_with("crunc: " + words[0] + ": "));
    CHECK(lines_of(result.err).size() == 1);
  }
}

TEST_CASE("stats ends when the containers that were named have ended") {
  if (skip_unless_runc()) return;
  ViewScene scene;
  const std::string idle = scene.add_idle("idle");
  const ProgramResult result = scene.shell(
      idle, "$CRUNC stats -d 50ms $ID | { read title; read line; $RUNC kill $ID KILL; cat; }; exit ${PIPESTATUS[0]}");
  CHECK(result.status == 0);
  CHECK(result.err == "");
  const ProgramResult late = scene.crunc({"stats", idle});
  CHECK(late.status == 1);
  CHECK(late.err == "crunc: stats " + idle + ": the container does not run\n");
}

TEST_CASE("stats without ids shows containers that are started meanwhile and drops those that end") {
  if (skip_unless_runc()) return;
  ViewScene scene;
  const std::string old = scene.add_idle("old");
  const std::string young = scene.add("young", {.args = {"sleep", "1000"}}, {"create"});
  const ProgramResult result =
      scene.shell(young,
                  "$CRUNC stats -d 50ms | { read title; read -r line; echo $line; $RUNC start $ID;"
                  " until read -r line && [[ $line == young* ]]; do :; done; echo $line; $RUNC kill $ID KILL;"
                  " n=0; while [ $n -lt 10 ]; do read -r line; n=$((n+1)); [[ $line != young* ]] || n=0; done; }");
  const auto lines = lines_of(result.out);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].starts_with(old));
  CHECK(lines[1].starts_with(young));
}

TEST_CASE("stats ends quietly when nobody reads it and with 124 when its time is over") {
  if (skip_unless_runc()) return;
  ViewScene scene;
  const std::string idle = scene.add_idle("idle");
  const ProgramResult ignored =
      scene.shell(idle, "trap '' PIPE; $CRUNC stats -d 50ms $ID | head -n 1; exit ${PIPESTATUS[0]}");
  CHECK(ignored.status == 0);
  CHECK(ignored.err == "");
  const ProgramResult timed = scene.crunc({"--timeout", "300ms", "stats", "-d", "100ms", idle});
  CHECK(timed.status == 124);
  CHECK(timed.err == "crunc: stats: ended after 300ms, as --timeout says\n");
  CHECK(lines_of(timed.out).size() >= 2);
}

TEST_CASE("stats of a runtime without statistics reads the cgroup of its containers") {
  if (skip_unless_runc()) return;
  ViewScene scene;
  const std::string busy = scene.add_busy("busy");
  FakeRuntime fake("crun");
  play_crun(fake, scene, busy);
  const ProgramResult result = crunc::test::run_program({crunc::test::command_path(), "--runtime", fake.command(),
                                                         "stats", "--format", "jsonl", "-1", "-d", "200ms", busy});
  CAPTURE(result.err);
  REQUIRE(result.status == 0);
  CHECK(json::parse(result.out).at("cpu_percent").to_number<double>() > 1);
  CHECK(!json::parse(result.out).at("oom_kills").is_null());
}

TEST_CASE("stats and top of the real crun without cgroups count its processes") {
  if (skip_unless_runc() || crunc::test::skip_unless_runtime("crun")) return;
  const crunc::test::TempDir dir;
  crunc::fixtures::make_bundle(dir / "b", {.args = {"sh", "-c", "while :; do :; done"}, .linux_resources = false});
  const ProgramResult result = crunc::test::run_program(
      {CRUNC_FIXTURES_PATH "/../test/support/with-crun-cgroup2", "bash", "-ec",
       "trap 'crun --root $DIR/root delete --force busy' EXIT;"
       "crun --cgroup-manager=disabled --root $DIR/root run --detach --bundle $DIR/b busy >/dev/null;"
       "for VERB in stats top; do " +
           crunc::test::command_path() +
           " --runtime crun --root $DIR/root $VERB --format jsonl -1 -d "
           "300ms busy || echo status $?; done"},
      {.env = {"DIR=" + dir.path().string()}});
  CAPTURE(result.err);
  REQUIRE(result.status == 0);
  const auto lines = lines_of(result.out);
  REQUIRE(lines.size() == 2);
  CHECK(json::parse(lines[0]).at("cpu_percent").to_number<double>() > 1);
  CHECK(json::parse(lines[0]).at("pids_current").to_number<int>() == 1);
  CHECK(json::parse(lines[1]).at("command").as_string() == "sh -c while :; do :; done");
}

TEST_CASE("top prints the processes of containers once when piped") {
  if (skip_unless_runc()) return;
  ViewScene scene;
  const std::string busy = scene.add_busy("busy");
  const std::string idle = scene.add_idle("idle");

  const ProgramResult table = scene.crunc({"top", "-d", "300ms", busy, idle});
  CAPTURE(table.out);
  CHECK(table.status == 0);
  const auto lines = lines_of(table.out);
  REQUIRE(lines.size() == 3);
  CHECK(words_of(lines[0]) == std::vector<std::string>{"ID", "PID", "USER", "%CPU", "RSS", "STATE", "TIME", "COMMAND"});
  CHECK(words_of(lines[1])[0] == busy);
  CHECK(words_of(lines[1])[1] == pid_of(scene, busy));
  CHECK(words_of(lines[1])[2] == "root");
  CHECK(std::stod(words_of(lines[1])[3]) > 1);
  CHECK(lines[2].ends_with("sleep 1000"));

  const auto samples = lines_of(scene.crunc({"top", "-n", "2", "-d", "100ms", "--format", "jsonl", idle}).out);
  REQUIRE(samples.size() == 2);
  CHECK(json::parse(samples[0]).at("schema").as_string() == "crunc.top/1");
  CHECK(json::parse(samples[0]).at("cpu_percent").is_null());
  CHECK(json::parse(samples[1]).at("cpu_percent").is_number());
  CHECK(json::parse(samples[1]).at("command").as_string() == "sleep 1000");
}

TEST_CASE("events from the cgroup have the shape of runc's own") {
  if (skip_unless_runc()) return;
  ViewScene scene;
  const std::string idle = scene.add_idle("idle");
  const auto native = json::parse(scene.crunc({"events", "--native", "--stats", idle}).out).as_object();
  const auto real = json::parse(scene.runc({"events", "--stats", idle}).out).as_object();
  const auto keys = [](const json::object& object) {
    std::vector<std::string> names;
    for (const auto& member : object) names.emplace_back(member.key());
    return names;
  };
  CHECK(keys(native) == keys(real));
  CHECK(keys(native.at("data").as_object()) == keys(real.at("data").as_object()));
  CHECK(scene.crunc({"events", "--stats", idle}).status == 0);
  const ProgramResult timed =
      scene.crunc({"--timeout", "350ms", "events", "--format", "jsonl", "--interval", "100ms", idle});
  CHECK(timed.status == 124);
  CHECK(lines_of(timed.out).size() >= 2);
  CHECK(json::parse(lines_of(timed.out)[0]).at("type").as_string() == "stats");
}

TEST_CASE("events without crunc's own options are the call of runc and nothing else is run") {
  FakeRuntime fake;
  fake.on("*").step("stdout \"mine\\n\"").step("exit 5");
  const ProgramResult result = crunc::test::run_program(
      {crunc::test::command_path(), "--runtime", fake.command(), "events", "--interval", "1s", "c"});
  CHECK(result.status == 5);
  CHECK(result.out == "mine\n");
  CHECK(fake.calls() == std::vector<std::vector<std::string>>{{"events", "--interval=1s", "c"}});
}

TEST_CASE("events of a runtime that has none come from the cgroup") {
  if (skip_unless_runc()) return;
  ViewScene scene;
  const std::string idle = scene.add_idle("idle");
  FakeRuntime fake("crun");
  play_crun(fake, scene, idle);
  const ProgramResult result =
      crunc::test::run_program({crunc::test::command_path(), "--runtime", fake.command(), "events", "--stats", idle});
  CAPTURE(result.err);
  REQUIRE(result.status == 0);
  CHECK(json::parse(result.out).at("id").as_string() == idle);
}

TEST_CASE("events from the cgroup tell a kill for want of memory and end with the container") {
  if (skip_unless_runc()) return;
  ViewScene scene;
  const std::string greedy =
      scene.add("greedy", {.args = {"tail", "/dev/zero"}, .memory_limit_bytes = 16 << 20}, {"create"});
  const ProgramResult result = scene.shell(
      greedy,
      "$CRUNC events --native --interval 50ms $ID | { read -r line; $RUNC start $ID; cat; }; exit ${PIPESTATUS[0]}");
  CHECK(result.status == 0);
  const auto lines = lines_of(result.out);
  CHECK(std::ranges::count(lines, R"({"type":"oom","id":")" + greedy + "\"}") == 1);
}
