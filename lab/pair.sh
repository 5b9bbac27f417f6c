#!/bin/bash
# Two machines with a Traefik and a rollcall each, on one machine: network, mount and process namespaces on a bridge of their own. keepalived
# holds an address between them, an HAProxy stands before both, and a PowerDNS gives their addresses. The configuration is that of deploy/ha,
# at its usual places.
#
#   a, b   Traefik, rollcall, keepalived     192.0.2.11, 192.0.2.12; one of them also has 192.0.2.10
#   lb     HAProxy                           192.0.2.30
#   dns    PowerDNS                          192.0.2.40
#   lxd    the platform: units lxd and web   192.0.2.20
#   c      a client                          192.0.2.50
#   e1, e2, e3   an etcd of three            192.0.2.61 to 63
#   r      Redis                             192.0.2.70
#
# usage: lab/pair.sh up [WAY] | down | status
#                 WAY is that from rollcall to Traefik: http, as in deploy/ha; follow, by a follower on each machine, whose upstreams are both
#                 rollcalls; etcd; redis. The machines e1 to e3 and r are there only for these.
#        lab/pair.sh start|stop|kill|freeze|cont MACHINE UNIT
#                 stop is SIGTERM and waits; kill SIGKILL, freeze SIGSTOP, cont SIGCONT; units: traefik rollcall follower keepalived haproxy pdns lxd web etcd
#                 redis
#        lab/pair.sh cut MACHINE [MACHINE]   drops all packets between the two, or takes the one off the network; heal takes it back
#        lab/pair.sh run MACHINE COMMAND...  runs it there
#        lab/pair.sh log MACHINE UNIT
#
#   ROLLCALL_LAB=/var/tmp/rollcall-lab   the lab; the state is in pair/
#   PAIR_LXD=SOCKET                      the platform is that LXD of lab/lxd.sh, in place of one whose instances are made up: the machines a and
#                                        b are on its bridge, and its instances web-0, web-1 and web-2 have to run
#   TRAEFIK=PATH                         another Traefik than that of lab/traefik.sh; TRAEFIK_NEXT=PATH another one beside it, traefik-next
#
# One at a time. Needs root, and Debian's packages haproxy, keepalived, pdns-server, pdns-backend-bind, curl, nftables and iproute2:
# lab/pair.sh install.
# The other ways need those of lab/etcd.sh and lab/redis.sh.
set -euo pipefail
umask 022
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin

me=lab/pair.sh
LAB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=${LAB%/lab}
. "$LAB/processes.sh"
. "$LAB/pair/machines.sh"
. "$LAB/pair/ways.sh"
dir=$(realpath -m -- "${ROLLCALL_LAB:-/var/tmp/rollcall-lab}")/pair
net=rc-pair-net
tsx=$root/node_modules/tsx/dist/loader.mjs
declare -A address=([a]=11 [b]=12 [lb]=30 [dns]=40 [lxd]=20 [c]=50 [e1]=61 [e2]=62 [e3]=63 [r]=70)

