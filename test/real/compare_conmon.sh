# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2016,SC2154  # the scripts are expanded by the shell of try; the world is set by compare.sh
#
# The commands of conmon by hand that compare.sh runs, for sourcing: as podman and CRI-O call it.

# conmon_for ID BUNDLE OPTION...: conmon on the runtime; its files are in $world/conmon/ID.
conmon_for() {
  local id=$1 bundle=$2 dir=$world/conmon/$1
  shift 2
  mkdir -p "$dir"/{exits,persist,sockets}
  conmon --api-version 1 -c "${container:-$id}" -u "$id" -n "$id" -r "$runtime" -b "$bundle" -p "$dir/pid" -P "$dir/conmon.pid" \
    -l "k8s-file:$dir/log" --exit-dir "$dir/exits" --persist-dir "$dir/persist" --socket-dir-path "$dir/sockets" \
    --runtime-arg --root --runtime-arg "$world/state" "$@"
}
rt() { "$runtime" --root "$world/state" "$@"; }
conmon_log() { within 30 test -s "$world/conmon/$1/exits/${container:-$1}"; cat "$world/conmon/$1/exits/${container:-$1}"; cut -d' ' -f2- "$world/conmon/$1/log"; }
export -f conmon_for rt conmon_log within

conmon_rows() {
  busybox_bundle "$world/b" sh -c 'echo to stdout; sleep 0.2; echo to stderr >&2; exit 7'
  # runc names cgroups after ids, whatever its root is, and both worlds run at once.
  export c1=compare-${world##*/}-1 c2=compare-${world##*/}-2 c3=compare-${world##*/}-3 c4=compare-${world##*/}-4
  sh_try "conmon, create" 'conmon_for $c1 "$world/b"; within 30 test -s "$world/conmon/$c1/pid"; rt state $c1 | jq -r .status'
  sh_try "conmon, start" 'rt start $c1'
  sh_try "conmon, exit status and log" 'conmon_log $c1; rt state $c1 | jq -r .status'
  sh_try "conmon, delete" 'rt delete $c1; rt list -q'
  busybox_bundle "$world/t" sh -c 'test -t 0 && test -t 1 && echo terminal; exit 6'
  sh_try "conmon -t" 'jq ".process.terminal = true" "$world/t/config.json" >"$world/t/new"; mv "$world/t/new" "$world/t/config.json"
    conmon_for $c2 "$world/t" -t; within 30 test -s "$world/conmon/$c2/pid"; rt start $c2; conmon_log $c2; rt delete $c2'
  busybox_bundle "$world/s" sleep 1000
  sh_try "conmon -e" 'conmon_for $c3 "$world/s"; within 30 test -s "$world/conmon/$c3/pid"; rt start $c3
    jq ".process | .args = [\"sh\", \"-c\", \"echo executed; exit 4\"]" "$world/s/config.json" >"$world/exec.json"
    container=$c3; export container
    conmon_for e1 "$world/s" -e --exec-process-spec "$world/exec.json"; conmon_log e1'
  sh_try "conmon -e -t" 'jq ".process | .terminal = true | .args = [\"sh\", \"-c\", \"test -t 1 && echo terminal; exit 5\"]" "$world/s/config.json" >"$world/exec.json"
    container=$c3; export container
    conmon_for e2 "$world/s" -e -t --exec-process-spec "$world/exec.json"; conmon_log e2'
  sh_try "conmon, killed" 'rt kill $c3 KILL; within 30 test -s "$world/conmon/$c3/exits/$c3"; cat "$world/conmon/$c3/exits/$c3"; rt delete $c3; rt list -q'
  sh_try "conmon, a bundle without configuration" 'mkdir "$world/none"
    _OCI_SYNCPIPE=4 conmon_for $c4 "$world/none" 4>"$world/told"; within 30 test -s "$world/told"; cat "$world/told"'
}
