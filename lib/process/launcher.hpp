// SPDX-License-Identifier: Apache-2.0
// The Boost.Process front of sys::spawn: a v2 launcher that takes v2's initializers and its environment, whitelist and
// argv conventions, but none of v2's ways to fork and to wait (docs/decisions/0002-own-launcher.md).
#pragma once

#include <algorithm>
#include <concepts>
#include <tuple>
#include <vector>

#include <boost/process/v2/posix/default_launcher.hpp>

#include "sys/spawn.hpp"

namespace crunc::process {

namespace v2 = boost::process::v2;

/// A Boost.Process v2 launcher that starts programs by sys::spawn.
///
/// An initializer takes part as v2 lays down: `error_code on_setup(Launcher&, path, argv)` in the parent,
/// `error_code on_exec_setup(Launcher&, path, argv)` in the child, which shares the parent's memory until exec and so
/// must make async-signal-safe calls only. v2's own process_stdio, process_start_dir and bind_fd do.
class Launcher : public v2::posix::default_launcher {
 public:
  /// What initializers of the library's own fill in, in on_setup.
  sys::SpawnRequest request{};

  template <class... Initializers>
  [[nodiscard]] sys::SpawnResult launch(const v2::filesystem::path& executable, const char* const* argv,
                                        Initializers&&... initializers) {
    boost::system::error_code refused;
    static_cast<void>((set_up(refused, executable, argv, initializers) && ...));
    if (refused) return refusal(refused);
    request.executable = executable.c_str();
    request.argv = argv;
    request.environment = this->env;
    std::sort(this->fd_whitelist.begin(), this->fd_whitelist.end());
    request.keep = this->fd_whitelist;
    // Lambdas would do, but a child that runs them must not be instrumented by sanitizers.
    Child<Initializers...> child{this, &executable, argv, {initializers...}};
    request.in_child = &Child<Initializers...>::run;
    request.in_child_argument = &child;
    return sys::spawn(request);
  }

 private:
  template <class Initializer>
  bool set_up(boost::system::error_code& error, const v2::filesystem::path& executable, const char* const*& argv,
              Initializer& initializer) {
    if constexpr (requires {
                    { initializer.on_setup(*this, executable, argv) } -> std::convertible_to<boost::system::error_code>;
                  }) {
      error = initializer.on_setup(*this, executable, argv);
    }
    return !error;
  }

  static sys::SpawnResult refusal(const boost::system::error_code& error) noexcept {
    sys::SpawnResult result;
    result.failed_at = sys::SpawnStage::prepare;
    result.error = sys::make_error(error.value());
    return result;
  }

  template <class... Initializers>
  struct Child {
    Launcher* launcher;
    const v2::filesystem::path* executable;
    const char* const* argv;
    std::tuple<Initializers&...> initializers;

    __attribute__((no_sanitize("thread", "address", "undefined"))) static int run(void* self) {
      auto& child = *static_cast<Child*>(self);
      boost::system::error_code error;
      std::apply([&](auto&... each) { static_cast<void>((child.in_child(error, each) && ...)); }, child.initializers);
      return error.value();
    }

    template <class Initializer>
    bool in_child(boost::system::error_code& error, Initializer& initializer) {
      if constexpr (requires {
                      {
                        initializer.on_exec_setup(*launcher, *executable, argv)
                        } -> std::convertible_to<boost::system::error_code>;
                    }) {
        error = initializer.on_exec_setup(*launcher, *executable, argv);
      }
      return !error;
    }
  };
};

}  // namespace crunc::process
