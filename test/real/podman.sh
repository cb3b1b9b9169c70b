#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# podman on top of a runtime: does what podman needs of it work?
#
#   podman.sh [RUNTIME]     [runc]; status 77 where it cannot be tried
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
suite_name=podman
# shellcheck source-path=SCRIPTDIR source=../support/real_script.sh
. "$here/../support/real_script.sh"

[ "$(id -u)" = 0 ] || skip "not root"
runtime=$(runtime_path "${1:-runc}") || skip "no runtime ${1:-runc}"
for tool in podman conmon; do
  command -v "$tool" >/dev/null || skip "no $tool (Debian: $tool)"
done

make_scratch
podman() { timeout 120 "$here/../support/podman-env" "$scratch/p" "$runtime" "$@"; }
# shellcheck disable=SC2317  # called by leave
clean_up() { podman --destroy; }
busybox_tree "$scratch/tree"
tree=$scratch/tree:O

# run WANTED-STATUS WANTED-OUTPUT PODMAN-ARGUMENT...: both must come back as they were.
# shellcheck disable=SC2317  # called by check
run() {
  local status=0 output
  output=$(podman "${@:3}" 2>"$scratch/err") || status=$?
  same "$1 $2" "$status $output" || { cat "$scratch/err"; return 1; }
}
# shellcheck disable=SC2317
run_stderr() {
  podman run --rm --rootfs "$tree" sh -c 'echo out; echo err >&2' >"$scratch/out" 2>"$scratch/err"
  same out "$(cat "$scratch/out")" && same err "$(cat "$scratch/err")"
}

check "run gives the container's output" run 0 hi run --rm --rootfs "$tree" echo hi
check "run ends with the container's exit status" run 7 '' run --rm --rootfs "$tree" sh -c 'exit 7'
check "run keeps output and errors apart" run_stderr
check "run passes its input on" \
  run 0 words run --rm -i --rootfs "$tree" cat < <(echo words)
check "a container runs in the background" podman run -d --name bg --rootfs "$tree" sleep 1000
check "exec gives the command's output" run 0 there exec bg echo there
check "exec ends with the command's exit status" run 9 '' exec bg sh -c 'exit 9'
check "kill ends the container with its signal's status" podman kill --signal KILL bg
check "wait gives the exit status" run 0 137 wait bg
check "a container is removed" podman rm bg
check "no container is left" run 0 '' ps --all --quiet
tally
