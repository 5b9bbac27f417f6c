#!/bin/bash
# A real cluster of LXD or Incus on one machine, for tests: each member is a daemon with a directory and a loopback address of its own.
# Its instances are on the bridge of the standalone lab and get their addresses from it: lab/lxd.sh up first (lab/incus.sh for Incus).
#
# usage: lab/cluster.sh lxd|incus up [N] | kill K | stop K | cont K | start K | down | status | env [K]
#   up [N]   starts the members m1 to mN (3) and makes one cluster of them: pool and profile `default`, image `web`
#   kill K   ends member K's daemon with SIGKILL; its instances keep running
#   stop K   SIGSTOP: the daemon hangs; cont K lets it go on
#   start K  starts a killed member again
#   down     deletes the instances, ends the daemons: leaves nothing of the cluster
#   status   the members and the instances (exit code 3 if nothing runs)
#   env [K]  what a client of member K (1) needs: eval "$(lab/cluster.sh lxd env)"; lxc launch web web-0 --target m2
#
#   ROLLCALL_LAB=/var/tmp/rollcall-lab   the lab; the cluster's state is in cluster-lxd/ (cluster-incus/), a directory for each member
#   LAB_BRIDGE=NAME                      another bridge than the lab's
#
# A member counts as offline 11 s after its last heartbeat. Needs root, except for env.
set -euo pipefail
umask 022
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin
unset LXD_PROJECT LXD_REMOTE INCUS_PROJECT INCUS_REMOTE

me=lab/cluster.sh
kind=${1:-} verb=${2:-} arg=${3:-}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/processes.sh"
base=$(realpath -m -- "${ROLLCALL_LAB:-/var/tmp/rollcall-lab}")
dir=$base/cluster-$kind
mark=$base/cluster-$kind.bridge   # the bridge, one line; also marks $dir as ours
# Two labs must not share an address: the middle of it is made from the directory.
net=127.$(($(cksum <<<"$dir" | cut -d' ' -f1) % 60000 / 250 + 1)).$(($(cksum <<<"$dir" | cut -d' ' -f1) % 250 + 1))
port=8443

say() { printf '%s\n' "$*"; }
fail() { printf "$me: %s\\n" "$@" >&2; exit 1; }
usage() { sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0" >&2; exit 2; }

case $kind in
  lxd) var=LXD client=lxc bin=/usr/bin/lxd ;;
  incus) var=INCUS client=incus bin=$(ls -d /usr/libexec/incus/incusd /usr/bin/incusd /opt/incus/bin/incusd 2>/dev/null | head -n 1 || true) ;;
  *) usage ;;
esac

# ---- the current state

ask() { curl -sf --max-time 5 --unix-socket "$dir/m$1/unix.socket" "http://x$2"; }
alive() { ask "$1" /1.0 >/dev/null; }
in_cluster() { ask "$1" /1.0/cluster | grep '"enabled":true' >/dev/null; }
settings() { printf '%s\n' "${var}_DIR=$dir/m$1" "${var}_SOCKET=$dir/m$1/unix.socket" "${var}_CONF=$dir/client"; }
# shellcheck disable=SC2046
at() { local k=$1; shift; env $(settings "$k") "$client" "$@" </dev/null; }
members() { local d; for d in "$dir"/m*/; do [ ! -d "$d" ] || basename "$d" | tr -d m; done; }

ours() { processes "${var}_DIR=$dir/m$1" "${bin##*/}"; }
daemon_pid() {
  local p
  for p in $(ours "$1"); do
    if grep -qzxF -e "$dir/m$1.log" "/proc/$p/cmdline" 2>/dev/null && running "$p"; then echo "$p"; return; fi
  done
}

# ---- up

