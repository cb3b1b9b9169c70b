// SPDX-License-Identifier: Apache-2.0
// The version of the library that is linked.

#include <crunc/config.hpp>

#define CRUNC_TEXT(x) #x
#define CRUNC_TEXT_OF(x) CRUNC_TEXT(x)

namespace crunc {

const char* library_version() noexcept {
  return CRUNC_TEXT_OF(CRUNC_VERSION_MAJOR) "." CRUNC_TEXT_OF(CRUNC_VERSION_MINOR) "." CRUNC_TEXT_OF(
      CRUNC_VERSION_PATCH);
}

}  // namespace crunc
