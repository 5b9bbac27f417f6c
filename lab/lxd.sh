#!/bin/bash
# A separate, real LXD for tests, next to any other on the machine: daemon, bridge, storage pool, profile, two images.
#
# usage: lab/lxd.sh up | down | wipe | status | kill [SIGNAL] | env
#   up      starts what is not running and makes what is missing; installs Debian's LXD if there is none
#   down    deletes the instances of all projects and stops the daemon; keeps everything else
#   wipe    down, and removes the bridge, the pool, the images: leaves nothing of the lab
#   status  what is running (exit code 3 if nothing is)
#   kill    ends the daemon alone, with SIGKILL or another signal (STOP, CONT); its instances keep running, and `up` takes them over
#   env     what a client needs: eval "$(lab/lxd.sh env)"; lxc launch web web-0
#
#   ROLLCALL_LAB=/var/tmp/rollcall-lab   where the lab keeps its state; LXD's is in lxd/, the socket too
#   LAB_BRIDGE=rollcallbr0  LAB_V4=10.77.0.1/24  LAB_V6=fd77::1/64 (or none)   its network; the first `up` remembers it
#   LAB_PROXY=URL                        how its daemon reaches image servers; empty: directly; unset: not at all
#   LAB_GROUP=root                       the group that may use the socket, which is equivalent to root
#
# Needs root, except for env. Needs Debian 12 or 13, with or without systemd.
set -euo pipefail

me=lab/lxd.sh
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
base=$(realpath -m -- "${ROLLCALL_LAB:-/var/tmp/rollcall-lab}")
kind=lxd title=LXD variable=LXD
client=lxc daemon=/usr/bin/lxd
client_package=lxd-client daemon_package=lxd suite=
alias="rollcall lab $base"
bridge=rollcallbr0 v4=10.77.0.1/24 v6=fd77::1/64 free_v4=10.87.0.1/24 free_v6=fd87::1/64
. "$here/daemon.sh"
