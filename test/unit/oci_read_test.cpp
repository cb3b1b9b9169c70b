// SPDX-License-Identifier: Apache-2.0
// Reading of OCI documents that are wrong, odd or hostile.
#include <doctest/doctest.h>

#include <crunc/oci/linux_resources.hpp>
#include <crunc/oci/process.hpp>

#include "unit/oci_round_trip.hpp"

using namespace crunc;
using oci::read_linux_resources;
using oci::read_process;

TEST_CASE("an error names the JSON Pointer of what is wrong") {
  const auto resources = [](std::string_view text) { return test::refusal(read_linux_resources, text); };
  CHECK(resources(R"({"memory":{"limit":"1G"}})") == "/memory/limit: expected an integer, found a string");
  CHECK(resources(R"({"memory":[]})") == "/memory: expected an object, found an array");
  CHECK(resources(R"({"devices":{}})") == "/devices: expected an array, found an object");
  CHECK(resources(R"({"devices":[{"allow":true},{"allow":1}]})") == "/devices/1/allow: expected a boolean, found 1");
  CHECK(resources(R"({"devices":[null]})") == "/devices/0: expected an object, found null");
  CHECK(resources(R"({"unified":{"a/b~c":1}})") == "/unified/a~1b~0c: expected a string, found 1");
  CHECK(resources("[]") == "expected an object, found an array");
  CHECK(resources("null") == "expected an object, found null");
}

TEST_CASE("an error names a long or hostile key in short and on one line") {
  CHECK(test::refusal(read_linux_resources, R"({"unified":{"a\nb":1}})") ==
        R"(/unified/"a\nb": expected a string, found 1)");
  CHECK(test::refusal(read_linux_resources, R"({"unified":{")" + std::string(5000, 'x') + R"(":1}})").size() < 200);
}

TEST_CASE("the first of many faults is the one that is named") {
  CHECK(test::refusal(read_process, R"({"args":[1],"cwd":2,"env":3})") == "/args/0: expected a string, found 1");
}

TEST_CASE("a process or resources that cannot be read are the caller's fault") {
  CHECK(read_process("{}").error().code == Errc::invalid_argument);
  CHECK(read_process("{").error().code == Errc::invalid_argument);
  CHECK(read_linux_resources(R"({"cpu":1})").error().code == Errc::invalid_argument);
}

TEST_CASE("what is no JSON is told with its place but not with its text") {
  CHECK(test::refusal(read_process, R"({"cwd":"/","env":["PASSWORD=secret)") ==
        "not JSON (incomplete JSON at byte 34)");
  for (const std::string_view text :
       {"", " ", "{", R"({"cwd":"/"} x)", R"({"cwd":"/"}{})", R"({"cwd":"/",})", R"({cwd:"/"})", R"({'cwd':'/'})",
        R"({"cwd":"/"/**/})", R"({"cwd":"/","oomScoreAdj":NaN})", R"({"cwd":"/","oomScoreAdj":01})",
        "\xef\xbb\xbf{}"}) {
    CAPTURE(text);
    CHECK(test::refusal(read_process, text).starts_with("not JSON ("));
  }
}

TEST_CASE("text that is not UTF-8 is refused") {
  for (const std::string_view bytes : {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\\ud800"}) {
    const std::string text = R"({"cwd":")" + std::string(bytes) + "\"}";
    CHECK(test::refusal(read_process, text).starts_with("not JSON ("));
  }
}

TEST_CASE("a document that is too deep is refused") {
  const auto nested = [](std::size_t depth) {
    return R"({"cwd":"/","new":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  CHECK(read_process(nested(30)).has_value());
  CHECK(test::refusal(read_process, nested(40)).starts_with("not JSON (too deep"));
  CHECK(test::refusal(read_process, R"({"cwd":"/","new":)" + std::string(1'000'000, '[')).starts_with("not JSON ("));
}

TEST_CASE("of equal keys the last counts as it does in Go") {
  CHECK(read_process(R"({"cwd":"/a","cwd":"/b"})")->cwd == "/b");
  CHECK(read_process(R"({"cwd":"/","new":1,"new":2})")->extra.at("new") == "2");
  CHECK(test::refusal(read_process, R"({"cwd":"/a","cwd":null})") == "/cwd: missing");
}

TEST_CASE("null is the same as absent") {
  const auto process = read_process(R"({"cwd":"/","args":null,"user":null,"terminal":null,"rlimits":null})");
  REQUIRE(process.has_value());
  CHECK(*process == oci::Process{.cwd = "/"});
}

TEST_CASE("strings are taken as they are whatever the spec enumerates") {
  const auto process = read_process(R"({"cwd":"","ioPriority":{"class":"IOPRIO_CLASS_NEW"},"env":["A\u0000B"]})");
  REQUIRE(process.has_value());
  CHECK(process->io_priority->io_class == "IOPRIO_CLASS_NEW");
  CHECK(process->env.at(0) == std::string("A\0B", 3));
}

TEST_CASE("an unknown number that cannot be held is refused") {
  CHECK(test::refusal(read_process, R"({"cwd":"/","n/w":[{"a":1e400}]})") == "/n~1w: has a number that is too large");
}
