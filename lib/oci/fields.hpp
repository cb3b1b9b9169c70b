// SPDX-License-Identifier: Apache-2.0
// How a struct stands in JSON, as a type: one list of its members with their keys serves to read and to write it.
#pragma once

#include <cstddef>
#include <string_view>

namespace crunc::oci {

/// A key as a template argument.
template <std::size_t Size>
struct Key {
  char text[Size]{};
  consteval Key(const char (&from)[Size]) {  // NOLINT(google-explicit-constructor): reads as a string
    for (std::size_t i = 0; i < Size; ++i) text[i] = from[i];
  }
};

/// A key in quotes and its colon, ended by a zero.
template <std::size_t Size>
struct QuotedKey {
  char text[Size]{};
};

template <Key Name>
consteval auto make_quoted() {
  QuotedKey<sizeof Name.text + 3> result;
  std::size_t at = 0;
  result.text[at++] = '"';
  for (std::size_t i = 0; i + 1 < sizeof Name.text; ++i) result.text[at++] = Name.text[i];
  result.text[at++] = '"';
  result.text[at] = ':';
  return result;
}

/// When a member is written.
enum class Written : unsigned char {
  present,  ///< when it has a value, or an element
  always    ///< also without: null, {} or []
};

template <Key Name, auto Member, Written When = Written::present>
struct Field {
  static constexpr auto member = Member;
  static constexpr Written written = When;
  static constexpr std::string_view name{Name.text, sizeof Name.text - 1};

  /// `"name":`, as a compact text has it.
  static constexpr auto quoted = make_quoted<Name>();
};

/// The members of a struct in the order in which runtimes print them.
template <class... All>
struct Fields {};

/// Fields of T, as `List`: specialised for each struct that stands in JSON. Where members depend on each other, a
/// static `settle(T&)` is called after reading.
template <class T>
struct FieldsOf;

template <class T>
concept Described = requires {
  typename FieldsOf<T>::List;
};

}  // namespace crunc::oci
