#!/usr/bin/env bash
# One audit in a GitHub job: all formats into a folder, the job's summary, and the step's outputs.
#
# Usage: audit.sh, with ACTION_PATH (Headroom's checkout, installed) and HEAD in the environment; BASE, ENVIRONMENT,
#   FAIL_ON, SUPPRESSIONS, SSM_PARAMETERS, COMMENT_KEY and SUMMARY may be. GITHUB_OUTPUT, GITHUB_STEP_SUMMARY and
#   RUNNER_TEMP are the runner's.
# Exit codes: 0 the audit ran, whatever it found (the output `failed` says); 2 it could not run.
set -o errexit -o nounset -o pipefail

: "${ACTION_PATH:?}" "${HEAD:?}" "${GITHUB_OUTPUT:?}" "${RUNNER_TEMP:?}"

# GitHub refuses a summary over 1 MiB; the report in Markdown is under 64 KiB.
directory="$(mktemp --directory "$RUNNER_TEMP/headroom-audit-XXXXXX")"

arguments=(
  --format markdown --output "$directory/report.md"
  --format json --output "$directory/report.json"
  --format sarif --output "$directory/report.sarif"
  --format html --output "$directory/report.html"
  --format text
  --omit-accepted
  --fail-on "${FAIL_ON:-error}"
  --comment-key "${COMMENT_KEY:-default}"
)
[[ -z "${BASE:-}" ]] || arguments+=(--base "$BASE")
[[ -z "${ENVIRONMENT:-}" ]] || arguments+=(--env "$ENVIRONMENT")
[[ -z "${SUPPRESSIONS:-}" ]] || arguments+=(--suppressions "$SUPPRESSIONS")
[[ -z "${SSM_PARAMETERS:-}" ]] || arguments+=(--ssm-parameters "$SSM_PARAMETERS")

# `--`: a head that begins with a dash is a path all the same.
status=0
node "$ACTION_PATH/bin/cli.js" audit "${arguments[@]}" -- "$HEAD" || status=$?

case "$status" in
  0) failed=false ;;
  1) failed=true ;;
  *)
    echo "::error::The audit could not run (exit code $status); what to mend stands above."
    exit 2
    ;;
esac

if [[ "${SUMMARY:-true}" == true && -n "${GITHUB_STEP_SUMMARY:-}" ]]; then
  cat "$directory/report.md" >>"$GITHUB_STEP_SUMMARY"
fi
{
  echo "failed=$failed"
  echo "directory=$directory"
} >>"$GITHUB_OUTPUT"
