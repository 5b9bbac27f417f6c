#!/usr/bin/env bash
# Runs plan.sh, drains what that plan ends, applies exactly that plan, then waits until the roll call is complete.
#
# usage: deploy/ci/apply.sh     in the root of a repository with groups/ and rollcall.yaml, on a host where `rollcall serve` runs
#
#   ROLLCALL_GROUPS=DIR   the directory that the server reads its groups from: the group files are copied there before the apply,
#                         and all others are removed. If unset, copying them is up to you
#   ROLLCALL_WAIT=TIME    how long to wait for the roll call (default 5m)
#   ROLLCALL_GRACE=TIME   how long requests in flight are given before an instance is destroyed (default 10s)
#   and the variables of plan.sh
#
# It has no guard: the plan was reviewed before the merge. `rollcall deploy --yes` does the same, but refuses to remove more
# replicas of a group at once than its rollout.maxUnavailable.
# Exit codes: 0 applied and the roll call is complete, 75 applied, but not complete in time, 1 an error. After a 1, what was
# done is in the state, and the next run continues from there.
set -euo pipefail
shopt -s nullglob
fail() { echo "apply.sh: $*" >&2; exit 1; }

if [ $# -gt 0 ]; then sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0" >&2; exit 1; fi
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
terraform=${TERRAFORM_BINARY_NAME:-terraform}
out=${CDKTF_OUTDIR:-cdktf.out}
export TF_IN_AUTOMATION=1 TF_INPUT=0 CHECKPOINT_DISABLE=1
rollcall() { if [ -n "${ROLLCALL:-}" ]; then "$ROLLCALL" "$@"; else node dist/cli/main.js "$@"; fi; }

# A plan may hold secrets from the configuration.
trap 'rm -f -- "$out"/stacks/*/rollcall.tfplan' EXIT
code=0
"$here/plan.sh" || code=$?
case $code in 0 | 2) ;; *) exit 1 ;; esac

# What the plan ends leaves the load balancer first, and nothing is applied if it can't. A plan in JSON may hold secrets: it is piped.
each_plan() {
  local plan stack
  for plan in "$out"/stacks/*/rollcall.tfplan; do
    stack=$(dirname "$plan")
    "$terraform" -chdir="$stack" show -json rollcall.tfplan | rollcall "$@" --plan - || return
  done
}
# Only once the server has seen what is gone; what it does not take back ends by itself.
give_back() { sleep 2; each_plan undrain || true; }
each_plan drain --force --for 15m --grace "${ROLLCALL_GRACE:-10s}" || { give_back; fail "what the plan ends could not be drained: nothing was applied"; }

# The server's files are updated before the apply, so that it waits for the new replicas.
# Each file is renamed into place: a reader sees either the old one or the new one.
publish() {
  local file name
  for file in groups/*.yaml groups/*.yml; do
    name=${file##*/}
    cp -- "$file" "$1/.$name" && mv -f -- "$1/.$name" "$1/$name" || return
  done
  for file in "$1"/*.yaml "$1"/*.yml; do
    [ -e "groups/${file##*/}" ] || rm -- "$file" || return
  done
}
if [ -n "${ROLLCALL_GROUPS:-}" ]; then publish "$ROLLCALL_GROUPS" || fail "cannot copy the group files to $ROLLCALL_GROUPS"; fi

for plan in "$out"/stacks/*/rollcall.tfplan; do
  stack=$(dirname "$plan")
  "$terraform" -chdir="$stack" apply -no-color -input=false -lock-timeout=5m rollcall.tfplan || { give_back; fail "apply of $stack failed"; }
done

code=0
rollcall wait --timeout "${ROLLCALL_WAIT:-5m}" || code=$?
case $code in 0 | 75) exit "$code" ;; *) exit 1 ;; esac
