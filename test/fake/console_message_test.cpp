// SPDX-License-Identifier: Apache-2.0
// What a console socket refuses: messages of a runtime, or of a stranger, that are not one pty master.
#include <doctest/doctest.h>

#include <crunc/crunc.hpp>

#include "support/console_peer.hpp"

using namespace crunc;
using test::deliver;
using test::open_pty;
using test::Pty;

namespace {

constexpr const char* runc_payload = "/dev/ptmx";

/// What receive() makes of one message.
Error error_for(std::string_view payload, const std::vector<int>& fds) {
  const ConsoleSocket socket = ConsoleSocket::temporary().value();
  deliver(socket.path(), payload, fds);
  const Result<Console> console = socket.receive();
  REQUIRE(console.has_error());
  CHECK(console.error().operation == "receive at " + socket.path().string());
  return console.error();
}

}  // namespace

TEST_CASE("a message without a descriptor is malformed_output") {
  const Error error = error_for(runc_payload, {});
  CHECK(error.code == Errc::malformed_output);
  CHECK(error.reason == "0 descriptors were sent instead of one");
}

TEST_CASE("surplus descriptors are closed and malformed_output") {
  const Pty pty = open_pty();
  const Error error = error_for(runc_payload, {pty.master.fd(), pty.slave.fd(), pty.master.fd()});
  CHECK(error.code == Errc::malformed_output);
  CHECK(error.reason == "3 descriptors were sent instead of one");
}

TEST_CASE("as many descriptors as a message can carry are closed") {
  const Pty pty = open_pty();
  CHECK(error_for(runc_payload, std::vector<int>(253, pty.master.fd())).code == Errc::malformed_output);
}

TEST_CASE("what is no terminal is malformed_output") {
  const test::PipeEnds pipe = test::open_pipe();
  const Error error = error_for(runc_payload, {pipe.reader.fd()});
  CHECK(error.code == Errc::malformed_output);
  CHECK(error.reason == "not a terminal");
}

TEST_CASE("the slave of a pty is malformed_output") {
  const Pty pty = open_pty();
  const Error error = error_for(runc_payload, {pty.slave.fd()});
  CHECK(error.code == Errc::malformed_output);
  CHECK(error.reason.find("not the master") != std::string::npos);
}

TEST_CASE("a payload has at most 4 KiB") {
  const Pty pty = open_pty();
  const ConsoleSocket socket = ConsoleSocket::temporary().value();
  deliver(socket.path(), std::string(4096, 'x'), {pty.master.fd()});
  CHECK(socket.receive().has_value());

  CHECK(error_for(std::string(4097, 'x'), {pty.master.fd()}).code == Errc::malformed_output);
}
