#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What this machine's apt is set to, for the scripts that fetch Debian packages
# for another place than this machine. To be sourced.

# Prints "MIRROR SUITE" for each source of binary packages, in apt's own order.
# Asking apt rather than reading its files: it knows both file formats and every
# file name, and it needs no downloaded lists and no network for this answer.
debian_sources() {
  apt-get update --print-uris |
    sed -n "s|^'\(.*\)/dists/\(.*\)/main/binary-$(dpkg --print-architecture)/.*|\1 \2|p" |
    awk '!seen[$0]++'
}

# Prints the mirror that this machine's own release comes from.
debian_mirror() {
  local codename
  codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
  debian_sources | awk -v codename="$codename" '
    NR == 1 || ($2 == codename && !found) { mirror = $1; found = $2 == codename }
    END { if (mirror == "") exit 1; print mirror }'
}

# Prints apt's settings for downloads (proxies, retries) as a configuration file.
debian_acquire_settings() {
  local tree
  for tree in Acquire::http Acquire::https Acquire::Retries; do
    apt-config dump --no-empty --format '%F "%v";%n' "$tree"
  done
}
