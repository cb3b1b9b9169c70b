# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# For sourcing: cases of a script, counted, and a directory for them that goes with the script.
#
#   works NAME COMMAND...           what is to succeed; of what fails the end of its output is shown
#   refused NAME REGEX COMMAND...   what is to fail with words that match
#   count < <(SCRIPT)               adds what another script counted, and prints what it says
#   tally                           prints the count; its status is that of all cases together

passed=0
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

ok() {
  passed=$((passed + 1))
  echo "ok: $1"
}

not_ok() {
  failed=$((failed + 1))
  tail -n 40 "$work/log"
  echo "failed: $1"
}

works() {
  local name=$1 began=$SECONDS status
  shift
  # Not as a condition, where the shell would go on after what fails within.
  set +e
  (set -e; "$@") >"$work/log" 2>&1
  status=$?
  set -e
  if [ $status = 0 ]; then ok "$name, $((SECONDS - began)) s"; else not_ok "$name"; fi
}

refused() {
  local name=$1 words=$2
  shift 2
  # One line: CMake breaks what it says.
  if ! "$@" >"$work/log" 2>&1 && tr -s ' \n' ' ' <"$work/log" | grep -qE "$words"; then
    ok "$name"
  else
    not_ok "$name: not refused with: $words"
  fi
}

count() {
  local p f
  read -r p f < <(tee >(cat >&2) | grep -E '^[0-9]+ passed' | tail -n 1 | tr -c '0-9\n' ' ')
  passed=$((passed + p)) failed=$((failed + f))
}

tally() {
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ]
}
