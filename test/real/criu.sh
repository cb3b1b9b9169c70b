#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Checkpoint and restore by a runtime, with the CRIU that works on this machine: a
# container counts, and must go on counting where it was.
#
#   criu.sh [RUNTIME]     [runc]; status 77 where it cannot be tried
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
suite_name=criu
# shellcheck source-path=SCRIPTDIR source=../support/real_script.sh
. "$here/../support/real_script.sh"

[ "$(id -u)" = 0 ] || skip "not root"
runtime=$(runtime_path "${1:-runc}") || skip "no runtime ${1:-runc}"
command -v jq >/dev/null || skip "no jq (Debian: jq)"
criu=$("$here/../support/find-criu") || skip "no CRIU that works here"

# runc before 1.2 is told by --criu where CRIU is, later ones look in PATH.
export PATH=${criu%/*}:$PATH
criu_option=()
if timeout 60 "$runtime" --help 2>&1 | grep -qe '--criu'; then
  criu_option=(--criu "$criu")
fi

make_scratch
id=crunc-criu-$$
runtime() { timeout 120 "$runtime" --root "$scratch/state" "${criu_option[@]}" "$@"; }
# shellcheck disable=SC2317  # called by leave
clean_up() {
  runtime delete --force "$id" 2>/dev/null || true
  runtime delete --force "$id-copy" 2>/dev/null || true
}

# The count, and a word drawn at the start: a container that was started anew rather
# than restored has another one. Written aside and renamed, so never half.
# shellcheck disable=SC2016  # expanded in the container
busybox_bundle "$scratch/bundle" sh -c '
  read -r word </proc/sys/kernel/random/uuid
  i=0
  while :; do
    i=$((i + 1))
    echo "$i $word" >/new && mv /new /count
    sleep 0.1
  done'
counter=$scratch/bundle/rootfs/count
# The container's standard streams must be no files of the host: CRIU cannot find
# the mount that they are on.
# shellcheck disable=SC2317  # called by check
quietly() {
  runtime --log "$scratch/log" "$@" </dev/null >/dev/null 2>&1 && return
  tail -n 3 "$scratch/log"
  return 1
}
# shellcheck disable=SC2317
with_log() {  # with_log WORK-DIRECTORY COMMAND...: CRIU's errors, should it fail
  "${@:2}" || { grep -h Error "$scratch/$1"/*.log | tail -n 5; return 1; }
}
checkpoint() {  # checkpoint IMAGE OPTION...
  with_log "$1.work" quietly checkpoint --image-path "$scratch/$1" --work-path "$scratch/$1.work" "${@:2}" "$id"
}
restore() {  # restore IMAGE ID
  with_log "$1.work" quietly restore --detach --image-path "$scratch/$1" --work-path "$scratch/$1.work" \
    --bundle "$scratch/bundle" "$2"
}
count() { cut -d' ' -f1 "$counter" 2>/dev/null || echo 0; }
word() { cut -d' ' -f2 "$counter"; }
# shellcheck disable=SC2317
beyond() { [ "$(count)" -gt "$1" ]; }
# shellcheck disable=SC2317
goes_on() {  # goes_on COUNT WORD: the same process has counted further
  within 60 beyond "$1" && same "$2" "$(word)"
}
# shellcheck disable=SC2317
stands_still() {
  local before
  before=$(cat "$counter")
  sleep 0.5
  same "$before" "$(cat "$counter")"
}

check "a container counts" quietly run --detach --bundle "$scratch/bundle" "$id"
check "it comes to 5" within 60 beyond 4

check "checkpoint" checkpoint first
check "the checkpointed container counts no more" stands_still
at=$(count) word=$(word)
check "restore" restore first "$id"
check "the restored container goes on counting" goes_on "$at" "$word"

check "checkpoint --leave-running" checkpoint second --leave-running
at=$(count)
check "the container goes on counting all the same" goes_on "$at" "$word"
check "it is killed" quietly delete --force "$id"
echo "0 gone" >"$counter"
check "restore under another id" restore second "$id-copy"
check "the copy goes on from the second checkpoint" goes_on 5 "$word"
check "the copy is deleted" quietly delete --force "$id-copy"
tally