place() {
  local longest=$dir/m10/seccomp.socket
  [[ $base =~ ^(/[A-Za-z0-9._-]+)+$ ]] || fail "ROLLCALL_LAB=$base: only letters, digits, dots, dashes and underscores are allowed"
  [ ${#longest} -le 107 ] || fail "the path of a socket may have 107 bytes, $longest has ${#longest}" "cure: set ROLLCALL_LAB to a shorter directory"
  [ ! -e "$dir" ] || [ -e "$mark" ] || fail "$dir exists and was not made by this script, so it is left untouched"
}

start() {
  local k=$1 pid deadline
  [ -z "$(daemon_pid "$k")" ] || { alive "$k" || fail "m$k does not answer: does it hang? $me $kind cont $k"; return 0; }
  mkdir -p "$dir/m$k"
  chmod 711 "$dir/m$k"
  (cd / && export HTTPS_PROXY="${LAB_PROXY-http://127.0.0.1:9}" NO_PROXY=127.0.0.0/8 &&
    exec env $(settings "$k") setsid "$bin" --group "${LAB_GROUP:-root}" --logfile "$dir/m$k.log" >"$dir/m$k.err" 2>&1 </dev/null 9<&-) &
  pid=$!
  deadline=$((SECONDS + 30))
  until alive "$k"; do
    running "$pid" || { tail -n 5 "$dir/m$k.err" "$dir/m$k.log" >&2; fail "m$k ended at once"; }
    [ "$SECONDS" -lt "$deadline" ] || fail "m$k did not answer within 30 s; its log: $dir/m$k.log"
    sleep 0.1
  done
  env $(settings "$k") "$bin" waitready --timeout=30 >/dev/null 2>&1 || say "m$k: not ready after 30 s"
}

# shellcheck disable=SC2046
init() { if [ "$kind" = lxd ]; then env $(settings "$1") "$bin" init --preseed; else env $(settings "$1") incus admin init --preseed; fi; }

up() {
  local n=${arg:-3} k token bridge
  [ -x "$bin" ] || fail "no $kind here" "cure: lab/$kind.sh up"
  bridge=${LAB_BRIDGE:-$(cat "$base"/{"$kind",lxd,incus}.network 2>/dev/null | sed 's/ .*//;q' || true)}
  [ -n "$bridge" ] && [ -e "/sys/class/net/$bridge" ] || fail "no bridge ${bridge:-of a lab in $base}" "cure: lab/$kind.sh up"
  [ -e "$mark" ] || echo "$bridge" >"$mark"
  mkdir -p "$dir/client"
  for k in $(seq "$n"); do start "$k"; done
  if ! in_cluster 1; then
    at 1 storage create default dir >/dev/null
    at 1 profile device add default root disk path=/ pool=default >/dev/null
    at 1 profile device add default eth0 nic nictype=bridged parent="$bridge" name=eth0 >/dev/null
    at 1 config set core.https_address "$net.11:$port"
    at 1 cluster enable m1 >/dev/null
    at 1 config set cluster.offline_threshold 11
  fi
  for k in $(seq 2 "$n"); do
    in_cluster "$k" && continue
    token=$(at 1 cluster add "m$k" | tail -n 1)
    printf 'cluster:\n  enabled: true\n  server_name: m%s\n  server_address: %s.1%s:%s\n  cluster_token: %s\n' "$k" "$net" "$k" "$port" "$token" | init "$k"
  done
  at 1 image info web >/dev/null 2>&1 || {
    "$here/image.sh" "$dir/web.tar.gz"
    at 1 image import "$dir/web.tar.gz" --alias web >/dev/null
    rm -f "$dir/web.tar.gz"
  }
  at 1 cluster list -f csv
}

# ---- down

down() {
  local k p m d
  for k in $(members); do p=$(daemon_pid "$k"); [ -z "$p" ] || kill -CONT "$p"; done
  # A killed member still has instances, and only its daemon can delete them. In a subshell: one that no longer starts must not keep the rest.
  if ! (
    for k in $(members); do start "$k"; done
    for _ in $(seq 60); do at 1 cluster list -f csv | grep ',OFFLINE,' >/dev/null || break; sleep 0.5; done
    for _ in 1 2; do
      at 1 list --all-projects -f csv -c en | tr , ' ' | while read -r p name; do at 1 delete --force --project "$p" "$name" || true; done
    done
    [ -z "$(at 1 list --all-projects -f csv -c n)" ]
  ); then say "cluster: no longer works, continuing without it"; fi
  for k in $(members); do
    p=$(daemon_pid "$k")
    [ -z "$p" ] || kill -KILL "$p"
    # When a container's first process ends, so do its others. Then liblxc's monitor, the parent, cleans up.
    for p in $(ours "$k"); do
      for d in $(ps -o pid= --ppid "$p"); do [ "/proc/$d/ns/pid" -ef /proc/self/ns/pid ] || kill -KILL "$d" 2>/dev/null || true; done
    done
    for _ in $(seq 20); do [ -z "$(ours "$k")" ] || sleep 0.1; done
    for p in $(ours "$k"); do kill -KILL "$p" 2>/dev/null || true; gone "$p" 5 || true; done
  done
  for m in $(awk -v d="$dir/" 'index($5, d) == 1 { print $5 }' /proc/self/mountinfo | sort -r); do umount -l "$m" 2>/dev/null || true; done
  # AppArmor's profiles of the instances went with these; the locks of liblxc are named after the directory.
  rm -rf -- "/run/lxc/lock$dir"
  [ ! -d "/run/lxc/lock$base" ] || (cd /run/lxc/lock && rmdir -p --ignore-fail-on-non-empty "${base#/}") || true
  rm -rf --one-file-system -- "$dir" "$mark"
  say "down: no process, mount or file of $dir is left"
}

# ---- the verbs

number() { [[ $arg =~ ^[1-9]$ ]] || fail "which member? $me $kind $verb K"; }
send() {
  local pid
  number
  pid=$(daemon_pid "$arg")
  [ -n "$pid" ] || fail "m$arg does not run"
  deliver "$1" "$pid" || fail "SIG$1 has no effect on m$arg, pid $pid"
  say "m$arg: sent SIG$1 to pid $pid"
}

case $verb in
  up | kill | stop | cont | start | down | status) ;;
  env)
    settings "${arg:-1}" | sed 's/^/export /'
    exit ;;
  *) usage ;;
esac
[ "$(id -u)" = 0 ] || fail "needs root: sudo $me $kind $verb"
place
[ "$verb" = up ] || [ -e "$mark" ] || { say "no cluster in $dir"; [ "$verb" = down ] && exit 0 || exit 3; }
mkdir -p "$base"
case $verb in
  up | start | down)
    exec 9<"$base"
    flock -w 300 9 || fail "another lab script has been running for five minutes" ;;
esac
case $verb in
  up) up ;;
  down) down; rmdir "$base" 2>/dev/null || true ;;
  start) number; start "$arg" ;;
  kill) send KILL ;;
  stop) send STOP ;;
  cont) send CONT ;;
  status)
    for k in $(members); do ! alive "$k" || { at "$k" cluster list; at "$k" list --all-projects; exit; }; done
    say "not running"
    exit 3 ;;
esac
