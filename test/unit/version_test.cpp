// SPDX-License-Identifier: Apache-2.0
// Decoding of --version and of pid files.
#include <doctest/doctest.h>

#include <crunc/config.hpp>

#include "runtime/decode.hpp"

using namespace crunc;
using runtime::decode_pid;
using runtime::decode_version;

TEST_CASE("B11 version() reads runc's and crun's and youki's lines") {
  const auto runc = decode_version(
      "runc version 1.1.5+ds1\ncommit: 1.1.5+ds1-1+deb12u1\nspec: 1.0.2-dev\ngo: go1.19.8\nlibseccomp: 2.5.4\n");
  REQUIRE(runc.has_value());
  CHECK(runc->name == "runc");
  CHECK(runc->version == "1.1.5+ds1");
  CHECK(runc->commit == "1.1.5+ds1-1+deb12u1");
  CHECK(runc->spec == "1.0.2-dev");
  CHECK(runc->extra.at("go") == "go1.19.8");

  const auto crun =
      decode_version("crun version 1.8.1\ncommit: f8a096be\nrundir: /run/crun\nspec: 1.0.0\n+SYSTEMD +SELINUX +YAJL\n");
  REQUIRE(crun.has_value());
  CHECK(crun->name == "crun");
  CHECK(crun->extra.at("rundir") == "/run/crun");
  CHECK(crun->tags == std::set<std::string, std::less<>>{"SYSTEMD", "SELINUX", "YAJL"});

  CHECK(decode_version("youki version: 0.7.0\n")->version == "0.7.0");
  CHECK(decode_version("crun 0.7\n")->version == "0.7");
}

TEST_CASE("a version that cannot be read is malformed output and never an empty success") {
  for (const char* const text : {"", "\n\n", "runc\n", "runc version\n"}) {
    CAPTURE(text);
    REQUIRE(decode_version(text).has_error());
    CHECK(decode_version(text).error().code == Errc::malformed_output);
  }
}

TEST_CASE("a pid file is a number with or without a newline") {
  CHECK(decode_pid("123").value() == 123);
  CHECK(decode_pid("123\n").value() == 123);
  for (const char* const text : {"", "0", "-1", "12a", "99999999999"}) {
    CAPTURE(text);
    CHECK(decode_pid(text).has_error());
  }
}

TEST_CASE("library_version() is the version of the headers") {
  CHECK(std::string(library_version()) == std::to_string(CRUNC_VERSION_MAJOR) + "." +
                                              std::to_string(CRUNC_VERSION_MINOR) + "." +
                                              std::to_string(CRUNC_VERSION_PATCH));
}
