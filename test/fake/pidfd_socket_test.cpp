// SPDX-License-Identifier: Apache-2.0
// The socket that receives a pidfd. How it is received is the console socket's way, and tested there.
#include <doctest/doctest.h>

#include <fcntl.h>

#include <string_view>

#include <crunc/crunc.hpp>

#include "support/console_peer.hpp"

using namespace crunc;
using test::deliver;
using test::LivingProcess;
using test::open_pty;
using test::Pty;

TEST_CASE("a pidfd arrives with its pid and what the runtime says of it") {
  const LivingProcess process;
  const auto receive = [&](std::string_view payload) {
    const PidfdSocket socket = PidfdSocket::temporary().value();
    deliver(socket.path(), payload, {process.pidfd()});
    PidfdMessage message = socket.receive().value();
    CHECK(message.pid == process.pid());
    CHECK((::fcntl(message.pidfd.fd(), F_GETFD) & FD_CLOEXEC) != 0);
    return message.origin;
  };
  using namespace std::string_view_literals;

  CHECK(receive("standard") == PidfdMessage::Origin::init);
  CHECK(receive("setns\0"sv) == PidfdMessage::Origin::exec);
  CHECK(receive(" ") == PidfdMessage::Origin::other);
}

TEST_CASE("what is no pidfd is malformed_output") {
  const PidfdSocket socket = PidfdSocket::temporary().value();
  const Pty pty = open_pty();
  deliver(socket.path(), "standard", {pty.master.fd()});

  const auto message = socket.receive();

  CHECK(message.error().code == Errc::malformed_output);
  CHECK(message.error().reason == "not a pidfd");
}
