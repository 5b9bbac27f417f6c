#!/bin/bash
# A Redis of its own on a loopback port, with its data in a directory, next to any other on the machine.
#
# usage: lab/redis.sh                        installs Debian's redis-server if there is none (root), without a service; prints the version
#        lab/redis.sh up DIR [PORT] [--SETTING VALUE]...   starts one (port 6390 unless given) that keeps its data; Redis's own settings may follow
#        lab/redis.sh down DIR               ends it as an administrator would, with its data kept
#        lab/redis.sh kill DIR [SIGNAL]      sends SIGKILL or another signal: STOP, CONT
set -euo pipefail

me=lab/redis.sh
. "$(dirname "${BASH_SOURCE[0]}")/processes.sh"
fail() { printf "$me: %s\\n" "$@" >&2; exit 1; }

install_redis() {
  type -P redis-server >/dev/null && return
  local policy=/usr/sbin/policy-rc.d
  [ "$(id -u)" = 0 ] && type -P apt-get >/dev/null || fail "no redis-server" "cure: apt-get install redis-server, as root"
  # Debian asks this file whether the package may start its service.
  if [ ! -e $policy ]; then
    trap "rm -f $policy" EXIT
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod 755 $policy
  fi
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends redis-server redis-tools; } </dev/null >&2 ||
    fail "apt-get could not install redis-server" "cure: apt-get install redis-server"
}
place() {
  [ -d "${1:-}" ] || fail "no directory is given, or it does not exist: ${1:-}"
  dir=$(realpath -- "$1")
}
# It works in its directory; its environment, by which labs find their processes, is overwritten with its title.
pid_of() {
  local p exe
  for p in /proc/[0-9]*; do
    exe=$(readlink "$p/exe" 2>/dev/null) || continue
    [[ ${exe##*/} = redis-* ]] && [ "$p/cwd" -ef "$dir" ] && running "${p#/proc/}" && echo "${p#/proc/}"
  done
  true
}
redis_pid() {
  pid=$(pid_of)
  [ -n "$pid" ] || fail "none runs in $dir"
}

case ${1:-} in
  "") install_redis; redis-server --version ;;
  up)
    place "${2:-}"
    shift 2
    port=6390
    if [[ ${1:-} =~ ^[0-9]+$ ]]; then port=$1; shift; fi
    [ -z "$(pid_of)" ] || fail "one runs in $dir already"
    redis-server --bind 127.0.0.1 --port "$port" --dir "$dir" --appendonly yes --notify-keyspace-events KA \
      --daemonize yes --logfile "$dir/redis.log" "$@" >/dev/null
    for ((n = 0; n < 100; n++)); do
      if timeout 1 bash -c "exec 3<>/dev/tcp/127.0.0.1/$port" 2>/dev/null; then echo "redis://127.0.0.1:$port, pid $(pid_of)"; exit; fi
      sleep 0.05
    done
    fail "it does not listen on port $port" "its log: $dir/redis.log" ;;
  down) place "${2:-}"; redis_pid; kill "$pid"; gone "$pid" 10 || fail "pid $pid does not end" ;;
  kill) place "${2:-}"; redis_pid; deliver "${3:-KILL}" "$pid" ;;
  *) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0" >&2; exit 2 ;;
esac
