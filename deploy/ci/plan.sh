#!/usr/bin/env bash
# Checks the group files and shows what applying them would change. Changes nothing.
#
# usage: deploy/ci/plan.sh     in the root of a repository with groups/ and rollcall.yaml
#
#   ROLLCALL=COMMAND             an installed rollcall (default: this repository's own, which is installed and built first)
#   TERRAFORM_BINARY_NAME=tofu   (default: terraform)
#   CDKTF_OUTDIR=DIR             where to write Terraform's configuration (default: cdktf.out)
#
# Writes plan.txt there, for reading, and rollcall.tfplan in each stack with changes, which apply.sh applies; only this user can read
# them. .terraform.lock.hcl, the version and checksums of the provider, is used if it is there, and written: commit it.
# Exit codes: 0 nothing to change, 2 changes, 1 an error, in a group file as file:line:column.
set -euo pipefail
shopt -s nullglob
# Only the last line may exit with 2: the compiler, for example, exits with 2 on an error.
fail() { echo "plan.sh: $*" >&2; exit 1; }

if [ $# -gt 0 ]; then sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0" >&2; exit 1; fi
terraform=${TERRAFORM_BINARY_NAME:-terraform}
out=${CDKTF_OUTDIR:-cdktf.out}
export TF_IN_AUTOMATION=1 TF_INPUT=0 CHECKPOINT_DISABLE=1
command -v "$terraform" >/dev/null || fail "no $terraform on the PATH: install it, or name another one with TERRAFORM_BINARY_NAME"
rollcall() { if [ -n "${ROLLCALL:-}" ]; then "$ROLLCALL" "$@"; else node dist/cli/main.js "$@"; fi; }

if [ -z "${ROLLCALL:-}" ]; then
  npm ci --no-audit --no-fund || fail "npm ci failed"
  npm run --silent build || fail "the build failed"
fi

# Plans and the configuration hold what is secret in group files. The build above may be for others.
umask 077
rollcall check || exit 1
# An earlier run may have left files of a source that no longer exists.
rm -f -- "$out"/stacks/*/{cdk.tf.json,rollcall.tfplan} "$out"/plan.txt
rollcall synth --output "$out" || exit 1

changed=0
for file in "$out"/stacks/*/cdk.tf.json; do
  stack=$(dirname "$file")
  run() { "$terraform" -chdir="$stack" "$@"; }
  log=$(run init -no-color -input=false 2>&1) || fail "init of $stack failed"$'\n'"$log"
  cmp -s -- "$stack/.terraform.lock.hcl" .terraform.lock.hcl || install -m 644 -- "$stack/.terraform.lock.hcl" . || fail "cannot write .terraform.lock.hcl"
  code=0
  run plan -no-color -input=false -lock-timeout=5m -detailed-exitcode -out=rollcall.tfplan || code=$?
  case $code in 0 | 2) ;; *) fail "plan of $stack failed" ;; esac
  { echo "# ${stack##*/}"; run show -no-color rollcall.tfplan; } >>"$out/plan.txt" || fail "show of $stack failed"
  if [ "$code" -eq 0 ]; then rm -- "$stack/rollcall.tfplan"; else changed=2; fi
done

# The summary page of the run, on GitHub.
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then { echo '```'; cat "$out/plan.txt"; echo '```'; } >>"$GITHUB_STEP_SUMMARY"; fi
exit "$changed"
