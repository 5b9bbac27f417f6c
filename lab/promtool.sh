#!/bin/bash
# Prints the path of a promtool, which tests the alert rules: the one on PATH, else from the cache, else out of Debian's package prometheus, of
# which nothing is installed.
#
# usage: lab/promtool.sh
#
#   ROLLCALL_CACHE=DIR   where to put it (default $XDG_CACHE_HOME/rollcall, else ~/.cache/rollcall), 48 MB
set -euo pipefail

fail() { printf 'lab/promtool.sh: %s\n' "$@" >&2; exit 1; }
[ $# -eq 0 ] || { sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0" >&2; exit 2; }

if type -P promtool; then exit; fi
[ -n "${ROLLCALL_CACHE:-${XDG_CACHE_HOME:-${HOME:-}}}" ] || fail "neither HOME nor XDG_CACHE_HOME is set" "cure: set ROLLCALL_CACHE to a directory"
cache=$(realpath -m -- "${ROLLCALL_CACHE:-${XDG_CACHE_HOME:-${HOME:-}/.cache}/rollcall}")
if [ -x "$cache/promtool" ]; then echo "$cache/promtool"; exit; fi

grep -qsx 'ID=debian' /etc/os-release || fail "no promtool on PATH; only Debian's own package can be fetched for you" "cure: put promtool of Prometheus on PATH"
mkdir -p "$cache"
work=$(mktemp -d "$cache/.promtool.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
download() { apt-get download -q -o APT::Sandbox::User=root prometheus; }
# Only root can bring apt's lists up to date.
said=$({ download || { apt-get update -q && download; }; } 2>&1) || { tail -n 8 <<<"$said" >&2; fail "apt-get could not download prometheus" "cure: put promtool on PATH"; }
dpkg-deb --fsys-tarfile prometheus_*.deb | tar -xO ./usr/bin/promtool >promtool
chmod 755 promtool
mv promtool "$cache/"
echo "$cache/promtool"
