#!/bin/bash
# A separate, real Incus for tests, next to any other and to any LXD on the machine: daemon, bridge, storage pool, profile, two images.
#
# usage: lab/incus.sh up | down | wipe | status | kill [SIGNAL] | env
#   up      starts what is not running and makes what is missing; installs Debian's Incus if there is none
#   down    deletes the instances of all projects and stops the daemon; keeps everything else
#   wipe    down, and removes the bridge, the pool, the images: leaves nothing of the lab
#   status  what is running (exit code 3 if nothing is)
#   kill    ends the daemon alone, with SIGKILL or another signal (STOP, CONT); its instances keep running, and `up` takes them over
#   env     what a client needs: eval "$(lab/incus.sh env)"; incus launch web web-0
#
#   ROLLCALL_LAB=/var/tmp/rollcall-lab   where the lab keeps its state; Incus's is in incus/, the socket too
#   LAB_BRIDGE=rollcallbr2  LAB_V4=10.79.0.1/24  LAB_V6=fd79::1/64 (or none)   its network; the first `up` remembers it
#   LAB_PROXY=URL                        how its daemon reaches image servers; empty: directly; unset: not at all
#   LAB_GROUP=root                       the group that may use the socket, which is equivalent to root
#
# Needs root, except for env. Needs Debian 12 or 13, with or without systemd. Debian 12 has Incus in bookworm-backports, which is added.
set -euo pipefail

me=lab/incus.sh
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
base=$(realpath -m -- "${ROLLCALL_LAB:-/var/tmp/rollcall-lab}")
kind=incus title=Incus variable=INCUS
client=incus daemon=/usr/libexec/incus/incusd
client_package=incus-client daemon_package=incus-base
suite=$(. /etc/os-release 2>/dev/null && [ "${VERSION_CODENAME:-}" = bookworm ] && echo bookworm-backports || true)
alias="rollcall lab $base incus"
bridge=rollcallbr2 v4=10.79.0.1/24 v6=fd79::1/64 free_v4=10.89.0.1/24 free_v6=fd89::1/64
. "$here/daemon.sh"
