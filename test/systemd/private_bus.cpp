// SPDX-License-Identifier: Apache-2.0
//
// Starts dbus-daemon, and knows by the address that it prints that it is there.
#include "systemd/private_bus.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "support/text_file.hpp"

namespace crunc::test {
namespace {

std::string configuration(const std::string& address) {
  return R"(<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><auth>EXTERNAL</auth>
<listen>)" +
         address + R"(</listen>
<policy context="default">
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
</policy></busconfig>
)";
}

}  // namespace

void PrivateBus::start() {
  const std::string config = (directory_ / "bus.conf").string();
  std::ofstream(config) << configuration(address());
  std::filesystem::remove(directory_ / "bus");
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  // It complains of the limit of descriptors wherever that cannot be raised.
  const std::string log = (directory_ / "log").string();
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  std::string words[] = {"dbus-daemon", "--config-file=" + config, "--nofork",
                         "--nopidfile", "--address=" + address(),  "--print-address=1"};
  char* argv[std::size(words) + 1] = {};
  for (std::size_t i = 0; i < std::size(words); ++i) argv[i] = words[i].data();
  const int error = ::posix_spawnp(&daemon_, argv[0], &actions, nullptr, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  char byte = 0;
  const bool has_printed = error == 0 && ::read(ends[0], &byte, 1) == 1;
  ::close(ends[0]);
  if (has_printed) return;
  stop();
  throw std::runtime_error("dbus-daemon did not start: " + read_text(log));
}

void PrivateBus::stop() {
  if (daemon_ < 0) return;
  ::kill(daemon_, SIGKILL);
  ::waitpid(daemon_, nullptr, 0);
  daemon_ = -1;
}

}  // namespace crunc::test
