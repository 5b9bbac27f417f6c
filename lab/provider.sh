#!/bin/bash
# Prints the absolute path of a Terraform CLI configuration file, and nothing else, on stdout. With it as TF_CLI_CONFIG_FILE,
# terraform and tofu find terraform-lxd/lxd 3.0.2 and lxc/incus 1.1.1 without a registry, and no other provider.
#
# usage: lab/provider.sh
#   builds the stand-in provider, a test fixture (lab/stand-in-provider), into a mirror in the cache, if its sources changed
#
#   ROLLCALL_TF_MIRROR=DIR   a filesystem mirror with both real providers: uses it, and builds nothing
#   ROLLCALL_CACHE=DIR       where to put it (default $XDG_CACHE_HOME/rollcall, else ~/.cache/rollcall), 15 MB per build
#
# Needs no root. Needs Go 1.25 or newer, but only to build. Exit codes: 2 usage, 3 no such mirror, or a provider is not in it,
# 4 no Go, or too old, 5 the build failed, 1 anything else.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
sources=$here/stand-in-provider
schemas=("$here"/../stacks/providers/{lxd,incus}.json)
providers=(terraform-lxd/lxd:3.0.2 lxc/incus:1.1.1)

note() { printf 'lab/provider.sh: %s\n' "$@" >&2; }
fail() { local code=$1; shift; note "$@"; exit "$code"; }

if [ $# -gt 0 ]; then sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0" >&2; exit 2; fi

cache=${ROLLCALL_CACHE:-${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}}
[ -n "$cache" ] || fail 1 "neither HOME nor XDG_CACHE_HOME is set" "cure: set ROLLCALL_CACHE to a directory"
[ -n "${ROLLCALL_CACHE:-}" ] || cache=$cache/rollcall
cache=$(realpath -m -- "$cache")

# configuration MIRROR: installs providers from that directory only.
configuration() {
  local path=$1
  path=${path//\\/\\\\}; path=${path//\"/\\\"}
  printf 'provider_installation {\n  filesystem_mirror {\n    path = "%s"\n  }\n}\n' "$path"
}

# begin NAME: makes $work, which is removed at exit. Its `new` is renamed to $place when it is complete.
begin() {
  mkdir -p "$cache" || fail 1 "cannot make $cache" "cure: set ROLLCALL_CACHE to a directory of yours"
  work=$(mktemp -d "$cache/.$1.XXXXXX") || fail 1 "cannot write to $cache" "cure: set ROLLCALL_CACHE to a directory of yours"
  trap 'rm -rf "$work"' EXIT
  trap 'exit 130' INT TERM HUP
  mkdir "$work/new"
}

# A rename is atomic: if several of these run at once, the first one wins.
finish() {
  chmod 755 "$work/new"
  mv -T "$work/new" "$place" 2>/dev/null || [ -f "$place/mirror.tfrc" ] || fail 1 "cannot move it to $place" "cure: remove $place"
  echo "$place/mirror.tfrc"
}

if [ -n "${ROLLCALL_TF_MIRROR:-}" ]; then
  cure="cure: name a directory with HOST/NAME/VERSION of each provider in it, as terraform providers mirror makes it, or unset ROLLCALL_TF_MIRROR"
  [[ $ROLLCALL_TF_MIRROR = /* ]] || fail 3 "ROLLCALL_TF_MIRROR is not an absolute path: $ROLLCALL_TF_MIRROR" "$cure"
  # An unpacked mirror has a directory named after the version, a packed one a zip file.
  for provider in "${providers[@]}"; do
    type=${provider%:*} version=${provider#*:}
    compgen -G "$ROLLCALL_TF_MIRROR/*/$type/$version" >/dev/null || compgen -G "$ROLLCALL_TF_MIRROR/*/$type/*_${version}_*.zip" >/dev/null ||
      fail 3 "no $type $version in $ROLLCALL_TF_MIRROR" "$cure"
  done
  note "the real providers, from $ROLLCALL_TF_MIRROR"
  place=$cache/provider-mirror-$(configuration "$ROLLCALL_TF_MIRROR" | sha256sum | head -c 16)
  if [ -f "$place/mirror.tfrc" ]; then echo "$place/mirror.tfrc"; exit; fi
  begin provider-mirror
  configuration "$ROLLCALL_TF_MIRROR" >"$work/new/mirror.tfrc"
  finish
  exit
fi

for schema in "${schemas[@]}"; do
  [ -f "$schema" ] || fail 1 "no schema at $(realpath -m -- "$schema")" "cure: it is committed; git checkout brings it back"
done
key=$( (uname -sm; echo "$cache"; cat "$0" "${schemas[@]}" "$sources"/go.* "$sources"/*.go) | sha256sum | head -c 16)
place=$cache/stand-in-provider-$key
if [ -f "$place/mirror.tfrc" ]; then echo "$place/mirror.tfrc"; exit; fi

cure="cure: install Go 1.25 or newer, or name a mirror with the real provider in ROLLCALL_TF_MIRROR"
go=$(type -P go || type -P /usr/local/go/bin/go) || fail 4 "no Go, which is needed to build the stand-in provider" "$cure"
begin stand-in-provider
# Built from a copy: Go embeds only files in the package's directory, and the schemas are kept elsewhere in this repository.
mkdir "$work/src"
cp "$sources"/go.* "$sources"/*.go "${schemas[@]}" "$work/src"
cd "$work/src"
unset GOOS GOARCH GOWORK
if ! target=$("$go" env GOHOSTOS GOHOSTARCH 2>"$work/log"); then
  sed 's/^/  | /' "$work/log" | tail -n 6 >&2
  fail 4 "$go does not work here, or is too old" "$cure"
fi
target=${target//$'\n'/_}
note "building the stand-in provider with $go"
if ! CGO_ENABLED=0 GOWORK=off "$go" build -trimpath -buildvcs=false -ldflags='-s -w' -o "$work/provider" . >"$work/log" 2>&1 </dev/null; then
  tail -n 12 "$work/log" | sed 's/^/  | /' >&2
  if grep -qE 'requires go >=|invalid go version' "$work/log"; then fail 4 "this Go is too old" "$cure"; fi
  fail 5 "the stand-in provider could not be built" "cure: see above; does the Go module proxy answer (go env GOPROXY), is there space in $cache?"
fi
# It is one program, which serves the provider that it is called by.
for provider in "${providers[@]}"; do
  type=${provider%:*} version=${provider#*:}
  host=$work/new/registry.terraform.io/$type/$version/$target
  mkdir -p "$host"
  ln "$work/provider" "$host/terraform-provider-${type#*/}_v$version"
done
mkdir -p "$work/new/registry.opentofu.org"
cp -rl "$work/new/registry.terraform.io/." "$work/new/registry.opentofu.org"
configuration "$place" >"$work/new/mirror.tfrc"
finish
