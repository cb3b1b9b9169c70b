#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# conmon on top of a runtime, called as podman and CRI-O call it: conmon creates a
# container by the runtime, owns its output and its exit status; the caller starts
# and deletes it.
#
#   conmon.sh [RUNTIME]     [runc]; status 77 where it cannot be tried
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
suite_name=conmon
# shellcheck source-path=SCRIPTDIR source=../support/real_script.sh
. "$here/../support/real_script.sh"

[ "$(id -u)" = 0 ] || skip "not root"
runtime=$(runtime_path "${1:-runc}") || skip "no runtime ${1:-runc}"
for tool in conmon jq; do
  command -v "$tool" >/dev/null || skip "no $tool (Debian: $tool)"
done

make_scratch
id=crunc-conmon-$$
runtime() { timeout 120 "$runtime" --root "$scratch/state" "$@"; }
# shellcheck disable=SC2317  # called by leave; conmon ends with its container
clean_up() {
  runtime delete --force "$id" 2>/dev/null || true
  # shellcheck disable=SC2016  # expanded by the inner shell
  within 10 sh -c '! kill -0 "$(cat "$1")" 2>/dev/null' sh "$scratch/conmon.pid"
}
mkdir "$scratch"/{exits,persist,sockets}
cd "$scratch"  # where conmon leaves a file after an OOM
busybox_bundle "$scratch/bundle" sh -c 'echo to stdout; echo to stderr >&2; exit 7'

# shellcheck disable=SC2317  # called by check
create() {
  timeout 120 conmon --api-version 1 -c "$id" -u "$id" -n "$id" -r "$runtime" -b "$scratch/bundle" \
    -p "$scratch/container.pid" -P "$scratch/conmon.pid" -l "k8s-file:$scratch/log" \
    --exit-dir "$scratch/exits" --persist-dir "$scratch/persist" --socket-dir-path "$scratch/sockets" \
    --runtime-arg --root --runtime-arg "$scratch/state"
}
# shellcheck disable=SC2317
status() { runtime state "$id" | jq -r .status; }
# shellcheck disable=SC2317
logged() {  # logged STREAM: what the container wrote there
  sed -n "s/^[^ ]* $1 F //p" "$scratch/log"
}

check "conmon creates the container" create
check "conmon writes the pid files" within 60 test -s "$scratch/container.pid" -a -s "$scratch/conmon.pid"
check "the container waits to be started" same created "$(status)"
check "the runtime and conmon agree on its process" \
  same "$(runtime state "$id" | jq .pid)" "$(cat "$scratch/container.pid")"
check "the container is started" runtime start "$id"
check "conmon writes the exit file" within 60 test -s "$scratch/exits/$id"
check "the exit status is the container's" same 7 "$(cat "$scratch/exits/$id")"
check "the log holds the container's output" same 'to stdout' "$(logged stdout)"
check "the log holds the container's errors" same 'to stderr' "$(logged stderr)"
check "the container has stopped" same stopped "$(status)"
check "the container is deleted" runtime delete "$id"
tally
