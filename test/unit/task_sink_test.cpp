// SPDX-License-Identifier: Apache-2.0
// Sinks and sources as they are put down; nothing is opened here.
#include <doctest/doctest.h>

#include <string>

#include <crunc/task_io.hpp>

using namespace crunc;

TEST_CASE("a sink is nothing unless it is said to be something") {
  const Sink sink;

  CHECK(sink.kind() == Sink::Kind::stream);
  CHECK(sink.stream().kind() == Stream::Kind::null);
}

TEST_CASE("a file that is not rotated is the process' own") {
  const Sink sink = Sink::file("/var/log/web");

  CHECK(sink.kind() == Sink::Kind::stream);
  CHECK(sink.stream().kind() == Stream::Kind::file);
  CHECK(sink.stream().path() == "/var/log/web");
}

TEST_CASE("a file that is rotated is not the process' own") {
  const Sink sink = Sink::file("/var/log/web", {.max_bytes = 1000, .keep = 2});

  CHECK(sink.kind() == Sink::Kind::rotated_file);
  CHECK(sink.path() == "/var/log/web");
  CHECK(sink.rotation().max_bytes == 1000);
  CHECK(sink.rotation().keep == 2);
}

TEST_CASE("a fifo is held for both sides") {
  CHECK(Sink::fifo("/run/out").stream().kind() == Stream::Kind::fifo);
  CHECK(Source::fifo("/run/in").kind() == Source::Kind::fifo);
  CHECK(Source::fifo("/run/in").path() == "/run/in");
}

TEST_CASE("a logger has its command and ten seconds to be ready") {
  const Sink sink = Sink::logger({.argv = {"logger", "--to=x"}, .environment = {"A=1"}});

  CHECK(sink.kind() == Sink::Kind::logger);
  CHECK(sink.command().argv == std::vector<std::string>{"logger", "--to=x"});
  CHECK(sink.command().environment == std::vector<std::string>{"A=1"});
  CHECK(sink.command().ready_timeout == std::chrono::seconds(10));
}

TEST_CASE("a callback is what is called") {
  std::string got;
  const Sink sink = Sink::callback([&](std::string_view bytes) { got += bytes; });

  CHECK(sink.kind() == Sink::Kind::callback);
  sink.on_bytes()("bytes");
  CHECK(got == "bytes");
}

TEST_CASE("a source is at its end unless it is said to be something") {
  CHECK(Source().kind() == Source::Kind::stream);
  CHECK(Source().stream().kind() == Stream::Kind::null);
  CHECK(Source::pipe().kind() == Source::Kind::pipe);
}
