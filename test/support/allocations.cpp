// SPDX-License-Identifier: Apache-2.0
#include "allocations.hpp"

#include <cstdlib>
#include <new>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CRUNC_TEST_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define CRUNC_TEST_SANITIZED 1
#endif
#endif

namespace crunc::test {
namespace {

thread_local std::size_t count = 0;

}  // namespace

#ifdef CRUNC_TEST_SANITIZED
bool counts_allocations() noexcept { return false; }
#else
bool counts_allocations() noexcept { return true; }
#endif

std::size_t allocations() noexcept { return count; }

}  // namespace crunc::test

#ifndef CRUNC_TEST_SANITIZED

// The other forms of them call these.

void* operator new(std::size_t size) {
  ++crunc::test::count;
  if (void* const memory = std::malloc(size != 0 ? size : 1)) return memory;
  throw std::bad_alloc();
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

#endif
