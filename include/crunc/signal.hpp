// SPDX-License-Identifier: Apache-2.0
// A signal by number or by name.
#pragma once

#include <csignal>
#include <string>
#include <string_view>

#include <crunc/config.hpp>
#include <crunc/error.hpp>

namespace crunc {

/// A signal of Linux, 1..64. Made from a number where one is wanted, so that `kill("web", SIGTERM)` reads as it should.
class CRUNC_API Signal {
 public:
  Signal(int number = SIGTERM) noexcept : number_(number) {}  // NOLINT(google-explicit-constructor)

  /// Read "TERM", "SIGTERM", "15", "RTMIN", "RTMIN+3" or "RTMAX-2", in either case.
  ///
  /// @errors Errc::invalid_argument
  /// @note runc knows no RTMIN names and crun 1.8 takes any word for success: names become numbers
  /// here.
  [[nodiscard]] static Result<Signal> parse(std::string_view text);

  [[nodiscard]] int number() const noexcept { return number_; }
  /// "SIGTERM", "SIGRTMIN+3"; the number for what has no name.
  [[nodiscard]] std::string name() const;

  friend bool operator==(Signal, Signal) = default;

 private:
  int number_;
};

}  // namespace crunc
