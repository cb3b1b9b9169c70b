// SPDX-License-Identifier: Apache-2.0
// Writing of OCI documents: what is absent, what is unknown, what cannot be written.
#include <doctest/doctest.h>

#include <crunc/oci/features.hpp>
#include <crunc/oci/linux_resources.hpp>
#include <crunc/oci/process.hpp>

#include "unit/oci_round_trip.hpp"

using namespace crunc;
using oci::read_process;

TEST_CASE("unknown members are kept and written back") {
  const auto document =
      boost::json::parse(R"({"cwd":"/","new":{"x":[1,null,-0.5]},"null":null,"user":{"uid":1,"shell":"/bin/sh"},
    "rlimits":[{"type":"RLIMIT_CORE","hard":1,"soft":1,"why":"because"}]})");
  test::check_lossless(read_process, document);
  const oci::Process process = read_process(boost::json::serialize(document)).value();
  CHECK(process.extra.at("new") == R"({"x":[1,null,-5E-1]})");
  CHECK(process.extra.at("null") == "null");
  CHECK(process.user->extra.at("shell") == R"("/bin/sh")");
  CHECK(process.rlimits.at(0).extra.at("why") == R"("because")");
}

TEST_CASE("unknown members are kept in maps of objects and in the innermost ones") {
  const std::string text = R"({"rdma":{"mlx5_1":{"hcaHandles":1,"new":true}},"cpu":{"new":"a"}})";
  CHECK(boost::json::parse(test::round_trip(oci::read_linux_resources, text)) == boost::json::parse(text));
}

TEST_CASE("absent members are never written as null") {
  CHECK(oci::write(oci::Process{})->find("null") == std::string::npos);
  CHECK(oci::write(oci::Features{}).value() == "{}");
  const oci::LinuxResources resources{
      .pids = oci::Pids{}, .block_io = oci::BlockIo{.weight_device = {{.major = 8}}}, .memory = oci::Memory{}};
  CHECK(oci::write(resources).value() ==
        R"({"pids":{},"blockIO":{"weightDevice":[{"major":8,"minor":0}]},"memory":{}})");
}

TEST_CASE("numbers in an extra keep their spelling when they are read and when they are written") {
  const std::string text =
      R"({"cwd":"/","rlimits":[{"type":"A","hard":1,"soft":1},{"type":"B","hard":1,"soft":1,"x":1.10}],"y":{"z":[1e5,"é\n",{}]}})";
  const oci::Process process = oci::read_process(text).value();
  CHECK(process.rlimits.at(1).extra.at("x") == "1.10");
  CHECK(process.extra.at("y") == R"({"z":[1e5,"é\n",{}]})");
  const std::string written = test::round_trip(oci::read_process, text);
  CHECK(written.find("1.10") != std::string::npos);
  CHECK(written.find(R"({"z":[1e5,"é\n",{}]})") != std::string::npos);
  CHECK(oci::read_process(R"({"cwd":"/","y":1.5,"y":2.50})").value().extra.at("y") == "2.50");
  CHECK(oci::write(oci::Process{.cwd = "/", .extra = {{"y", " [ 0.0, -12345678901234567890123 ] "}}}).value() ==
        R"({"cwd":"/","y":[0.0,-12345678901234567890123]})");
}

TEST_CASE("a member wins over an extra of its name") {
  CHECK(oci::write(oci::Process{.cwd = "/", .extra = {{"cwd", "\"/b\""}}}).value() == R"({"cwd":"/"})");
  CHECK(oci::write(oci::Process{.cwd = "/", .extra = {{"args", "[]"}}}).value() == R"({"cwd":"/","args":[]})");
}

TEST_CASE("an extra that is no JSON is refused with its place") {
  for (const std::string text : {"", "{", "1,\"args\":[]", "sh", "1e400", "\"\xff\""}) {
    CAPTURE(text);
    const auto written = oci::write(oci::Process{.user = oci::User{.extra = {{"shell", text}}}});
    REQUIRE(written.has_error());
    CHECK(written.error().code == Errc::invalid_argument);
    CHECK(written.error().reason == "/user/shell: its text is not JSON");
  }
}

TEST_CASE("what is not UTF-8 is refused with its place") {
  for (const std::string bytes : {"\xff", "a\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
                                  "\xf4\x90\x80\x80", "\xe2\x82", "\xf5\x80\x80\x80"}) {
    CHECK(oci::write(oci::Process{.env = {"A=b", bytes}}).error().reason == "/env/1: not UTF-8");
  }
  CHECK(
      oci::write(oci::LinuxResources{.unified = {{"\xff", ""}}}).error().reason.ends_with(": a key that is not UTF-8"));
  CHECK(oci::write(oci::Process{.extra = {{"\xff", "1"}}}).error().reason.ends_with(": a key that is not UTF-8"));
}

TEST_CASE("what is UTF-8 is written") {
  for (const std::string text : {"", "A=\n\t\"\\", "\xc2\x80", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
                                 "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    CAPTURE(text);
    const auto written = oci::write(oci::Process{.env = {text}});
    REQUIRE(written.has_value());
    CHECK(read_process(*written)->env.at(0) == text);
  }
}
