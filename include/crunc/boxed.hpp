// SPDX-License-Identifier: Apache-2.0
// Boxed<T>: a value behind a pointer, so that the options structs survive a co_await of g++ 12.
#pragma once

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace crunc {

/// An immutable T that is copied by reference count; made from whatever makes a T, and usable as a `const T&`.
///
/// Why not a T: g++ 12 moves the aggregate temporaries of a co_await expression bit by bit, and a std::string or path,
/// which points into itself, does not survive that. `co_await runc.async_run("job", bundle, {.pid_file = "/p"}, token)`
/// is to work all the same.
/// @threads distinct objects: safe; shared object: safe (const)
template <class T>
class Boxed {
 public:
  Boxed() noexcept = default;
  template <class From>
  // In this order: of a copy it is not asked what T can be made from, which clang has to know before T is complete.
  requires(!std::same_as<std::remove_cvref_t<From>, Boxed> && std::constructible_from<T, From&&>)
      Boxed(From&& from)  // NOLINT(google-explicit-constructor,bugprone-forwarding-reference-overload): reads as a T
      : value_(std::make_shared<const T>(std::forward<From>(from))) {}

  [[nodiscard]] const T& get() const noexcept { return value_ ? *value_ : nothing(); }
  [[nodiscard]] operator const T&() const noexcept { return get(); }  // NOLINT(google-explicit-constructor)
  [[nodiscard]] const T* operator->() const noexcept { return &get(); }
  [[nodiscard]] bool empty() const noexcept { return get().empty(); }

 private:
  static const T& nothing() noexcept {
    static const T none{};
    return none;
  }
  std::shared_ptr<const T> value_{};
};

/// A T and nothing that would become one, for an overload beside one that takes a braced list: `exec("web", {"sh"})` is
/// a command, `exec("web", oci::Process{...})` a process.
/// @threads as Boxed
template <class T>
class Exactly {
 public:
  template <std::same_as<T> From>
  Exactly(const From& from) : value_(from) {}  // NOLINT(google-explicit-constructor): as Boxed
  [[nodiscard]] const T& get() const noexcept { return value_.get(); }

 private:
  Boxed<T> value_;
};

}  // namespace crunc
