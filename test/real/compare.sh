#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# podman and conmon on runc, and then on crunc in runc's place: every command gives
# the same status and output on both. A command that does not work on runc on this
# machine is listed as "not here", with its reason.
#
#   compare.sh CRUNC [DIRECTORY]    both lists of results go to DIRECTORY [none];
#                                   status 77 where it cannot be tried
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
suite_name=compare
# shellcheck source-path=SCRIPTDIR source=../support/real_script.sh
. "$here/../support/real_script.sh"

[ "$(id -u)" = 0 ] || skip "not root"
runc=$(runtime_path runc) || skip "no runc"
crunc=$(runtime_path "${1:?usage: compare.sh CRUNC [DIRECTORY]}") || skip "no $1"
for tool in podman conmon jq script; do
  command -v "$tool" >/dev/null || skip "no $tool (Debian: $tool; script is in bsdutils)"
done
# Both find CRIU in PATH, or there is none that works here and both fail alike.
if criu=$("$here/../support/find-criu" 2>/dev/null); then export PATH=${criu%/*}:$PATH; fi

make_scratch
export CRUNC_RUNTIME=$runc
clean_up() {
  local world
  for world in runc crunc; do
    [ ! -d "$scratch/$world" ] || "$here/../support/podman-env" "$scratch/$world" "$runc" --destroy
  done
}
busybox_tree "$scratch/tree"
chmod 711 "$scratch"  # other users' containers have their roots below it
# As an init it is called with "--" before the command.
printf '#!/bin/sh\nshift\n"$@"\n' >"$scratch/init"
chmod 755 "$scratch/init"

# What differs from run to run and means nothing: ids, times, the worlds' directories.
normal() {
  sed -E "s/\r//g; s/\b[0-9a-f]{12,64}\b/ID/g; s#$runtime#RUNTIME#g; s#$scratch/(runc|crunc)#WORLD#g; s/\bcompare-(runc|crunc)-/compare-/g" |
    sed -E 's/[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+([+-][0-9:]+|Z)?( [+-][0-9]{4} [A-Z]+)?/TIME/g'
}

# try NAME COMMAND...: one row of the list: what COMMAND printed and its status.
try() {
  local name=$1 status=0
  shift
  timeout --kill-after=5 60 "$@" >"$world/out" 2>"$world/err" </dev/null || status=$?
  jq -cn --arg name "$name" --argjson status "$status" --rawfile out <(normal <"$world/out") \
    --rawfile err <(normal <"$world/err") '{name: $name, status: $status, out: $out, err: $err}' >>"$world.list"
}
p() { "$here/../support/podman-env" "$world" "$runtime" "$@"; }
export -f p
# With a shell for what is more than one command; \$tree is the root file system.
sh_try() { try "$1" bash -c "set -eo pipefail; $2"; }
# At a terminal at which nobody types.
tty() { script -qec "$(printf '%q ' "$here/../support/podman-env" "$world" "$runtime" "$@")" /dev/null <>"$world/nobody"; }
export -f tty

# shellcheck source-path=SCRIPTDIR source=compare_podman.sh
. "$here/compare_podman.sh"
# shellcheck source-path=SCRIPTDIR source=compare_conmon.sh
. "$here/compare_conmon.sh"

# record WORLD RUNTIME: the list of all results with this runtime.
record() {
  export world=$scratch/$1 runtime=$2 tree=$scratch/tree:O here scratch
  mkdir "$world"
  mkfifo "$world/nobody"
  podman_rows
  conmon_rows
}
record runc "$runc" &
record crunc "$crunc" &
wait
[ -z "${2-}" ] || { mkdir -p "$2" && cp "$scratch"/{runc,crunc}.list "$2"; }

rows() { jq -r "$1" "$scratch/$2.list"; }
not_here=0
mapfile -t names < <(rows .name runc)
check "both lists have the same commands" same "$(rows .name runc)" "$(rows .name crunc)"
for index in "${!names[@]}"; do
  row_of() { jq -c -s ".[$index]" "$scratch/$1.list"; }
  plain=$(row_of runc) ours=$(row_of crunc)
  # A row begins with a word for its status as it must be: "name (7)" wants 7.
  wanted=$(sed -nE 's/.*\(([0-9]+)\)$/\1/p' <<<"${names[index]}")
  if [ "$(jq .status <<<"$plain")" != "${wanted:-0}" ]; then
    not_here=$((not_here + 1))
    printf 'not here: %s: %s\n' "${names[index]}" "$(jq -r '"status \(.status) " + (.err + .out | rtrimstr("\n") | split("\n") | last // "")' <<<"$plain")"
    continue
  fi
  check "${names[index]}" same "$plain" "$ours"
done
printf '%d commands do not work with runc on this machine\n' "$not_here"
tally
