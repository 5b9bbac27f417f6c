# shellcheck shell=bash disable=SC2034,SC2154
# What lxd.sh and incus.sh have in common: a real daemon of a lab of its own. They set what differs, then source this file:
#
#   me            how people call the script
#   kind title    lxd LXD: in the names of files, and in messages
#   client daemon the client's command, and the daemon's binary
#   variable      the prefix of the environment variables that both read: LXD_DIR, LXD_SOCKET, LXD_CONF
#   alias         how the bridge is marked as this lab's
#   bridge v4 v6  its network by default; free_v4 free_v6: what a message suggests where that is taken
#   client_package daemon_package   Debian's packages; suite: where Debian 12 has them from, if not its own, such as bookworm-backports
. "$here/processes.sh"
umask 022
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin

dir=$base/$kind
log=$dir/logs/$kind.log
errors=$dir/logs/$kind.err
mark=$base/$kind.network    # the lab's network, one line; also marks $dir as ours
dirty=$base/$kind.running   # exists from a start to a clean stop
bridge=${LAB_BRIDGE:-$bridge} v4=${LAB_V4:-$v4} v6=${LAB_V6:-$v6}
socket=$dir/unix.socket
export "${variable}_DIR=$dir" "${variable}_SOCKET=$socket" "${variable}_CONF=$base/$kind-client"
unset "${variable}_PROJECT" "${variable}_REMOTE"

say() { printf '%s\n' "$*"; }
fail() { printf "$me: %s\\n" "$@" >&2; exit 1; }
fail_log() {
  { tail -qn 12 "$errors"; [ -s "$errors" ] || tail -n 12 "$log"; } 2>/dev/null | sed 's/^/  | /' >&2 || true
  fail "$1" "the daemon's log: $log" "cure: ${2:-$me wipe, then $me up}"
}

# ---- the current state

client() { command "$client" "$@" </dev/null; }
have() { client "$@" >/dev/null 2>&1; }
alive() { [ -S "$socket" ] && timeout 5 "$client" query /1.0 </dev/null >/dev/null 2>&1; }
elf() { [ -x "$1" ] && [ "$(head -c 4 "$1" | tail -c 3)" = ELF ] && [[ $(readlink -f "$1") != */snap ]]; }

ours() { processes "${variable}_DIR=$dir" "${daemon##*/}" dnsmasq; }
daemon_pid() {
  local p
  for p in $(ours); do
    if grep -qzxF -e "$log" "/proc/$p/cmdline" 2>/dev/null; then echo "$p"; return; fi
  done
}
mounts() { awk -v d="$dir/" 'index($5, d) == 1 { print $5 }' /proc/self/mountinfo | sort -r; }
version() { timeout 5 "$client" query /1.0 </dev/null | sed -n 's/.*"server_version": "\(.*\)".*/\1/p'; }
summary() { say "$title $(version) at $socket, bridge $bridge $v4 $v6, images web, web-v2"; }

# ---- checks and preparation

