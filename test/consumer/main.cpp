// SPDX-License-Identifier: Apache-2.0
// Uses the library as its users do, blocking and asynchronous, and catches what it throws.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <typeinfo>

#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <crunc/async.hpp>
#include <crunc/crunc.hpp>

using namespace std::chrono_literals;

namespace {

int failures = 0;

void check(bool holds, const char* what) {
  if (holds) return;
  std::cerr << "not so: " << what << '\n';
  ++failures;
}

/// What the library throws is caught here as each of its classes: their type information is one on both sides.
void check_exceptions(const crunc::Result<crunc::Container>& missing) {
  try {
    static_cast<void>(missing.value());
    check(false, "value() throws where there is none");
  } catch (const crunc::Exception& exception) {
    check(exception.error().code == crunc::Errc::runtime_not_found, "an exception has the error");
    std::cout << crunc::library_version() << ": " << exception.what() << '\n';
  }
  try {
    crunc::throw_exception_from_error(crunc::Error(crunc::Errc::paused), BOOST_CURRENT_LOCATION);
  } catch (const std::system_error& error) {
    check(error.code() == crunc::Errc::paused, "an exception is a std::system_error");
    check(dynamic_cast<const crunc::Exception*>(&error) != nullptr, "a base of an exception leads back to it");
    check(typeid(error) == typeid(crunc::Exception), "the type of an exception is that of the headers");
  }
  const std::shared_ptr<crunc::ProcessMonitor> monitor = std::make_shared<crunc::PidfdMonitor>();
  check(std::dynamic_pointer_cast<crunc::PidfdMonitor>(monitor) != nullptr, "a monitor is known by its class");
}

/// A runtime that prints in many pieces, and is a script at that path while this lives.
class Chatterer {
 public:
  Chatterer() {
    std::ofstream(path) << "#!/bin/sh\ni=0; while [ $i -lt 5000 ]; do echo $i; i=$((i + 1)); done\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  }
  Chatterer(const Chatterer&) = delete;
  Chatterer& operator=(const Chatterer&) = delete;
  ~Chatterer() { std::filesystem::remove(path); }
  const std::string path = std::filesystem::temp_directory_path() / ("consumer-" + std::to_string(::getpid()));
};

/// The library's own reads and timers on an io_context of ours, on two threads: library and program have to agree on
/// whose they are.
void check_io_context() {
  const Chatterer runtime;
  boost::asio::io_context context;
  std::optional<crunc::Errc> code;
  crunc::Runc({.command = runtime.path, .executor = context.get_executor()})
      .async_state("web", {.timeout = 60s}, [&](const crunc::Result<crunc::Container>& state) {
        check(context.get_executor().running_in_this_thread(), "a handler runs where the io_context does");
        code = state.error().code;
      });
  std::jthread other([&] { context.run(); });
  context.run();
  other.join();
  check(code == crunc::Errc::malformed_output, "a call on an io_context reads what the runtime prints");
}

}  // namespace

int main() {
  const crunc::Runc runc({.root = "/run/consumer"});
  const auto argv = runc.argv("web", crunc::StateOptions{});
  check(argv && argv->size() == 5, "arguments of a call");
  const auto missing = crunc::Runc({.command = "/nonexistent/runtime"})
                           .async_state("web", {.timeout = 1s}, boost::asio::use_future)
                           .get();
  check_exceptions(missing);
  check_io_context();
  return failures == 0 ? 0 : 1;
}