fail() { printf "$me: %s\\n" "$@" >&2; exit 1; }
usage() { sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0" >&2; exit 2; }

packages() {
  local out policy=/usr/sbin/policy-rc.d made=
  ! type -P haproxy keepalived pdns_server curl nft ip >/dev/null || [ ! -e /etc/powerdns/pdns.d/bind.conf ] || return 0
  # Debian starts what it installs unless this says no.
  if [ ! -e "$policy" ]; then made=1; printf '#!/bin/sh\nexit 101\n' >"$policy"; chmod 755 "$policy"; fi
  out=$(apt-get update -q 2>&1 && DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends haproxy keepalived pdns-{server,backend-bind} curl nftables iproute2 2>&1 </dev/null) || out="failed
$out"
  [ -z "$made" ] || rm -f "$policy"
  [ "${out%%$'\n'*}" != failed ] || { tail -n 8 <<<"$out" >&2; fail "apt-get could not install haproxy, keepalived and pdns-server"; }
}

put() { install -D -m 644 "$1" "$dir/$2/etc/upper/${3#/etc/}"; }

up() {
  local m traefik way=${1:-http} all=(a b lb dns lxd c)
  case $way in http | follow) ;; etcd) all+=(e1 e2 e3) ;; redis) all+=(r) ;; *) usage ;; esac
  ! ip netns list | grep '^rc-pair-' >/dev/null || fail "it is up, or another one is" "cure: $me down"
  [ -e "$root/dist/cli/main.js" ] || fail "rollcall is not built" "cure: npm run build"
  traefik=${TRAEFIK:-$("$LAB/traefik.sh")}
  [ -z "${PAIR_LXD:-}" ] || [ -e "${PAIR_LXD%/unix.socket}.network" ] ||
    fail "PAIR_LXD=$PAIR_LXD is not the socket of a lab" "cure: lab/lxd.sh up, and PAIR_LXD=the socket that it prints"
  mkdir -p "$dir"
  [ -z "${PAIR_LXD:-}" ] || ln -s "$PAIR_LXD" "$dir/lxd.socket"
  ip netns add "$net"
  ip -n "$net" link add br0 type bridge
  ip -n "$net" link set br0 up
  for m in a b; do
    mkdir -p "$dir/$m/etc/upper/default" "$dir/$m/local/upper/bin" "$dir/$m/lib/upper/lxd"
    put "$root/deploy/ha/traefik.yml" $m /etc/traefik/traefik.yml
    put "$root/deploy/ha/rollcall.yaml" $m /etc/rollcall/rollcall.yaml
    for f in retry ready; do put "$root/deploy/ha/routes/$f.yaml" $m /etc/rollcall/routes/$f.yaml; done
    by "$way" $m
    put "$LAB/pair/web.yaml" $m /etc/rollcall/groups/web.yaml
    put "$root/deploy/ha/keepalived.conf" $m /etc/keepalived/keepalived.conf
    echo "DAEMON_ARGS=\"--config-id $m\"" >"$dir/$m/etc/upper/default/keepalived"
    ln -s "$dir/lxd.socket" "$dir/$m/lib/upper/lxd/unix.socket"
    cp "$traefik" "$dir/$m/local/upper/bin/traefik"
    [ -z "${TRAEFIK_NEXT:-}" ] || cp "$TRAEFIK_NEXT" "$dir/$m/local/upper/bin/traefik-next"
    printf '#!/bin/sh\nexec node %s/dist/cli/main.js "$@"\n' "$root" >"$dir/$m/local/upper/bin/rollcall"
    chmod 755 "$dir/$m/local/upper/bin/rollcall"
  done
  mkdir -p "$dir/lb"
  put "$root/deploy/ha/haproxy.cfg" lb /etc/haproxy/haproxy.cfg
  for f in named.conf pdns.d/web.conf web.example.com.zone; do put "$root/deploy/ha/powerdns/$f" dns /etc/powerdns/$f; done
  for m in "${all[@]}"; do
    install -D "$LAB/pair/systemctl" "$dir/$m/local/upper/bin/systemctl"
    machine "$m"
  done
  if real_lxd; then for m in a b; do join $m; done; else unit start lxd web; fi
  unit start lxd lxd
  case $way in etcd) for m in e1 e2 e3; do unit start $m etcd; done ;; redis) unit start r redis ;; esac
  for m in a b; do unit start $m rollcall; done
  for m in a b; do [ "$way" != follow ] || unit start $m follower; unit start $m traefik; done
  for m in a b; do
    await "192.0.2.${address[$m]}" || fail "the Traefik of $m serves nothing: $me log $m traefik; $me log $m rollcall"
    unit start $m keepalived
  done
  unit start lb haproxy
  unit start dns pdns
  for at in 192.0.2.10 192.0.2.30; do
    await "$at" || fail "nothing serves at $at: $me log a keepalived; $me log lb haproxy"
  done
}

serves() { inside c curl -sf --max-time 1 -o /dev/null -H 'Host: web.localhost' "http://$1/"; }
await() { local deadline=$((SECONDS + 30)); until serves "$1"; do [ "$SECONDS" -lt "$deadline" ] || return; sleep 0.1; done; }
unit() {
  local verb=$1 m=$2 name=$3
  if [ "$verb $name" = "start lxd" ] && real_lxd; then of_lxd up; else inside "$m" systemctl "$verb" "$name"; fi
}
signal() { if [ "$3" = lxd ] && real_lxd; then of_lxd kill "$1"; else inside "$2" systemctl kill -s "$1" "$3"; fi; }

down() {
  local m p n
  for m in "${!address[@]}"; do
    p=$(holder "$m")
    [ -z "$p" ] || { kill -KILL "$p"; gone "$p" 5; }
  done
  for n in $(ip netns list | awk '/^rc-pair-/ { print $1 }'); do ip netns del "$n"; done
  rm -rf --one-file-system -- "$dir"
}

status() {
  local m u
  for m in a b lb dns lxd e1 e2 e3 r; do
    [ -n "$(holder $m)" ] || continue
    for u in $(inside $m sh -c 'ls /run/units/*.pid 2>/dev/null' | sed 's,.*/,,; s/.pid$//'); do
      printf '%-4s %-11s %s\n' $m "$u" "$(inside $m systemctl is-active "$u" || true)"
    done
  done
  for m in a b; do inside $m ip -br addr show eth0 | awk -v m=$m '/192.0.2.10\// { print "192.0.2.10 is on " m }'; done
}

[ $# -ge 1 ] || usage
verb=$1
shift
[ "$verb" = install ] || [ "$(id -u)" = 0 ] || fail "needs root: sudo $me $verb"
case $verb in
  install) packages && /usr/sbin/haproxy -v | sed -n 1p && /usr/sbin/keepalived --version 2>&1 | sed -n 1p && { /usr/sbin/pdns_server --version 2>&1 || [ $? = 99 ]; } | sed -n 1p ;;
  up) up "$@" ;;
  down | status) "$verb" ;;
  start | stop) [ $# = 2 ] || usage; unit "$verb" "$1" "$2" ;;
  kill) [ $# = 2 ] || usage; signal KILL "$1" "$2" ;;
  freeze) [ $# = 2 ] || usage; signal STOP "$1" "$2" ;;
  cont) [ $# = 2 ] || usage; signal CONT "$1" "$2" ;;
  cut)
    case $# in 1) link "$1" down ;; 2) cut_off "$1" "$2" ;; *) usage ;; esac ;;
  heal)
    case $# in 1) link "$1" up ;; 2) inside "$1" nft delete table inet "cut-$2" ;; *) usage ;; esac ;;
  run) [ $# -ge 2 ] || usage; inside "$@" ;;
  log) [ $# = 2 ] || usage; inside "$1" cat "/run/units/$2.log" ;;
  *) usage ;;
esac
