// SPDX-License-Identifier: Apache-2.0
//
// The faults of the system calls: each call of the table with each errno that the kernel may give where the library
// makes it, and transfers of one byte. A sweep lives the same life over and over, and another of its calls fails each
// time.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include <crunc/error.hpp>

#include "sys/calls.hpp"

namespace crunc::test {

struct Fault {
  const char* call;  ///< the member of sys::Calls
  int error;         ///< 0: but one byte is transferred
  /// Makes the call of this table fail, when it is this one's turn.
  void (*put)(sys::Calls& table);

  [[nodiscard]] std::string name() const;
};

/// All of them.
[[nodiscard]] const std::vector<Fault>& faults();

/// The calls that never fail where the library makes them, each with the reason.
[[nodiscard]] const std::map<std::string, std::string>& infallible_calls();

/// Lives once without a fault, and then fails one call in each of many lives, and checks after each that nothing has
/// stayed open, no child is left and it was over soon.
/// @return  how often each call has failed
std::map<std::string, int> sweep(
    const std::function<void()>& life, const std::function<void(const Fault&)>& afterwards = [](const Fault&) {});

/// Fails the test unless an Error says what failed, in one line, and that was no wait in vain.
void check_error(const Error& error);

/// The same, where there is one.
template <class T>
bool succeeded(const Result<T>& result) {
  if (result.has_value()) return true;
  check_error(result.error());
  return false;
}

}  // namespace crunc::test
