#!/bin/bash
# Builds the lab's 1 MB system image (busybox: init, DHCP, a web server on port 3000), for LXD and for Incus.
#
# usage: lab/image.sh OUT.tar.gz
#   LAB_IMAGE_VERSION=v2   the version that the web server reports (default v1)
#   LAB_BUSYBOX=PATH       a static busybox (default /bin/busybox if it is static, else extracted from Debian's package)
#
# What its instances do:
#   GET /        "NAME ADDRESS VERSION": its name, its DHCP lease, its version
#   GET /health  200 "ok"; 503 "sick" while the file /run/sick exists in the instance
#   GET /slow/N  as /, after N seconds
#   GET /ws      a WebSocket that says the same as / once a second, and is closed with 1001 when the server ends
# Keys of an instance's config (they are read at its start):
#   environment.GRACE=N         keeps serving for N seconds after a graceful stop begins
#   environment.FINISH=N        then accepts no more, and takes up to N seconds to finish the requests that it has
#   environment.PORT_AFTER=N    opens its port N seconds after it has an address
#   environment.HEALTH_AFTER=N  answers 503 "starting" until N seconds after it has an address
#
# The build is reproducible: the same version and busybox give the same bytes. Needs no root.
set -euo pipefail
fail() { printf 'lab/image.sh: %s\n' "$@" >&2; exit 1; }

