// SPDX-License-Identifier: Apache-2.0
// Uses the installed library as its users do, blocking and asynchronous.
#include <chrono>
#include <iostream>

#include <boost/asio/use_future.hpp>

#include <crunc/async.hpp>
#include <crunc/crunc.hpp>

using namespace std::chrono_literals;

int main() {
  const crunc::Runc runc({.root = "/run/consumer"});
  const auto argv = runc.argv("web", crunc::StateOptions{});
  const auto missing = crunc::Runc({.command = "/nonexistent/runtime"})
                           .async_state("web", {.timeout = 1s}, boost::asio::use_future)
                           .get();
  if (!argv || argv->size() != 5 || missing.error().code != crunc::Errc::runtime_not_found) return 1;
  try {
    static_cast<void>(missing.value());
    return 1;
  } catch (const crunc::Exception& exception) {
    std::cout << crunc::library_version() << ": " << exception.what() << '\n';
  }
  return 0;
}
