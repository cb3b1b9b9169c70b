# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# For sourcing: runs stages, each with its count and its seconds, and closes with one line over all of them.
#
#   stage NAME SECONDS COMMAND...   runs COMMAND, ended after SECONDS; counts what its last "N passed, N failed" line
#                                   says, or else itself as one test. Status 77 is a skip: its last line has the reason.
#   skip NAME REASON...             counts a stage that lacks its means
#   summary                         tells again what failed, and prints the closing line; its status is that of all
#                                   stages together

passed=0
failed=0
skipped=0

# Of a stage, to read while it runs and to count from afterwards; of all, what is told again at the end.
stage_log=$(mktemp)
failure_log=$(mktemp)
trap 'rm -f "$stage_log" "$failure_log"' EXIT

# The test cases of the last stage that failed, or else how its output ended.
tell_failure() {
  local cases
  cases=$(awk -v RS='==========+\n' '/(FATAL )?ERROR:|CRASHED/' "$stage_log" | head -n 120)
  printf '\nfailed: %s\n%s\n' "$1" "${cases:-$(tail -n 30 "$stage_log")}"
}

stage() {
  local name=$1 seconds=$2 began=$SECONDS status=0 counts p f s
  shift 2
  echo
  echo "=== $name"
  timeout --kill-after=10 "$seconds" "$@" </dev/null 2>&1 | tee "$stage_log" || status=${PIPESTATUS[0]}
  counts=$(grep -oE '[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?' "$stage_log" | tail -n 1 || true)
  if [ "$status" = 77 ]; then
    p=0 f=0 s=1
  elif [ -n "$counts" ]; then
    read -r p f s < <(tr -c '0-9\n' ' ' <<<"$counts")
    s=${s:-0}
    # A program that died after its line, or whose line forgot something, has failed all the same.
    [ "$status" = 0 ] || [ "$f" -gt 0 ] || f=1
  elif [ "$status" = 0 ]; then
    p=1 f=0 s=0
  else
    p=0 f=1 s=0
  fi
  [ "$status" != 124 ] || echo "ended after $seconds s"
  [ "$f" = 0 ] || tell_failure "$name" >>"$failure_log"
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  echo "--- $name: $p passed, $f failed, $s skipped, $((SECONDS - began)) s"
}

skip() {
  local name=$1
  shift
  echo
  echo "--- $name: skipped: $*"
  skipped=$((skipped + 1))
}

summary() {
  echo
  cat "$failure_log"
  echo "all stages: $SECONDS s"
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" = 0 ]
}
