// SPDX-License-Identifier: Apache-2.0
// A container from create to delete: first_container BUNDLE [RUNTIME]. The bundle's process should run until SIGTERM;
// make_bundle makes one. Needs root.

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <iostream>
#include <string>
#include <thread>

#include <crunc/crunc.hpp>

using namespace std::chrono_literals;

namespace {

void step(const std::string& what) { std::cout << "\n== " << what << std::endl; }

void show(const crunc::Container& container) {
  std::cout << container.id << ": " << container.status_text << ", pid " << container.pid << ", bundle "
            << container.bundle << std::endl;
}

/// The first lines that the container writes to its stdout.
void show_output(int pipe, int lines) {
  std::array<char, 256> text{};
  for (int seen = 0; seen < lines;) {
    const ssize_t got = ::read(pipe, text.data(), text.size());
    if (got <= 0) return;
    const std::string part(text.data(), static_cast<std::size_t>(got));
    std::cout << part << std::flush;
    for (const char c : part) seen += c == '\n' ? 1 : 0;
  }
}

void live(const crunc::Runc& runc, const std::string& bundle) {
  const std::string id = "crunc-example-" + std::to_string(::getpid());
  const crunc::Version version = runc.version().value();
  std::cout << "libcrunc " << crunc::library_version() << " on " << version.name << " " << version.version << std::endl;

  step("create: the container's stdout is a pipe of ours");
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::system_category(), "pipe");
  runc.create(id, bundle, {.io = {.out = crunc::Stream::descriptor(pipe[1])}}).value();
  ::close(pipe[1]);
  show(runc.state(id).value());

  step("start");
  runc.start(id).value();
  show(runc.state(id).value());

  step("exec: another process in it");
  const auto ran =
      runc.exec(id, {"sh", "-c", "echo \"I am $(id -un), process $$\"; exit 3"}, {.io = crunc::Io::capture()});
  std::cout << ran.value().output.out << "it " << ran->status << std::endl;

  step("watch: what the container prints");
  show_output(pipe[0], 3);
  ::close(pipe[0]);

  step("an error has a kind and the runtime's own words");
  const auto again = runc.create(id, bundle);
  std::cout << crunc::to_string(again.error().code) << ": " << again.error().message() << std::endl;

  step("stop: SIGTERM, and wait for the end");
  runc.kill(id, SIGTERM).value();
  while (runc.state(id).value().status != crunc::Status::stopped) std::this_thread::sleep_for(50ms);
  show(runc.state(id).value());

  step("delete");
  runc.remove(id).value();
  std::cout << "containers left of this id: " << (runc.state(id) ? 1 : 0) << std::endl;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 2) {
    std::cerr << "usage: first_container BUNDLE [RUNTIME]\n";
    return 2;
  }
  live(crunc::Runc({.command = argc > 2 ? argv[2] : "runc"}), argv[1]);
  return 0;
} catch (const crunc::Exception& exception) {
  std::cerr << "first_container: " << exception.what() << '\n';
  return 1;
} catch (const std::exception& exception) {
  std::cerr << "first_container: " << exception.what() << '\n';
  return 1;
}
