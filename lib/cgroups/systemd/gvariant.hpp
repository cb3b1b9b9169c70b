// SPDX-License-Identifier: Apache-2.0
// Values in GVariant's text format, as far as properties of units need them: basic types and flat arrays.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <crunc/error.hpp>

namespace crunc::cgroups::systemd {

/// A value that has its type, by the letters of D-Bus.
struct GVariant {
  /// b; x of y, n, q, i, u and x; t; d; s
  using Item = std::variant<bool, std::int64_t, std::uint64_t, double, std::string>;

  char type = 0;  ///< of y, n, q, i, u, x, t, d, b, s: that of each item
  bool is_array = false;
  std::vector<Item> items{};  ///< one, if it is no array
};

/// Read `true`, `'text'`, `5`, `uint64 5`, `@t 5`, `1.5`, `['a', 'b']`, `@as []`. A number without a type is an int32,
/// or a double by its looks. invalid_argument for anything else.
/// @source GLib, "GVariant Text Format"
[[nodiscard]] Result<GVariant> parse_gvariant(std::string_view text);

}  // namespace crunc::cgroups::systemd
