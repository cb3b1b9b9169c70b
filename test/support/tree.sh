# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# For sourcing by scripts that work in a fresh Debian tree: makes one, with this machine's mirror and apt settings, and
# what is tracked of crunc's sources in /src. Needs root and Debian's packages.
#
#   own_mounts SCRIPT ARGUMENT...   goes on in a private mount namespace: what is mounted is gone when the script ends,
#                                   however it ends
#   make_tree SUITE                 makes the tree and enters its directory into `tree`; it is removed at the end, but
#                                   where CRUNC_TREE_DIR names it: there it is kept, and used again
#   in_tree COMMAND...              runs a command in its /src; so does "${tree_command[@]}" COMMAND...

# shellcheck source-path=SCRIPTDIR source=test/support/debian.sh
. "$(dirname "${BASH_SOURCE[0]}")/debian.sh"

own_mounts() {
  [ "$(id -u)" = 0 ] || { echo "${1##*/}: needs root" >&2; exit 2; }
  [ -n "${CRUNC_TREE_UNSHARED-}" ] || CRUNC_TREE_UNSHARED=1 exec unshare --mount --propagation private -- "$@"
}

# stages.sh may have been sourced before: its files go as well, since there is one trap.
remove_tree() {
  rm -f "${stage_log-}" "${failure_log-}"
  [ -z "${CRUNC_TREE_DIR-}" ] || return 0
  umount -l "$tree"/proc "$tree"/dev "$tree"/sys 2>/dev/null || true
  rm -rf --one-file-system "$tree"
}

make_tree() {
  local suite=$1 source
  source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
  tree=${CRUNC_TREE_DIR:-$(mktemp -d)}
  trap remove_tree EXIT
  if [ ! -e "$tree/made" ]; then
    debootstrap --variant=minbase "$suite" "$tree" "$(debian_mirror)" >"$tree.log" 2>&1 ||
      { tail -n 5 "$tree.log" >&2; exit 1; }
    rm -f "$tree.log"
    debian_acquire_settings >"$tree/etc/apt/apt.conf.d/90machine"
    touch "$tree/made"
  fi
  # Without what the environment says of this machine's compilers.
  tree_command=(chroot "$tree" /usr/bin/env -C /src -u CXX -u CXXFLAGS -u CMAKE_CXX_COMPILER_LAUNCHER LC_ALL=C.UTF-8
                DEBIAN_FRONTEND=noninteractive)
  cp /etc/resolv.conf "$tree/etc/resolv.conf"
  mount -t proc proc "$tree/proc"
  mount --rbind /dev "$tree/dev"
  mount --rbind /sys "$tree/sys"
  mkdir -p "$tree/src"
  git -C "$source" ls-files -z | tar -C "$source" --null -T - -c | tar -C "$tree/src" -x
}

in_tree() { "${tree_command[@]}" "$@"; }
