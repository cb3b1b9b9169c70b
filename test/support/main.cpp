// SPDX-License-Identifier: Apache-2.0
//
// The main function of every test program: doctest's, and a closing line that counts skipped cases apart.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>

#include "tally.hpp"

int main(int argc, char** argv) {
  doctest::Context context(argc, argv);
  const int result = context.run();
  const auto& tally = crunc::test::Tally::instance();
  if (tally.started) std::printf("%s\n", tally.summary().c_str());
  return result == EXIT_SUCCESS && tally.failed > 0 ? EXIT_FAILURE : result;
}
