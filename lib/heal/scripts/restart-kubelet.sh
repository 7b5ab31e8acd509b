#!/usr/bin/env bash
# Brings the kubelet and its runtime back after the disk was freed. A healthy kubelet is left alone.
# Refuses while root is nearly full: a kubelet that starts where it cannot write deletes the records of running pods.
#
# Usage: restart-kubelet.sh [--dry-run] [--help]
#   HEADROOM_WAIT_SECONDS  how long to wait for healthz after the restart, 1-900 (default 120)
#   HEADROOM_DRY_RUN       true: say what would be done (default false)
# Output: one JSON line, RestartKubeletResult of README.md.
# Exit: 0 ok, 1 not healthy in time, 2 bad setting, 3 refused.
set -o errexit -o nounset -o pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh" # headroom:include

begin restart-kubelet "$@"
setting WAIT_SECONDS 120 1 900

readonly NEEDED_BYTES=$((64 * MIB)) NEEDED_INODES=256

outcome() { printf '"action":"%s","healthz":%s' "$1" "$2"; }

# A kubelet answers healthz without its runtime, which a full disk stops as well; and none gets healthy without it.
runtime_is_down() { case $(unit_state containerd) in absent | active | activating | reloading) return 1 ;; esac; }
start_runtime() {
  runtime_is_down || return 0
  log 'starting containerd'
  # A unit that failed too often refuses to start until its counter is reset.
  bounded systemctl reset-failed containerd.service || true
  bounded systemctl start containerd.service || log 'containerd did not start'
}

# The error with the kubelet's own last words, for whoever is called.
not_healthy() {
  local words
  words=$(last_error kubelet)
  fail "kubelet is not healthy $WAIT_SECONDS s after its restart${words:+: ${words:0:160}}" "$(outcome restarted false)"
}

require_measure ROOT
if [[ $(unit_state kubelet) == absent ]]; then
  emit_result true '' "$(outcome absent false)"
  exit 0
fi
if kubelet_healthy && ! runtime_is_down; then
  emit_result true '' "$(outcome left-running true)"
  exit 0
fi
if ((ROOT_AVAILABLE < NEEDED_BYTES)); then
  refuse "only $((ROOT_AVAILABLE / MIB)) MiB available on $MOUNT_POINT, a kubelet restart needs 64 MiB" "$(outcome refused false)"
fi
if ((ROOT_INODES > 0 && ROOT_INODES - ROOT_INODES_USED < NEEDED_INODES)); then
  refuse "only $((ROOT_INODES - ROOT_INODES_USED)) inodes free on $MOUNT_POINT, a kubelet restart needs $NEEDED_INODES" \
    "$(outcome refused false)"
fi
if [[ $DRY_RUN == true ]]; then
  emit_result true '' "$(outcome would-restart false)"
  exit 0
fi

deadline_in $((WAIT_SECONDS + 60))
start_runtime
if kubelet_healthy; then
  emit_result true '' "$(outcome left-running true)"
  exit 0
fi
log 'restarting kubelet'
bounded systemctl reset-failed kubelet.service || true
bounded systemctl restart kubelet.service || fail 'systemctl restart kubelet failed' "$(outcome restarted false)"

deadline_in "$WAIT_SECONDS"
while ! kubelet_healthy; do
  ((SECONDS < DEADLINE)) || not_healthy
  sleep 1
done
emit_result true '' "$(outcome restarted true)"
