// SPDX-License-Identifier: Apache-2.0
// Formats and flags that only crunc has, of verbs that runtimes have.
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <sstream>

#include "beside.hpp"
#include "call_of.hpp"
#include "support/temp_dir.hpp"
#include "support/text_file.hpp"

using namespace crunc;
using test::Argv;
using test::call_of;
using test::FakeRuntime;
using test::ProgramResult;
using test::quote;
using test::run_program;

namespace {

ProgramResult run_on(FakeRuntime& fake, const Argv& words) { return run_program(test::crunc_on(fake, words)); }

Argv lines_of(const std::string& text) {
  Argv lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

const std::string web =
    R"({"ociVersion":"1.0.2","id":"web","pid":4000001,"status":"running","bundle":"/bundles/web","rootfs":"/bundles/web/rootfs",)"
    R"("created":"2024-05-01T12:00:00.5Z","annotations":{"k":"v"},"owner":"root"})";
const std::string old = R"({"ociVersion":"1.0.2","id":"old","pid":0,"status":"stopped","bundle":"/bundles/old"})";

FakeRuntime& with_containers(FakeRuntime& fake) {
  fake.on("list --quiet").step("stdout " + quote("web\nold\n")).step("stderr " + quote("load container bad: broken\n"));
  fake.on("list").step("stdout " + quote("[" + web + "," + old + "]"));
  fake.on("state web").step("stdout " + quote(web));
  return fake;
}

}  // namespace

TEST_CASE("list wide and its columns are a table and what the runtime cannot read is told") {
  FakeRuntime fake;
  const ProgramResult wide = run_on(with_containers(fake), {"list", "--format", "wide"});
  CHECK(wide.status == 0);
  CHECK(wide.err == "load container bad: broken\n");
  const Argv lines = lines_of(wide.out);
  REQUIRE(lines.size() == 3);
  CHECK(lines[0].starts_with("ID "));
  CHECK(lines[1].find("/bundles/web") != std::string::npos);
  const ProgramResult chosen = run_on(fake, {"list", "--columns", "status,id,created"});
  CHECK(lines_of(chosen.out)[0].starts_with("STATUS"));
  CHECK(lines_of(chosen.out)[1].find("2024-05-01T12:00:00Z") != std::string::npos);
}

TEST_CASE("a list that takes too long ends with 124 whichever call of the runtime it was") {
  for (const char* const slow : {"list --quiet", "list"}) {
    FakeRuntime fake;
    fake.on(slow).step("hang");
    with_containers(fake);
    const ProgramResult result = run_on(fake, {"--timeout", "300ms", "list", "--format", "wide"});
    CHECK(result.status == 124);
    CHECK(result.out == "");
    CHECK(result.err.find("timed out") != std::string::npos);
  }
}

TEST_CASE("list jsonl is an object for each container with null for what is not known") {
  FakeRuntime fake;
  const Argv lines = lines_of(run_on(with_containers(fake), {"list", "-f", "jsonl"}).out);
  REQUIRE(lines.size() == 2);
  const auto first = boost::json::parse(lines[0]);
  CHECK(first.at("schema").as_string() == "crunc.list/1");
  CHECK(first.at("id").as_string() == "web");
  CHECK(first.at("annotations").at("k").as_string() == "v");
  const auto second = boost::json::parse(lines[1]);
  CHECK(second.at("pid").is_null());
  CHECK(second.at("created").is_null());
}

TEST_CASE("list shows the others where an entry makes the list unreadable") {
  FakeRuntime fake;
  fake.on("list --quiet").step("stdout " + quote("bad\nweb\n"));
  fake.on("list").step("stdout " + quote("[" + web + ",7]"));
  fake.on("state web").step("stdout " + quote(web));
  fake.on("state bad").step("stdout \"7\"");
  const ProgramResult result = run_on(fake, {"list", "--columns", "id,status"});
  CHECK(result.status == 1);
  CHECK(lines_of(result.out).size() == 2);
  CHECK(result.out.find("web") != std::string::npos);
  CHECK(result.err.starts_with("crunc: list: state bad: "));
}

TEST_CASE("formats of the runtime's own go to it as they were typed") {
  CHECK(call_of({"list", "--format", "table"}) == Argv{"list", "--format", "table"});
  CHECK(call_of({"list", "-f", "xml"}) == Argv{"list", "-f", "xml"});
  CHECK(call_of({"state", "--format", "xml", "c"}) == Argv{"state", "--format", "xml", "c"});
  CHECK(call_of({"state", "--format", "json", "c"}) == Argv{"state", "c"});
  CHECK(call_of({"ps", "--format", "xml", "c"}) == Argv{"ps", "--format", "xml", "c"});
}

TEST_CASE("state is also a table of names and values") {
  FakeRuntime fake;
  const Argv lines = lines_of(run_on(with_containers(fake), {"state", "--format", "table", "web"}).out);
  CHECK(lines[0] == "ID          web");
  CHECK(lines.back() == "ANNOTATION  k=v");
  CHECK(boost::json::parse(run_on(fake, {"state", "--format", "jsonl", "web"}).out).at("schema").as_string() ==
        "crunc.state/1");
}

TEST_CASE("ps wide and jsonl are what ps of the host says") {
  FakeRuntime fake;
  fake.on("--version").step("stdout \"runc version 1.1.5\\n\"");
  fake.on("ps").step("stdout " + quote("UID          PID    PPID  C STIME TTY          TIME CMD\n"
                                       "root          17       1  0 12:00 ?        00:00:00 sh -c x  y\n"));
  const ProgramResult wide = run_on(fake, {"ps", "--format", "wide", "web"});
  CHECK(wide.status == 0);
  REQUIRE(lines_of(wide.out).size() == 2);
  const auto process = boost::json::parse(run_on(fake, {"ps", "--format", "jsonl", "web"}).out);
  CHECK(process.at("schema").as_string() == "crunc.ps/1");
  CHECK(process.at("pid").as_int64() == 17);
  CHECK(process.at("cmd").as_string() == "sh -c x  y");
}

TEST_CASE("a mistake in an option of crunc's own formats is a usage error") {
  for (const Argv& words : {Argv{"list", "--columns", "id,nothing"}, Argv{"list", "--columns", "id", "-q"},
                            Argv{"list", "--columns", "id", "-f", "jsonl"}, Argv{"list", "-f", "wide", "x"},
                            Argv{"state", "--format", "table"}, Argv{"checkpoint", "--stats=xml", "c"},
                            Argv{"checkpoint", "--stats"}, Argv{"restore", "--stats"}}) {
    FakeRuntime fake;
    fake.on("*").step("exit 0");
    const ProgramResult result = run_on(fake, words);
    CAPTURE(test::as_text(words));
    CHECK(result.status == 2);
    CHECK(result.out == "");
    CHECK(result.err.starts_with("crunc: "));
    CHECK(fake.calls().empty());
  }
}

TEST_CASE("checkpoint stats are CRIU's figures and the flag is not handed on") {
  const test::TempDir work;
  // stats_entry { dump { freezing 5, frozen 300, memdump 1, memwrite 2, scanned 7, skipped 8, written 9, lazy 0 } }
  const std::string dump(
      "\x40\x59\x10\x55\x06\x33\x09\x57\x13\0\0\0"
      "\x0a\x11\x08\x05\x10\xac\x02\x18\x01\x20\x02\x28\x07\x30\x08\x38\x09\x48\x00",
      31);
  FakeRuntime fake;
  fake.on("*").step("write " + (work / "stats-dump").string() + " " + quote(dump)).step("stdout \"words\\n\"");
  const ProgramResult table = run_on(fake, {"checkpoint", "--stats", "--work-path", work.path(), "web"});
  CHECK(table.status == 0);
  CHECK(table.out == "words\n");
  CHECK(table.err.find("frozen                         0.300 ms\n") != std::string::npos);
  CHECK(fake.calls().at(0) == Argv{"checkpoint", "--work-path", work.path(), "web"});

  const ProgramResult json = run_on(fake, {"checkpoint", "--stats=json", "--work-path", work.path(), "web"});
  CHECK(json.err == "");
  const auto figures = boost::json::parse(lines_of(json.out).at(1));
  CHECK(figures.at("schema").as_string() == "crunc.checkpoint-stats/1");
  CHECK(figures.at("frozen_time_us").to_number<int>() == 300);
  CHECK(figures.at("pages_written").to_number<int>() == 9);
}

TEST_CASE("without a work path stats are read in a directory of crunc's that is gone afterwards") {
  const test::TempDir temporary;
  FakeRuntime fake;
  fake.on("*").step("exit 7");
  const auto on_temporary = [&](const Argv& words) {
    Argv argv{test::command_path(), "--runtime", fake.command()};
    argv.insert(argv.end(), words.begin(), words.end());
    return run_program(argv, {.env = {"TMPDIR=" + temporary.path().string()}});
  };
  const ProgramResult failed = on_temporary({"restore", "--stats", "web"});
  CHECK(failed.status == 7);
  CHECK(failed.err == "");
  const Argv call = fake.calls().at(0);
  REQUIRE(call.size() >= 3);
  CHECK(call[1] == "--work-path");
  CHECK(call[2].starts_with(temporary.path().string()));
  CHECK(std::filesystem::exists(call[2]));  // CRIU's log is there

  FakeRuntime content;
  content.on("*").step("exit 0");
  Argv argv{test::command_path(), "--runtime", content.command(), "restore", "--stats", "web"};
  const ProgramResult silent = run_program(argv, {.env = {"TMPDIR=" + temporary.path().string()}});
  CHECK(silent.status == 0);
  CHECK(silent.err.starts_with("crunc: CRIU has left no figures"));
  CHECK_FALSE(std::filesystem::exists(content.calls().at(0).at(2)));
}

TEST_CASE("of a runtime that a signal ended no directory for stats is left and crunc ends by the same") {
  const test::TempDir temporary;
  FakeRuntime fake;
  fake.on("*").step("kill KILL");
  for (const char* const verb : {"checkpoint", "restore"}) {
    const ProgramResult killed =
        run_program(test::crunc_on(fake, {verb, "--stats", "web"}), {.env = {"TMPDIR=" + temporary.path().string()}});
    CHECK(killed.status == -SIGKILL);
  }
  CHECK(fake.calls().size() == 2);
  CHECK(std::filesystem::is_empty(temporary.path()));
}

TEST_CASE("a mistake beside an option that only crunc has is crunc's to tell") {
  const auto says = [](const Argv& line, const std::string& text) {
    CAPTURE(test::as_text(line));
    FakeRuntime fake;
    fake.on("*").step("exit 0");
    const ProgramResult result = run_program(test::crunc_on(fake, line));
    CHECK(result.status == 2);
    CHECK(result.out == "");
    CHECK(result.err == "crunc: " + text + "\n");
    CHECK(fake.calls().empty());
  };
  says({"events", "--native", "--intervall", "1s", "web"},
       "events: there is no option --intervall; did you mean `--interval`?");
  says({"events", "--statts", "--format", "jsonl", "web"},
       "events: there is no option --statts; did you mean `--stats`?");
  says({"events", "--native=true", "--zzz", "web"}, "events: there is no option --zzz");
  says({"events", "--native", "web", "--interval"}, "events: --interval: 1 required DURATION missing");
  says({"list", "--format", "wide", "--quit"}, "list: there is no option --quit; did you mean `--quiet`?");
  says({"list", "--colums", "id", "--columns", "id"}, "list: there is no option --colums; did you mean `--columns`?");
  says({"ps", "-f", "jsonl", "--formt", "web"}, "ps: there is no option --formt; did you mean `--format`?");
  says({"state", "web", "--format", "table", "--al"}, "state: there is no option --al");
  says({"checkpoint", "--stats=json", "--leave-runing", "web"},
       "checkpoint: there is no option --leave-runing; did you mean `--leave-running`?");
  says({"restore", "--stats", "--manage-cgroups-mode", "hard", "web"}, "restore: --manage-cgroups-mode: hard");
}

TEST_CASE("without a value that only crunc has a mistake is the runtime's to tell") {
  for (const Argv& line : {Argv{"events", "--bogus", "web"},
                           {"events", "--native=false", "--bogus", "web"},
                           {"events", "web", "--", "--native"},
                           {"list", "--format", "table", "--bogus"},
                           {"list", "--format", "wide", "--format", "json", "--bogus"},
                           {"list", "-fwide"},
                           {"ps", "--bogus", "web", "--format", "wide"},
                           {"state", "--format", "json", "--bogus", "web"},
                           {"checkpoint", "--bogus", "web"}}) {
    CHECK(test::call_of(line) == line);
  }
}
