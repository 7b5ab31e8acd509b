#!/usr/bin/env bash
# Brings the kubelet, its runtime and its static pods back after the disk was freed. A healthy kubelet is left alone: its
# healthz answers and each static pod runs. What a full disk stopped, the kubelet starts again after a back-off of up to
# 5 minutes, with healthz at 200 all the while; its restart forgets the back-off. So does containerd's, which could not record
# on a full disk what ended.
# Refuses while root is nearly full: a kubelet that starts where it cannot write deletes the records of running pods.
#
# Usage: restart-kubelet.sh [--dry-run] [--help]
#   HEADROOM_WAIT_SECONDS   how long to wait for healthz and static pods after the restart, 1-900 (default 120)
#   HEADROOM_GRACE_SECONDS  how long a static pod may be down before the restart, 0-120 (default 20)
#   HEADROOM_DRY_RUN        true: only report what would be done (default false)
# Output: one JSON line, RestartKubeletResult of README.md.
# Exit: 0 ok, 1 not healthy in time, 2 bad setting, 3 refused.
set -o errexit -o nounset -o pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh" # headroom:include
source "$(dirname "${BASH_SOURCE[0]}")/node-state.sh" # headroom:include

begin restart-kubelet "$@"
setting WAIT_SECONDS 120 1 900
setting GRACE_SECONDS 20 0 120

readonly NEEDED_BYTES=$((64 * MIB)) NEEDED_INODES=256

# Sets HEALTHZ, DOWN (static pods that do not run, as static_pods_down prints them) and WHY (what is wrong, in words; empty: nothing).
look() {
  HEALTHZ=false WHY='' NOTE=''
  if kubelet_healthy; then HEALTHZ=true; else WHY='healthz did not answer 200'; fi
  if ! DOWN=$(static_pods_down); then
    DOWN=''
    if [[ -n $(static_containers) ]]; then NOTE='static pods not checked: crictl does not answer'; fi
  fi
  if [[ -n $DOWN ]]; then WHY+="${WHY:+; }$(names) not running"; fi
}
names() { cut --delimiter=' ' --fields=1 <<<"$DOWN" | paste --serial --delimiters=, | sed 's/,/, /g'; }

outcome() { # ACTION [WHY]
  printf '"action":"%s","healthz":%s' "$1" "$HEALTHZ"
  if [[ -n ${2:-} ]]; then printf ',"why":%s' "$(json_string "$2" "$TEXT_LIMIT")"; fi
}
left_running() {
  emit_result true '' outcome left-running "$NOTE"
  exit 0
}

# A kubelet answers healthz without its runtime, which a full disk stops as well; and none gets healthy without it.
runtime_is_down() { case $(unit_state containerd) in absent | active | activating | reloading) return 1 ;; esac; }
# Its restart reads from the shims what ended. Containers outlive it where the unit says so, as containerd's own does
# (containerd@v2.2.9 containerd.service).
runtime_is_stale() {
  grep --quiet ' unrecorded$' <<<"$DOWN" &&
    [[ $(timeout 10 systemctl show --property=KillMode containerd.service 2>/dev/null) == KillMode=process ]]
}
start_runtime() {
  local verb
  if runtime_is_down; then verb=start; elif runtime_is_stale; then verb=restart; else return 0; fi
  log "containerd: $verb"
  # A unit that failed too often refuses to start until its counter is reset.
  bounded systemctl reset-failed containerd.service || true
  bounded systemctl "$verb" containerd.service || log "containerd did not $verb$(because 120)"
}

# A container that ended a moment ago is started again by the kubelet itself.
wait_for() { # SECONDS: until nothing is wrong; at once where waiting does not help
  deadline_in "$1"
  while [[ -n $WHY ]] && ((SECONDS < DEADLINE)); do
    sleep 2
    look
  done
}

# The error with the kubelet's own words since the restart, for the on-call engineer.
not_healthy() {
  local first words
  if [[ $HEALTHZ == false ]]; then
    words=$(last_error kubelet 170 "@$BEGAN")
    fail "kubelet is not healthy $WAIT_SECONDS s after its restart${words:+: $words}" outcome restarted "$FOUND"
  fi
  first=$(head --lines=1 <<<"$DOWN" | cut --delimiter=' ' --fields=1,2)
  # shellcheck disable=SC2086 # two words
  words=$(why_down 150 $first)
  fail "${first%% *} is not running $WAIT_SECONDS s after the kubelet restart: $words" outcome restarted "$FOUND"
}

# A kubelet that starts where it cannot write deletes the records of running pods.
refuse_without_room() {
  require_measure ROOT
  if ((ROOT_AVAILABLE < NEEDED_BYTES)); then
    refuse "only $((ROOT_AVAILABLE / MIB)) MiB available on $MOUNT_POINT, a kubelet restart needs 64 MiB" outcome refused "$WHY"
  fi
  if ((ROOT_INODES > 0 && ROOT_INODES - ROOT_INODES_USED < NEEDED_INODES)); then
    refuse "only $((ROOT_INODES - ROOT_INODES_USED)) inodes free on $MOUNT_POINT, a kubelet restart needs $NEEDED_INODES" \
      outcome refused "$WHY"
  fi
}

HEALTHZ=false
if [[ $(unit_state kubelet) == absent ]]; then
  emit_result true '' outcome absent
  exit 0
fi
look
if [[ -z $WHY ]] && ! runtime_is_down; then left_running; fi
refuse_without_room
if [[ $DRY_RUN == true ]]; then
  emit_result true '' outcome would-restart "$WHY"
  exit 0
fi

deadline_in $((WAIT_SECONDS + 60))
start_runtime
look
if [[ $HEALTHZ == true ]]; then wait_for "$GRACE_SECONDS"; fi
if [[ -z $WHY ]]; then left_running; fi
refuse_without_room # the disk may have filled while it waited
FOUND=$WHY BEGAN=$(date +%s)
log "restarting kubelet: $FOUND"
deadline_in $((WAIT_SECONDS + 60))
bounded systemctl reset-failed kubelet.service || true
bounded systemctl restart kubelet.service ||
  fail "systemctl restart kubelet failed$(because 150)" outcome restarted "$FOUND"
look
wait_for "$WAIT_SECONDS"
[[ -z $WHY ]] || not_healthy
emit_result true '' outcome restarted "$FOUND"
