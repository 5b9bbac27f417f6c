#!/usr/bin/env bash
# Checks the group files and shows what an apply of them would change. Changes nothing.
#
# usage: deploy/ci/plan.sh     in the root of a repository with groups/ and rollcall.yaml
#
#   ROLLCALL=COMMAND             a rollcall that is installed already; else this repository's own, which is installed and built first
#   TERRAFORM_BINARY_NAME=tofu   else terraform
#   CDKTF_OUTDIR=DIR             where Terraform's configuration goes (default cdktf.out)
#
# Leaves in that directory plan.txt, to be read, and in each stack with changes rollcall.tfplan, which apply.sh applies.
# Exit codes: 0 nothing to change, 2 changes, 1 an error, in a group file as file:line:column.
set -euo pipefail
shopt -s nullglob
# Only the last line may say 2: the compiler, for one, ends with 2 at an error.
fail() { echo "plan.sh: $*" >&2; exit 1; }

if [ $# -gt 0 ]; then sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0" >&2; exit 1; fi
terraform=${TERRAFORM_BINARY_NAME:-terraform}
out=${CDKTF_OUTDIR:-cdktf.out}
export TF_IN_AUTOMATION=1 TF_INPUT=0 CHECKPOINT_DISABLE=1
command -v "$terraform" >/dev/null || fail "no $terraform here: install it, or name another one with TERRAFORM_BINARY_NAME"
rollcall() { if [ -n "${ROLLCALL:-}" ]; then "$ROLLCALL" "$@"; else node dist/cli/main.js "$@"; fi; }

if [ -z "${ROLLCALL:-}" ]; then
  npm ci --no-audit --no-fund || fail "npm ci failed"
  npm run --silent build || fail "the build failed"
fi

rollcall check || exit 1
# What an earlier run left, of a source that is gone by now, is no part of this plan.
rm -f -- "$out"/stacks/*/{cdk.tf.json,rollcall.tfplan} "$out"/plan.txt
rollcall synth --output "$out" || exit 1

changed=0
for file in "$out"/stacks/*/cdk.tf.json; do
  stack=$(dirname "$file")
  run() { "$terraform" -chdir="$stack" "$@"; }
  log=$(run init -no-color -input=false 2>&1) || fail "init of $stack failed"$'\n'"$log"
  code=0
  run plan -no-color -input=false -lock-timeout=5m -detailed-exitcode -out=rollcall.tfplan || code=$?
  case $code in 0 | 2) ;; *) fail "plan of $stack failed" ;; esac
  { echo "# ${stack##*/}"; run show -no-color rollcall.tfplan; } >>"$out/plan.txt" || fail "show of $stack failed"
  if [ "$code" -eq 0 ]; then rm -- "$stack/rollcall.tfplan"; else changed=2; fi
done

# GitHub's page of the run, where there is one.
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then { echo '```'; cat "$out/plan.txt"; echo '```'; } >>"$GITHUB_STEP_SUMMARY"; fi
exit "$changed"
