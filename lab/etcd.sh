#!/bin/bash
# A real etcd, or a cluster of three, on loopback addresses of its own, for tests and for trying it out. Without a verb: installs Debian's
# etcd-server and etcd-client if they are missing, without starting the package's service, and prints the version.
#
# usage: lab/etcd.sh
#        lab/etcd.sh up DIR [N]   starts the members m1 to mN (1) in DIR, and prints their URLs
#        lab/etcd.sh kill|stop|cont|start DIR K
#                                 SIGKILL, SIGSTOP or SIGCONT for member K; start it again
#        lab/etcd.sh down DIR     ends the members and removes DIR
#
# What is set as ETCD_* goes to each member (ETCD_QUOTA_BACKEND_BYTES, ETCD_CERT_FILE, ...). Needs root only to install.
set -euo pipefail
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin

me=lab/etcd.sh
. "$(dirname "${BASH_SOURCE[0]}")/processes.sh"
fail() { printf "$me: %s\\n" "$@" >&2; exit 1; }

install() {
  local out policy=/usr/sbin/policy-rc.d made=
  ! { type -P etcd && type -P etcdctl; } >/dev/null || return 0
  grep -qsx 'ID=debian' /etc/os-release || fail "no etcd on PATH; only Debian's own packages can be installed for you" "cure: install etcd and etcdctl"
  # Debian starts what it installs unless this says no.
  if [ ! -e "$policy" ]; then made=1; printf '#!/bin/sh\nexit 101\n' >"$policy"; chmod 755 "$policy"; fi
  out=$(apt-get update -q 2>&1 && DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends etcd-server etcd-client 2>&1 </dev/null) || out="failed
$out"
  [ -z "$made" ] || rm -f "$policy"
  [ "${out%%$'\n'*}" != failed ] || { tail -n 8 <<<"$out" >&2; fail "apt-get could not install etcd-server and etcd-client"; }
}

verb=${1:-}
[ -n "$verb" ] || { install; etcd --version | sed -n 1p; exit; }
[ $# -ge 2 ] || { sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0" >&2; exit 2; }
dir=$(realpath -m -- "$2") arg=${3:-1}
mark=$dir/members   # how many; also marks DIR as ours
# Two clusters must not share an address: the middle of it is made from the directory.
sum=$(cksum <<<"$dir" | cut -d' ' -f1)
net=127.$((sum % 62500 / 250 + 1)).$((sum % 250 + 1))
pid() { processes "ETCD_DATA_DIR=$dir/m$1" etcd; }
url() { [ -n "${ETCD_CERT_FILE:-}" ] && echo "https://$net.1$1:2379" || echo "http://$net.1$1:2379"; }

declare -a started   # their pids
launch() {
  local k=$1 members=
  for m in $(seq "$(cat "$mark")"); do members+=,m$m=http://$net.1$m:2380; done
  [ ! -e "$dir/settings" ] || . "$dir/settings"
  ETCD_DATA_DIR=$dir/m$k setsid etcd --name "m$k" --initial-cluster "${members#,}" --logger zap \
    --listen-client-urls "$(url "$k")" --advertise-client-urls "$(url "$k")" \
    --listen-peer-urls "http://$net.1$k:2380" --initial-advertise-peer-urls "http://$net.1$k:2380" \
    --listen-metrics-urls "http://$net.1$k:2381" >>"$dir/m$k.log" 2>&1 </dev/null &
  started[k]=$!
}
await() {
  local deadline=$((SECONDS + 60))
  until curl -sf --noproxy '*' --max-time 2 "http://$net.1$1:2381/health" | grep -q '"true"'; do
    running "${started[$1]}" || { tail -n 3 "$dir/m$1.log" >&2; fail "m$1 ended"; }
    [ "$SECONDS" -lt "$deadline" ] || fail "m$1 is not healthy after 60 s; its log: $dir/m$1.log"
    sleep 0.05
  done
}
send() { local p; p=$(pid "$arg"); [ -n "$p" ] || fail "m$arg does not run"; deliver "$1" "$p"; }

[ "$verb" = up ] || [ -e "$mark" ] || { [ "$verb" = down ] && exit 0; fail "no etcd in $dir"; }
case $verb in
  up)
    [ ! -e "$dir" ] || [ -z "$(ls -A "$dir")" ] || fail "$dir exists already"
    mkdir -p "$dir"
    chmod 700 "$dir"
    echo "$arg" >"$mark"
    declare -px | grep '^declare -x ETCD_' >"$dir/settings" || true
    for k in $(seq "$arg"); do launch "$k"; done
    for k in $(seq "$arg"); do await "$k"; url "$k"; done ;;
  kill) send KILL ;;
  stop) send STOP ;;
  cont) send CONT ;;
  start) [ -z "$(pid "$arg")" ] || fail "m$arg runs"; launch "$arg" ;;
  down)
    for k in $(seq "$(cat "$mark")"); do p=$(pid "$k"); [ -z "$p" ] || { kill -KILL "$p"; gone "$p" 10; }; done
    rm -rf -- "$dir" ;;
  *) fail "no verb $verb" ;;
esac
