# shellcheck shell=bash
# The machines of lab/pair.sh, and the network between them.

# A machine is held by a process in namespaces of its own; all others of the machine end with it.
holder() { processes "PAIR_MACHINE=$dir/$1" unshare; }
inside() {
  local p m=$1
  p=$(holder "$m") && [ -n "$p" ] || fail "no machine $m: $me up"
  shift
  nsenter -t "$(cut -d' ' -f1 "/proc/$p/task/$p/children")" -m -n -p -u -w/ -- \
    env -i PATH="/usr/local/bin:$PATH" HOME=/root LC_ALL=C LAB="$LAB" TSX="$tsx" PAIR_SOCKET="$dir/lxd.socket" "$@" 9<&-
}

machine() {
  local m=$1
  mkdir -p "$dir/$m"/{etc,lib,local}/{upper,work}
  ip netns add "rc-pair-$m"
  ip -n "$net" link add "to-$m" type veth peer name eth0 netns "rc-pair-$m"
  ip -n "$net" link set "to-$m" master br0 up
  ip -n "rc-pair-$m" addr add "192.0.2.${address[$m]}/24" dev eth0
  ip -n "rc-pair-$m" link set lo up
  ip -n "rc-pair-$m" link set eth0 up
  # The instances have loopback addresses of the machine lxd, which the others reach through it.
  ip netns exec "rc-pair-$m" sysctl -qw net.ipv4.conf.all.route_localnet=1
  if [ "$m" != lxd ]; then
    ip -n "rc-pair-$m" addr del 127.0.0.1/8 dev lo
    ip -n "rc-pair-$m" addr add 127.0.0.1/16 dev lo
    ip -n "rc-pair-$m" route add 127.77.0.0/16 via "192.0.2.${address[lxd]}" src "192.0.2.${address[$m]}"
  fi
  # shellcheck disable=SC2016
  env -i PATH="$PATH" PAIR_MACHINE="$dir/$m" \
    ip netns exec "rc-pair-$m" setsid unshare -m -p -u --fork --kill-child --mount-proc --propagation private bash -c '
      set -e
      hostname "${PAIR_MACHINE##*/}"
      for at in etc:/etc lib:/var/lib local:/usr/local; do
        over=$PAIR_MACHINE/${at%%:*}
        mount -t overlay -o "lowerdir=${at#*:},upperdir=$over/upper,workdir=$over/work" overlay "${at#*:}"
      done
      mount -t tmpfs tmpfs /run
      mkdir /run/units
      touch /run/units/up
      trap "" HUP INT
      while :; do sleep 3600 & wait $! || true; done
    ' >"$dir/$m.log" 2>&1 </dev/null 9<&- &
  local n
  for n in $(seq 100); do ! (inside "$m" test -e /run/units/up) 2>/dev/null || return 0; sleep 0.05; done
  tail -n 5 "$dir/$m.log" >&2
  fail "machine $m does not start"
}

# The platform may be a real LXD (PAIR_LXD), which is no process of the machine lxd.
real_lxd() { [ -L "$dir/lxd.socket" ]; }
its_lab() { readlink "$dir/lxd.socket" | sed 's,/lxd/unix.socket$,,'; }
of_lxd() { ROLLCALL_LAB=$(its_lab) "$LAB/lxd.sh" "$@" >&2; }
# Puts a machine on that LXD's bridge, where DHCP gives no address from .200 on.
join() {
  local bridge v4
  read -r bridge v4 _ <"$(its_lab)/lxd.network"
  ip link add "pair-$1" type veth peer name eth1 netns "rc-pair-$1"
  ip link set "pair-$1" master "$bridge" up
  ip -n "rc-pair-$1" addr add "${v4%.*}.2${address[$1]}/24" dev eth1
  ip -n "rc-pair-$1" link set eth1 up
}

link() {
  [ -n "${address[$1]:-}" ] || usage
  ip -n "$net" link set "to-$1" "$2"
  [ ! -e "/sys/class/net/pair-$1" ] || ip link set "pair-$1" "$2"
}
cut_off() {
  [ -n "${address[$1]:-}" ] && [ -n "${address[$2]:-}" ] || usage
  local them=192.0.2.${address[$2]} from='' to=''
  [ "$2" != lxd ] || them+=", 127.77.0.0/16" from="iifname eth1 drop;" to="oifname eth1 drop;"
  inside "$1" nft -f - <<RULES
table inet cut-$2 {
  chain in { type filter hook input priority 0; ip saddr { $them } drop; $from }
  chain out { type filter hook output priority 0; ip daddr { $them } drop; $to }
}
RULES
}
