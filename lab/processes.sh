# shellcheck shell=bash
# The processes of a lab. They are found by what is in their environment, never by a stored pid, which another process may have by now.

running() { [ -e "/proc/$1" ] && ! grep -qs '^State:.*Z' "/proc/$1/status"; }   # a zombie is not running
gone() { local n; for ((n = $2 * 20; n > 0; n--)); do running "$1" || return 0; sleep 0.05; done; return 1; }

# deliver SIGNAL PID: sends it, and returns when it has had its effect: KILL, when the process is gone; STOP, when all of its threads have stopped.
# Fails after 10 s.
deliver() {
  local n
  kill "-$1" "$2"
  case $1 in
    KILL) gone "$2" 10 ;;
    STOP)
      for ((n = 200; n > 0; n--)); do grep -qs $'^State:\t[^TtZX]' /proc/"$2"/task/*/status || return 0; sleep 0.05; done
      return 1 ;;
  esac
}

# processes NAME=VALUE COMMAND...: the pids of these commands that have it in their environment, but for those inside containers.
processes() {
  local p exe name setting=$1
  shift
  while IFS= read -r p; do
    p=${p%/environ}
    exe=$(readlink "$p/exe" 2>/dev/null) || continue
    exe=${exe% (deleted)}
    for name in "$@"; do
      [ "${exe##*/}" != "$name" ] || [ ! "$p/ns/pid" -ef /proc/self/ns/pid ] || echo "${p#/proc/}"
    done
  done < <(grep -lzxF -e "$setting" /proc/[0-9]*/environ 2>/dev/null)
}
