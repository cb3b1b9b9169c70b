// SPDX-License-Identifier: Apache-2.0
// The version, and what a symbol of the library looks like from outside. The only two families of macros that crunc
// has.
#pragma once

/// The version of these headers. The build reads it from here: this is its only source.
#define CRUNC_VERSION_MAJOR 0
#define CRUNC_VERSION_MINOR 1
#define CRUNC_VERSION_PATCH 0

/// Marks what a shared libcrunc exports; everything else is hidden.
#if defined(CRUNC_STATIC)
#define CRUNC_API
#else
#define CRUNC_API __attribute__((visibility("default")))
#endif

namespace crunc {

/// Return the version of the library that is linked, such as "0.1.0".
///
/// It may differ from CRUNC_VERSION_* when a program runs with another libcrunc than it was compiled against.
/// @threads safe
[[nodiscard]] CRUNC_API const char* library_version() noexcept;

}  // namespace crunc
