#!/usr/bin/env bash
# Adds Headroom's configuration to the CloudWatch agent's others, and restarts the agent only when something changed.
# The agent's own fetch-config would delete every other configuration file (amazon-cloudwatch-agent-ctl, multi_config default).
#
# Usage: configure-agent.sh [--dry-run] [--help]
#   HEADROOM_CONFIGURATION_PARAMETER  its parameter, /headroom/ENV/cloudwatch-agent/ROLE, or none (default none)
#   HEADROOM_DRY_RUN      true: change nothing (default false)
#   HEADROOM_MOUNT_POINT  the root below which the agent lies (default /)
# Output: one JSON line, PrepareResult of lib/node/README.md. Exit: 0 configured, 1 failed, 2 bad argument.
set -o errexit -o nounset -o pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh" # headroom:include

begin configure-agent "$@"
text_setting CONFIGURATION_PARAMETER none '^(none|/headroom/[a-z][a-z0-9-]{0,31}/cloudwatch-agent/(control-plane|worker))$'
[[ $CONFIGURATION_PARAMETER != none ]] || bad_usage 'HEADROOM_CONFIGURATION_PARAMETER is not set'

# Places and names of amazon-cloudwatch-agent@ab55b8d packaging/dependencies/amazon-cloudwatch-agent-ctl and
# tool/downloader/downloader.go (EscapeFilePath).
readonly AGENT=$PREFIX/opt/aws/amazon-cloudwatch-agent UNIT=amazon-cloudwatch-agent.service
readonly CONTROL=$AGENT/bin/amazon-cloudwatch-agent-ctl
readonly ETC=$AGENT/etc
readonly OWN=$ETC/amazon-cloudwatch-agent.d/ssm_${CONFIGURATION_PARAMETER//\//_}

own_sum() { if [[ -e $OWN ]]; then sha256sum <"$OWN"; fi; }

# The agent merges files, and refuses a setting to which two of them give different values.
append() {
  local said cause
  if said=$(bounded "$CONTROL" -a append-config -m ec2 -c "ssm:$CONFIGURATION_PARAMETER" 2>&1); then
    log "$said"
    return
  fi
  # ctl hides what its translator prints on standard output.
  said+=$'\n'$(bounded "$AGENT/bin/config-translator" --input "$ETC/amazon-cloudwatch-agent.json" --input-dir "${OWN%/*}" \
    --output /run/headroom-agent.toml --mode ec2 --config "$ETC/common-config.toml" --multi-config append 2>&1) || true
  # ctl leaves it behind; what was there before is untouched.
  rm --force -- "$OWN.tmp" /run/headroom-agent.toml
  log "$said"
  cause=$(grep --extended-regexp --ignore-case 'different values|fail|error' <<<"$said" | sed -n 1p) || cause=${said##*$'\n'}
  fail "the CloudWatch agent rejected Headroom's configuration together with its other files: $cause" changes_json
}

[[ -x $CONTROL ]] || fail 'the CloudWatch agent is not installed yet; State Manager will retry' changes_json
if [[ $DRY_RUN == true ]]; then
  if [[ ! -e $OWN ]]; then CHANGES+=("would append $CONFIGURATION_PARAMETER"); fi
  emit_result true '' changes_json
  exit 0
fi
deadline_in 120
BEFORE=$(own_sum)
append
if [[ $(own_sum) != "$BEFORE" ]]; then CHANGES+=("configuration of $CONFIGURATION_PARAMETER"); fi
STATE=$(unit_state "$UNIT")
if [[ ${#CHANGES[@]} -gt 0 || $STATE != active ]]; then
  timeout 60 systemctl enable --quiet "$UNIT" || fail "cannot enable $UNIT" changes_json
  timeout 60 systemctl restart "$UNIT" || fail "$UNIT failed to start: $(last_error "$UNIT")" changes_json
  CHANGES+=("restarted the agent, which was $STATE")
fi
emit_result true '' changes_json
