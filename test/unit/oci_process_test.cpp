// SPDX-License-Identifier: Apache-2.0
// oci::Process, from documents of runc and of the spec and from code.
#include <doctest/doctest.h>

#include <crunc/oci/process.hpp>

#include "unit/oci_round_trip.hpp"

using namespace crunc;
using oci::read_process;

TEST_CASE("the process of runc spec survives a round trip") {
  const auto document = test::fixture_json("recorded/runc-spec.json").at("process");
  test::check_lossless(read_process, document);
  const oci::Process process = read_process(boost::json::serialize(document)).value();
  CHECK(process.args == std::vector<std::string>{"sh"});
  CHECK(process.cwd == "/");
  CHECK(process.terminal == true);
  CHECK(process.user->uid == 0);
  CHECK(process.capabilities->bounding.size() == 3);
  CHECK(process.rlimits.at(0) == oci::Rlimit{.hard = 1024, .soft = 1024, .type = "RLIMIT_NOFILE"});
  CHECK(process.no_new_privileges == true);
  CHECK_FALSE(process.oom_score_adj.has_value());
  CHECK(process.extra.empty());
}

TEST_CASE("the process of the spec's example survives a round trip") {
  const auto document = test::fixture_json("oci-schema/v1.3.0/test/config.json").at("process");
  test::check_lossless(read_process, document);
  CHECK(read_process(boost::json::serialize(document))->extra.empty());
}

TEST_CASE("every member of a process has its place") {
  const auto document = boost::json::parse(R"({
    "args": ["sh", "-c", "true"], "commandLine": "c", "consoleSize": {"height": 25, "width": 80}, "cwd": "/root",
    "env": ["PATH=/bin"], "terminal": false,
    "user": {"uid": 1, "gid": 2, "umask": 63, "additionalGids": [5, 4294967295], "username": "u"},
    "capabilities": {"bounding": ["CAP_KILL"], "permitted": ["CAP_KILL"], "effective": ["CAP_KILL"],
    "inheritable": ["CAP_KILL"], "ambient": ["CAP_KILL"]}, "apparmorProfile": "p", "oomScoreAdj": -1000,
    "selinuxLabel": "l", "ioPriority": {"class": "IOPRIO_CLASS_IDLE", "priority": 4}, "noNewPrivileges": true,
    "scheduler": {"policy": "SCHED_DEADLINE", "nice": -20, "priority": 1, "flags": ["SCHED_FLAG_RECLAIM"],
    "runtime": 18446744073709551615, "deadline": 2, "period": 3},
    "rlimits": [{"type": "RLIMIT_CORE", "hard": 18446744073709551615, "soft": 0}],
    "execCPUAffinity": {"initial": "7", "final": "0-3,7"}})");
  test::check_lossless(read_process, document);
  const oci::Process process = read_process(boost::json::serialize(document)).value();
  CHECK(process.extra.empty());
  CHECK(process.user->additional_gids.at(1) == 4294967295U);
  CHECK(process.console_size == oci::ConsoleSize{.height = 25, .width = 80});
  CHECK(process.io_priority->io_class == "IOPRIO_CLASS_IDLE");
  CHECK(process.oom_score_adj == -1000);
  CHECK(process.scheduler->runtime == 18446744073709551615U);
  CHECK(process.rlimits.at(0).hard == 18446744073709551615U);
  CHECK(process.exec_cpu_affinity->final == "0-3,7");
}

TEST_CASE("a process is written as little as it is") {
  const oci::Process process{
      .args = {"sh"}, .cwd = "/", .user = oci::User{.uid = 0}, .capabilities = oci::Capabilities{}};
  CHECK(oci::write(process).value() == R"({"args":["sh"],"cwd":"/","user":{"uid":0},"capabilities":{}})");
}

TEST_CASE("what a process requires is written even if it is empty") {
  CHECK(oci::write(oci::Process{}).value() == R"({"cwd":""})");
  CHECK(oci::write(oci::Process{.cwd = "/", .rlimits = {{}}}).value() ==
        R"({"cwd":"/","rlimits":[{"hard":0,"soft":0,"type":""}]})");
}

TEST_CASE("what a process requires must be there to be read") {
  CHECK(test::refusal(read_process, "{}") == "/cwd: missing");
  CHECK(test::refusal(read_process, R"({"cwd":null})") == "/cwd: missing");
  CHECK(test::refusal(read_process, R"({"cwd":"/","rlimits":[{"type":"RLIMIT_CORE","hard":1}]})") ==
        "/rlimits/0/soft: missing");
}
