// SPDX-License-Identifier: Apache-2.0
// Error, Errc, Result and ExitStatus.
#include <doctest/doctest.h>

#include <sys/wait.h>

#include <string>

#include <crunc/error.hpp>

using namespace crunc;

TEST_CASE("an Errc equals the std::errc that says the same") {
  CHECK((Errc::container_not_found == std::errc::no_such_file_or_directory));
  CHECK((Errc::timed_out == std::errc::timed_out));
  CHECK((Errc::cancelled == std::errc::operation_canceled));
  CHECK((Errc::unsupported == std::errc::not_supported));
  CHECK((Errc::already_exists == std::errc::file_exists));
  CHECK((Errc::cgroup_not_found == std::errc::no_such_file_or_directory));
  CHECK((Errc::cgroup_gone == std::errc::no_such_device));
  CHECK((Errc::cgroup_busy == std::errc::device_or_resource_busy));
  CHECK((Errc::controller_unavailable == std::errc::not_supported));
  CHECK_FALSE((Errc::runtime_failed == std::errc::io_error));
}

TEST_CASE("every Errc has a name and words of its own") {
  std::string all;
  for (int i = 0; i <= static_cast<int>(Errc::system_error); ++i) {
    const auto code = static_cast<Errc>(i);
    const std::string name = std::string(to_string(code)) + "\n";
    CAPTURE(i);
    CHECK(name != "unknown\n");
    CHECK(all.find("\n" + name) == std::string::npos);
    all += "\n" + name;
    CHECK_FALSE(make_error_code(code).message().starts_with("unknown"));
  }
}

TEST_CASE("message() names verb and object and failure and the runtime's words and nothing twice") {
  Error error(Errc::container_not_found, "container does not exist");
  error.operation = "state";
  error.container = "web1";
  error.exit = ExitStatus::exited(1);

  CHECK(error.message() == "state web1: container not found: container does not exist: runtime exited(1)");
  CHECK(Error(Errc::timed_out).message() == "timed out");
  CHECK(Error(Errc::timed_out, "timed out").message() == "timed out");
}

TEST_CASE("value() of a failed Result throws an Exception with the whole Error") {
  const Result<int> failed = Error(Errc::paused, "frozen");
  try {
    static_cast<void>(failed.value());
    FAIL("nothing was thrown");
  } catch (const Exception& exception) {
    CHECK((exception.code() == Errc::paused));
    CHECK(exception.error().reason == "frozen");
    CHECK(std::string(exception.what()) == "container paused: frozen");
  }
}

TEST_CASE("a Result of a string is a value when made from text and an error when made from an Error") {
  const Result<std::string> value = std::string("text");
  const Result<std::string> error = Error(Errc::paused);
  CHECK(value.has_value());
  CHECK(error.has_error());
}

TEST_CASE("an exit code of 9 and a signal 9 and a lost status are three things") {
  CHECK(ExitStatus::exited(9) == ExitStatus::from_wait_status(9 << 8));
  CHECK(ExitStatus::signaled(9) == ExitStatus::from_wait_status(9));
  CHECK_FALSE(ExitStatus::exited(9) == ExitStatus::signaled(9));
  CHECK_FALSE(ExitStatus::exited(0) == ExitStatus::lost());
  CHECK_FALSE(ExitStatus::lost().success());
  CHECK_FALSE(ExitStatus::lost().code());
  CHECK_FALSE(ExitStatus::lost().signal());
  CHECK(ExitStatus::exited(7).to_string() == "exited(7)");
  CHECK(ExitStatus::from_wait_status(11 | 0x80).to_string() == "signaled(11, core dumped)");
  CHECK(ExitStatus::lost().to_string() == "lost");
}
