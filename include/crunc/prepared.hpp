// SPDX-License-Identifier: Apache-2.0
// What a blocking call and its asynchronous twin have in common before either begins.
#pragma once

#include <memory>
#include <stop_token>

#include <crunc/error.hpp>

namespace crunc {

namespace process {
class Operation;
}  // namespace process

namespace detail {

/// An operation that is ready to begin, and how its outcome is read once it is over.
template <class T>
struct Prepared {
  std::shared_ptr<process::Operation> operation;
  std::stop_token stop;
  Result<T> (*finish)(process::Operation&);
};

}  // namespace detail
}  // namespace crunc
