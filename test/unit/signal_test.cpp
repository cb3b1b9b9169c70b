// SPDX-License-Identifier: Apache-2.0
// Signals by number and by name.
#include <doctest/doctest.h>

#include <string>

#include <crunc/signal.hpp>

using crunc::Errc;
using crunc::Signal;

TEST_CASE("Signal::parse() reads names with and without SIG in either case and numbers") {
  for (const char* const text : {"TERM", "SIGTERM", "term", "sigterm", "15"}) {
    CAPTURE(text);
    REQUIRE(Signal::parse(text).has_value());
    CHECK(Signal::parse(text)->number() == SIGTERM);
  }
  CHECK(Signal::parse("IOT")->number() == SIGABRT);
  CHECK(Signal::parse("64")->number() == 64);
}

TEST_CASE("B17 Signal::parse() knows the real-time signals that runc does not") {
  CHECK(Signal::parse("RTMIN")->number() == 34);
  CHECK(Signal::parse("SIGRTMIN+3")->number() == 37);
  CHECK(Signal::parse("rtmax-2")->number() == 62);
  CHECK(Signal::parse("RTMAX")->number() == 64);
  CHECK(Signal(37).name() == "SIGRTMIN+3");
}

TEST_CASE("B17 Signal::parse() refuses what crun 1.8 would take for success") {
  for (const char* const text :
       {"", "FOO", "0", "65", "-1", "SIG", "RTMIN-1", "RTMIN+31", "RTMAX-31", "RTMIN+", "15x"}) {
    CAPTURE(text);
    REQUIRE(Signal::parse(text).has_error());
    CHECK(Signal::parse(text).error().code == Errc::invalid_argument);
  }
}

TEST_CASE("Signal::parse() quotes no more than the start of what is no signal") {
  CHECK(Signal::parse(std::string(100000, '\xf1')).error().message().size() < 1000);
}

TEST_CASE("every name of a signal leads back to its number") {
  for (int number = 1; number <= 64; ++number) {
    if (number == 32 || number == 33) continue;  // glibc's own, nameless
    CAPTURE(number);
    REQUIRE(Signal::parse(Signal(number).name()).has_value());
    CHECK(Signal::parse(Signal(number).name())->number() == number);
  }
}
