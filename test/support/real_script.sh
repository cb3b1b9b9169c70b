#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What the scripts of test/real share: counting checks, skipping, a scratch
# directory, a busybox bundle. To be sourced.
#
# A script names itself in suite_name, calls check for each claim and tally at its
# end, which prints "NAME: N passed, N failed" and gives the status. It defines
# clean_up if it leaves more than files behind.

suite_name=${suite_name:?} passed=0 failed=0
scratch=''

# Ends the script with what test runners take as "not run here".
skip() {
  printf '%s: skipped: %s\n' "$suite_name" "$*"
  exit 77
}

# check CLAIM COMMAND...: one test, passed when COMMAND ends with status 0.
check() {
  local claim=$1 output
  shift
  if output=$("$@" 2>&1); then
    passed=$((passed + 1))
    printf 'ok      %s\n' "$claim"
  else
    failed=$((failed + 1))
    printf 'FAILED  %s\n' "$claim"
    printf '        %s\n' "\$ $*"
    [ -z "$output" ] || printf '        %s\n' "${output//$'\n'/$'\n'        }"
  fi
}

tally() {
  printf '%s: %d passed, %d failed\n' "$suite_name" "$passed" "$failed"
  [ "$failed" -eq 0 ]
}

# same EXPECTED ACTUAL: for check, tells both where they differ.
same() {
  [ "$1" = "$2" ] || { printf 'expected %q\n     got %q\n' "$1" "$2"; return 1; }
}

# within SECONDS COMMAND...: waits until COMMAND succeeds. Emulated machines are
# slow, so the deadlines only have to end a test that would never pass.
within() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$deadline" ] || return 1
    sleep 0.05
  done
}

# runtime_path NAME-OR-PATH: prints the absolute path of a runtime. Root's PATH may
# lack the directories where Debian puts runc.
runtime_path() {
  local found
  found=$(PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin type -P "$1") || return
  realpath --no-symlinks "$found"
}

# Makes $scratch, a directory that is gone when the script ends, however it ends.
# Its name is short: the paths of unix sockets go below it.
make_scratch() {
  scratch=$(mktemp -d "${TMPDIR:-/tmp}/crunc.XXXXXX")
  trap leave EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
}
clean_up() { :; }
leave() {
  clean_up || true
  rm -rf --one-file-system "$scratch"
}

# busybox_tree DIR: a root file system with the static busybox and all its applets.
busybox_tree() {
  local busybox
  busybox=$(type -P busybox) || skip "no busybox (Debian: busybox-static)"
  mkdir -p "$1"/{bin,dev,etc,proc,sys,tmp}
  cp "$busybox" "$1/bin/busybox"
  chroot "$1" /bin/busybox --install -s /bin
  echo 'root:x:0:0:root:/:/bin/sh' >"$1/etc/passwd"
}

# busybox_bundle DIR ARGUMENT...: an OCI bundle that runs ARGUMENT... as root. It
# has no limits and no resources, so that any runtime takes it on any machine.
busybox_bundle() {
  local dir=$1
  shift
  busybox_tree "$dir/rootfs"
  jq -n '{
    ociVersion: "1.0.2",
    root: {path: "rootfs"},
    process: {
      user: {uid: 0, gid: 0}, cwd: "/", args: $ARGS.positional, noNewPrivileges: true,
      env: ["PATH=/bin"],
      capabilities: (["CAP_AUDIT_WRITE", "CAP_KILL"] | {bounding: ., effective: ., permitted: .})
    },
    mounts: [
      {destination: "/proc", type: "proc", source: "proc"},
      {destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "mode=755"]},
      {destination: "/dev/pts", type: "devpts", source: "devpts",
       options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]},
      {destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"]}
    ],
    linux: {namespaces: (["pid", "network", "ipc", "uts", "mount"] | map({type: .}))}
  }' --args -- "$@" >"$dir/config.json"
}