if [ $# -ne 1 ] || [[ $1 = -* ]]; then sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0" >&2; exit 2; fi
out=$1
version=${LAB_IMAGE_VERSION:-v1}
[[ $version =~ ^[A-Za-z0-9._-]+$ ]] || fail "LAB_IMAGE_VERSION=$version: only letters, digits, dot, dash and underscore"
umask 022
tree=$(mktemp -d)
trap 'rm -rf "$tree"; rm -f "$out.$$"' EXIT
trap 'exit 130' INT TERM

fits() {
  [ -x "$1" ] || return 1
  [[ $(ldd "$1" 2>&1) != *"=>"* && $("$1" nc --help 2>&1) == *-ll* && $("$1" --list 2>&1) == *udhcpc* ]]
}

# Debian's busybox-static conflicts with busybox, which the machine's initramfs may need, so the package is unpacked, not installed.
busybox=${LAB_BUSYBOX:-/bin/busybox}
if ! fits "$busybox"; then
  [ -z "${LAB_BUSYBOX:-}" ] || fail "LAB_BUSYBOX=$busybox is not a static busybox with nc (-ll, -e) and udhcpc"
  command -v apt-get >/dev/null ||
    fail "no static busybox here and no apt-get to fetch one" "cure: install one and name it with LAB_BUSYBOX=/path/to/busybox"
  mkdir "$tree/deb"
  (cd "$tree/deb" && apt-get -qq download busybox-static && dpkg-deb -x ./*.deb .) >"$tree/apt.log" 2>&1 || {
    tail -n 5 "$tree/apt.log" >&2
    fail "could not fetch Debian's busybox-static" "cure: apt-get update, or name a static busybox with LAB_BUSYBOX=/path/to/busybox"
  }
  for busybox in "$tree"/deb/bin/busybox "$tree"/deb/usr/bin/busybox; do ! fits "$busybox" || break; done
  fits "$busybox" || fail "Debian's busybox-static has no nc (-ll, -e) or udhcpc" "cure: LAB_BUSYBOX=/path/to/busybox"
fi

image=$tree/image
root=$image/rootfs
mkdir -p "$root"/{bin,sbin,dev,proc,sys,run,tmp,etc,root,var} "$image/templates" "$(dirname "$out")"
chmod 1777 "$root/tmp"
install -m 755 "$busybox" "$root/bin/busybox"
for applet in $("$busybox" --list); do
  [ -e "$root/bin/$applet" ] || ln -s busybox "$root/bin/$applet"
done
echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
echo 'root:x:0:' >"$root/etc/group"
echo "$version" >"$root/etc/version"
touch "$root/etc/resolv.conf" "$root/etc/hosts"

# A container is asked to stop with SIGPWR, which busybox's init does not treat as a shutdown. So a few lines of
# shell are process 1, and treat every stop signal alike.
cat >"$root/sbin/init" <<'SH'
#!/bin/sh
end() {
  sleep "${GRACE:-0}"
  kill "$server"
  killall nc answer websocket 2>/dev/null
  left=$((${FINISH:-0} * 20))
  while [ $left -gt 0 ] && pidof answer >/dev/null; do usleep 50000; left=$((left - 1)); done
  kill -9 -1
  exit 0
}
after_address() {
  until [ -s /run/address ] || ip addr show dev eth0 scope global | grep -q inet; do usleep 50000; done
  sleep "$1"
}
trap end PWR TERM INT USR1 USR2
mount -t tmpfs none /run 2>/dev/null
[ -s /etc/hostname ] && hostname -F /etc/hostname
ip link set lo up
ip link set eth0 up 2>/dev/null
[ -z "$HEALTH_AFTER" ] || { touch /run/starting; (after_address "$HEALTH_AFTER"; rm /run/starting) & }
([ -z "$PORT_AFTER" ] || after_address "$PORT_AFTER"; while :; do nc -ll -p 3000 -e /bin/answer 2>/dev/null; sleep 1; done) &
server=$!
# What LXD has set, as on a routed NIC, is left as it is.
ip addr show dev eth0 scope global | grep -q 'inet ' ||
  (while :; do udhcpc -f -i eth0 -s /bin/lease -t 20 -T 1 -A 1 >/dev/null 2>&1; sleep 1; done) &
while :; do wait; sleep 1 & wait $!; done
SH

cat >"$root/bin/lease" <<'SH'
#!/bin/sh
case $1 in
  deconfig) ip -4 addr flush dev eth0 ;;
  bound|renew)
    echo "$ip" >/run/address   # first: it is asked as soon as the daemon sees the address
    ip addr replace "$ip/${mask:-24}" dev eth0
    for r in $router; do ip route replace default via "$r"; break; done ;;
esac
SH

# It starts no further process for an ordinary request, and keeps its connection: hundreds a second are asked of it, and nc has
# room for two connections that wait. What is asked by another method may have a body, which is not read: its connection is closed.
cat >"$root/bin/answer" <<'SH'
#!/bin/sh
trap 'left=close' TERM
left=keep-alive
while [ $left = keep-alive ] && read -r method path protocol; do
  [ "$method ${protocol%?}" = 'GET HTTP/1.1' ] || left=close
  while read -r line; do
    line=${line%?}
    case $line in
      '') break ;;
      [Ss]ec-[Ww]eb[Ss]ocket-[Kk]ey:*) key=${line#*: } ;;
      [Cc]onnection:*close*) left=close ;;
    esac
  done
  code='200 OK' body=
  case $path in
    /health) if [ -e /run/sick ]; then code='503 Service Unavailable' body=sick; else body=ok; fi ;;
    /slow/[0-9]*) sleep "${path#/slow/}" ;;
  esac
  [ ! -e /run/starting ] || code='503 Service Unavailable' body=starting
  if [ -z "$body" ]; then
    address=none
    read -r name </etc/hostname; read -r version </etc/version; [ ! -e /run/address ] || read -r address </run/address
    body="$name $address $version"
    [ "$path" != /ws ] || [ -z "$key" ] || exec /bin/websocket "$key" "$body"
  fi
  printf 'HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: %s\r\n\r\n%s\n' \
    "$code" $((${#body} + 1)) $left "$body"
done
SH

cat >"$root/bin/websocket" <<'SH'
#!/bin/sh
trap 'printf "\210\002\003\351"; exit' TERM
accept=$(printf '%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11' "$1" | sha1sum | cut -c 1-40 | xxd -r -p | base64)
printf 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n' "$accept"
frame="\\201\\$(printf %03o ${#2})"
while printf "$frame%s" "$2"; do sleep 1 & wait $!; done
SH

chmod 755 "$root"/sbin/init "$root"/bin/{lease,answer,websocket}
printf '{{ container.name }}\n' >"$image/templates/hostname.tpl"
cat >"$image/metadata.yaml" <<YAML
architecture: $(uname -m)
creation_date: 1767225600
properties: {os: busybox, release: "$version", description: "busybox web server $version"}
templates:
  /etc/hostname: {when: [create, copy, rename, start], template: hostname.tpl}
YAML
tar -C "$image" --owner=0 --group=0 --numeric-owner --sort=name --mtime=@1767225600 -cf - metadata.yaml templates rootfs |
  gzip -n >"$out.$$"
mv -f "$out.$$" "$out"