place() {
  [[ $base =~ ^(/[A-Za-z0-9._-]+)+$ ]] || fail "ROLLCALL_LAB=$base: only letters, digits, dots, dashes and underscores are allowed"
  # The kernel limits a socket's path to 107 bytes, and seccomp.socket is the longest one that a daemon makes.
  local longest=$dir/seccomp.socket
  [ ${#longest} -le 107 ] || fail "the path of a socket may have 107 bytes, $longest has ${#longest}" "cure: set ROLLCALL_LAB to a shorter directory"
  if [ -e "$dir" ] && [ ! -e "$mark" ]; then
    fail "$dir exists and was not made by this script, so it is left untouched" "cure: set ROLLCALL_LAB to another directory"
  fi
  if [ -e "$mark" ]; then
    local was_bridge was_v4 was_v6
    read -r was_bridge was_v4 was_v6 <"$mark"
    if [ "$1" = up ] && [ "${LAB_BRIDGE:-$was_bridge} ${LAB_V4:-$was_v4} ${LAB_V6:-$was_v6}" != "$was_bridge $was_v4 $was_v6" ]; then
      fail "the lab in $base has LAB_BRIDGE=$was_bridge LAB_V4=$was_v4 LAB_V6=$was_v6" "cure: $me wipe first, or set ROLLCALL_LAB to another directory"
    fi
    bridge=$was_bridge v4=$was_v4 v6=$was_v6
  fi
}

# An interface other than ours that has an address in the subnet, or that the subnet is routed to.
holder() {
  {
    ip -o "$1" address show to "$2" | awk '{ print $2 }'
    { ip "$1" route show root "$2"; ip "$1" route show match "$2" proto kernel; } | sed -n 's/.* dev \([^ ]*\).*/\1/p'
  } 2>/dev/null | grep -vx -e "$bridge" -e lo | head -n 1 || true
}
free() {
  local interface
  [ "$3" = none ] && return
  interface=$(holder "$2" "$3")
  [ -z "$interface" ] || fail "the subnet of $1=$3 is already on interface $interface" "cure: set $1 to a free one, e.g. $1=$4 $me up"
}
link_ours() { [ "$(cat "/sys/class/net/$bridge/ifalias" 2>/dev/null)" = "$alias" ]; }

prepare() {
  local d=$base owner
  if [ -e "$base" ]; then
    owner=$(stat -c %u "$base")
    [ "$owner" = 0 ] || [ "$owner" = "${SUDO_UID:-0}" ] || fail "$base belongs to $(stat -c %U "$base"), not to root" "cure: set ROLLCALL_LAB to another directory"
  fi
  # Outside, a container's root is an ordinary user, which needs access to every directory above its files.
  while [ "$d" != / ]; do
    d=$(dirname "$d")
    [ ! -e "$d" ] || [[ $(stat -c %A "$d") = *[xt] ]] || fail "containers could not enter $d (no x for others)" "cure: set ROLLCALL_LAB to a directory outside it"
  done
  [ ! -e "/sys/class/net/$bridge" ] || link_ours ||
    fail "the interface $bridge exists and is not this lab's" "cure: set LAB_BRIDGE to another name, and LAB_V4 and LAB_V6 to other subnets"
  free LAB_V4 -4 "$v4" "$free_v4"
  free LAB_V6 -6 "$v6" "$free_v6"
  grep -q ' /sys/fs/cgroup' /proc/mounts || fail "no control groups are mounted at /sys/fs/cgroup: containers cannot start" "cure: mount -t cgroup2 none /sys/fs/cgroup"
  [ -e "$mark" ] || echo "$bridge $v4 $v6" >"$mark"
  mkdir -p "$dir/logs" "$base/$kind-client"
  chmod 711 "$dir"
}

# One up, down or wipe at a time. The lock is on the directory itself, so it leaves no file behind.
lock() {
  mkdir -p "$base"
  exec 9<"$base"
  flock -n 9 || { say "waiting for another $me"; flock -w 300 9 || fail "another $me has been running for five minutes"; }
  [ /proc/self/fd/9 -ef "$base" ] || lock
}

# Adds the suite that has the daemon, with the mirror and the key that the machine has for Debian already.
backports() {
  local sources=/etc/apt/sources.list.d/debian.sources
  [ -n "$suite" ] && [ -z "$(apt-cache madison "$daemon_package")" ] || return 0
  [ -e "$sources" ] || { echo "no $sources: add the suite $suite to APT's sources"; return 1; }
  {
    printf 'Types: deb\nSuites: %s\nComponents: main\n' "$suite"
    sed -n '/^URIs:/p;/^Signed-By:/p' "$sources" | awk '!seen[$1]++'
  } >"/etc/apt/sources.list.d/rollcall-$suite.sources"
}

packages() {
  local missing=()
  elf "$daemon" || missing+=("$daemon_package")
  elf "/usr/bin/$client" || missing+=("$client_package")
  type -P dnsmasq >/dev/null || missing+=(dnsmasq-base)
  type -P ip >/dev/null || missing+=(iproute2)
  type -P unsquashfs >/dev/null || missing+=(squashfs-tools)
  # The daemon looks for it when it starts; a routed NIC needs one.
  type -P nft >/dev/null || missing+=(nftables)
  [ ${#missing[@]} -gt 0 ] || return 0
  # Elsewhere `apt-get install lxd` would install the snap, and a machine can only have one; Incus's package differs.
  grep -qsx 'ID=debian' /etc/os-release ||
    fail "not found: ${missing[*]}; only Debian's own packages can be installed for you" "cure: use Debian 12 or 13 (a virtual machine will do)"
  say "packages: installing ${missing[*]}"
  local out
  # shellcheck disable=SC2016
  out=$(backports 2>&1 && DEBIAN_FRONTEND=noninteractive bash -c 'apt-get update -q && apt-get install -yq --no-install-recommends "$@"' _ "${missing[@]}" </dev/null 2>&1) || {
    tail -n 8 <<<"$out" | sed 's/^/  | /' >&2
    fail "apt-get could not install ${missing[*]}" "cure: apt-get install ${missing[*]}"
  }
}

# ---- the parts

start() {
  local pid deadline
  pid=$(daemon_pid)
  if [ -n "$pid" ] && { alive || { sleep 1; alive; }; }; then say "daemon: running, pid $pid"; return; fi
  if [ -n "$pid" ]; then
    say "daemon: pid $pid does not answer, killing it with SIGKILL"
    kill -KILL "$pid" 2>/dev/null || true
    gone "$pid" 10 || fail "pid $pid does not end" "cure: restart the machine"
  elif [ -e "$dirty" ]; then
    say "daemon: was killed; taking over what it left"
  fi
  [ ! -e "$log" ] || mv -f "$log" "$log.1"
  touch "$dirty"
  # At every start the daemon asks images.linuxcontainers.org for the machine types of public clouds. A lab does not need them.
  (cd / && export HTTPS_PROXY="${LAB_PROXY-http://127.0.0.1:9}" &&
    exec setsid "$daemon" --group "${LAB_GROUP:-root}" --logfile "$log" >"$errors" 2>&1 </dev/null 9<&-) &
  pid=$!
  deadline=$((SECONDS + 30))
  until alive; do
    running "$pid" || fail_log "the daemon ended at once"
    [ "$SECONDS" -lt "$deadline" ] || fail_log "the daemon did not answer on $socket within 30 s"
    sleep 0.1
  done
  "$daemon" waitready --timeout=60 >/dev/null 2>&1 || fail_log "the daemon was not ready within 60 s"
  say "daemon: started, pid $pid"
}

network() {
  if client network list -f csv | grep "^$bridge,bridge,YES," >/dev/null; then
    if [ ! -e "/sys/class/net/$bridge" ]; then
      say "bridge: $bridge is gone; restarting the daemon, which makes it again (restart the instances that were on it)"
      stop
      start
      [ -e "/sys/class/net/$bridge" ] || fail_log "$title did not bring up its bridge $bridge"
    fi
  else
    if link_ours; then
      end_dnsmasq
      ip link delete "$bridge"
      say "bridge: removed an old $bridge"
    fi
    # Routing and firewall are off: with them the daemon would turn on forwarding for the whole machine and add tables to its firewall.
    # DHCP leaves the addresses from .200 on to those that a device names: dnsmasq gives no address that another instance has leased.
    local ranges=()
    [[ $v4 != *.1/24 ]] || ranges=(ipv4.dhcp.ranges="${v4%.*}.2-${v4%.*}.199")
    client network create "$bridge" ipv4.address="$v4" ${ranges[@]+"${ranges[@]}"} ipv4.nat=false ipv4.routing=false ipv4.firewall=false \
      ipv6.address="$v6" ipv6.nat=false ipv6.routing=false ipv6.firewall=false >/dev/null || fail_log "$title could not make the bridge $bridge"
    say "bridge: made $bridge, $v4, $v6"
  fi
  ip link set dev "$bridge" alias "$alias"
}

storage() {
  have storage show default && return
  client storage create default dir >/dev/null || fail_log "$title could not make the storage pool"
  say "pool: made default (dir)"
}

profile() {
  have profile device get default root path || client profile device add default root disk path=/ pool=default >/dev/null
  have profile device get default eth0 network || client profile device add default eth0 nic network="$bridge" name=eth0 >/dev/null
}

images() {
  local name version recipe
  recipe=$(cksum <"$here/image.sh")
  for name in web=v1 web-v2=v2; do
    version=${name#*=} name=${name%=*}
    [ "$(client image get-property "$name" recipe 2>/dev/null)" != "$recipe" ] || continue
    LAB_IMAGE_VERSION=$version "$here/image.sh" "$base/$kind-image.tar.gz"
    ! have image info "$name" || client image delete "$name"
    client image import "$base/$kind-image.tar.gz" --alias "$name" recipe="$recipe" >/dev/null
    rm -f "$base/$kind-image.tar.gz"
    say "image: built $name ($version)"
  done
}

# ---- and their end

instances() { client list --all-projects -f csv -c en | tr , ' '; }

empty() {
  local project name n=0
  while read -r project name; do
    client delete --force --project "$project" "$name" 2>/dev/null || {
      client config set --project "$project" "$name" security.protection.delete=false 2>/dev/null || true
      client delete --force --project "$project" "$name" || true   # an ephemeral one is gone by now
    }
    n=$((n + 1))
  done < <(instances)
  [ "$n" = 0 ] || say "instances: deleted $n"
  [ -z "$(instances)" ] || fail_log "some instances could not be deleted: $(instances | tr '\n' ';')"
}

# dnsmasq outlives its daemon.
end_dnsmasq() {
  local p
  for p in $(ours); do
    [ "$(cat "/proc/$p/comm" 2>/dev/null)" != dnsmasq ] || { kill "$p" && gone "$p" 5; } || true
  done
}

stop() {
  local pid
  pid=$(daemon_pid)
  if [ -n "$pid" ]; then
    kill -TERM "$pid"   # SIGTERM leaves instances alone; there are none now
    gone "$pid" 20 || { say "daemon: pid $pid did not end in 20 s, killed it with SIGKILL"; kill -KILL "$pid"; gone "$pid" 5; }
    say "daemon: stopped"
  fi
  end_dnsmasq
  rm -f "$dirty"
}

down() {
  if [ ! -e "$dirty" ] && [ -z "$(daemon_pid)" ]; then say "daemon: not running"; return; fi
  start   # a killed daemon still has instances, and only a daemon can delete them
  empty
  stop
}

# Removes what only a daemon can: AppArmor profiles, and firewall rules of bridges that tests made.
release() {
  local project device name managed
  while read -r project; do
    for device in $(client profile device list default --project "$project" 2>/dev/null); do
      client profile device remove default "$device" --project "$project" >/dev/null 2>&1 || true
    done
  done < <(client project list -f csv | sed 's/,.*//; s/ (current)$//')
  while IFS=, read -r name _ managed _; do
    [ "$managed" != YES ] || client network delete "$name" >/dev/null 2>&1 || say "bridge: $name is in use"
  done < <(client network list -f csv)
}

# Removes what no daemon has removed.
sweep() {
  local p n child m
  for p in $(ours); do
    # When a container's first process ends, so do its others. Then liblxc's monitor, the parent, cleans up.
    for child in $(ps -o pid= --ppid "$p"); do
      [ "/proc/$child/ns/pid" -ef /proc/self/ns/pid ] || kill -KILL "$child" 2>/dev/null || true
    done
  done
  for ((n = 0; n < 20; n++)); do [ -z "$(ours)" ] || sleep 0.1; done
  for p in $(ours); do kill -KILL "$p" 2>/dev/null || true; gone "$p" 5 || true; done
  if link_ours; then
    # liblxc moves a dead container's end of its veth pair back to the host; deleting either end deletes the pair.
    for p in "/sys/class/net/$bridge/brif/"*; do [ ! -e "$p" ] || ip link delete "${p##*/}" 2>/dev/null || true; done
    ip link delete "$bridge"
  fi
  for m in $(mounts); do umount -l "$m" 2>/dev/null || true; done
  rm -rf -- "/run/lxc/lock$dir"
  # Up to /run/lxc/lock, but not that one: `rmdir -p` would fail there if all of it were empty.
  [ ! -d "/run/lxc/lock$base" ] || (cd /run/lxc/lock && rmdir -p --ignore-fail-on-non-empty "${base#/}") || true
  p=$(ours) m=$(mounts)
  [ -z "$p$m" ] || fail "left behind:" "${p:+processes $p }${m:+mounts $m}" "cure: end and unmount these, then $me wipe"
  rm -rf --one-file-system -- "$dir" "$base/$kind-client" "$base/$kind-image.tar.gz" "$dirty" "$mark"
}

wipe() {
  # In a subshell: a daemon that no longer starts must not keep the rest from being removed.
  if [ -d "$dir/database" ] && ! (start && empty && release && stop); then say "daemon: no longer works, continuing without it"; fi
  sweep
  say "wiped: no process, mount, interface or file of $dir is left"
}

status() {
  local pid
  pid=$(daemon_pid)
  if [ -z "$pid" ]; then
    say "not running$([ ! -e "$dirty" ] || echo ': it was killed, and its instances may still be running')"
    exit 3
  fi
  alive || { say "pid $pid does not answer on $socket"; exit 3; }
  summary
  say "pid $pid, log $log"
  client list --all-projects
}

case ${1:-} in
  up | down | wipe | status | kill) ;;
  env)
    place env
    printf 'export %s\n' "${variable}_DIR=$dir" "${variable}_SOCKET=$socket" "${variable}_CONF=$base/$kind-client"
    exit ;;
  *) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0" >&2; exit 2 ;;
esac
[ "$(id -u)" = 0 ] || fail "needs root: sudo $me $1"
place "$1"
trap 'rmdir "$base" 2>/dev/null || true' EXIT
case $1 in
  up)
    packages
    lock
    prepare; start; storage; network; profile; images; summary ;;
  status) status ;;
  kill)
    pid=$(daemon_pid)
    [ -n "$pid" ] || { say "not running"; exit 3; }
    deliver "${2:-KILL}" "$pid" || fail "SIG${2:-KILL} has no effect on pid $pid"
    say "daemon: sent SIG${2:-KILL} to pid $pid" ;;
  *)
    [ -e "$mark" ] || { say "no lab in $base"; exit; }
    lock
    "$1" ;;
esac
