// SPDX-License-Identifier: Apache-2.0
// A child of bench_exit: small, so that there can be many. Waits for the end of its stdin and exits with 7.

#include <unistd.h>

int main() {
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) > 0) {
  }
  return 7;
}
