// SPDX-License-Identifier: Apache-2.0
// UTF-8: what is, and how it is written.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace crunc::core {

/// How many bytes the character at the front of `text` takes; 0 if there is none.
[[nodiscard]] std::size_t character_length(std::string_view text);

/// Whether all of `text` is UTF-8 (RFC 3629: the shortest form, no surrogates).
[[nodiscard]] bool is_utf8(std::string_view text);

/// `text` with U+FFFD in the place of each byte that is no UTF-8, as Go writes it in JSON.
[[nodiscard]] std::string to_utf8(std::string_view text);

/// Appends the character of a code point, which must be one: at most 0x10FFFF and no surrogate.
void append_utf8(std::string& into, unsigned code);

}  // namespace crunc::core
