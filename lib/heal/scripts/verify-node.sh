#!/usr/bin/env bash
# Judges a node after healing: the disk inside the OS, the kubelet, and on a control plane the API server.
# Looks again until all is well or the wait is over.
#
# Usage: verify-node.sh [--dry-run] [--help]
#   HEADROOM_TARGET_PERCENT   what healing aims at, 1-99 (default 75); told in the detail, judged by the caller
#   HEADROOM_CEILING_PERCENT  used percent of disk and inodes must be below this, 1-100 (default 80)
#   HEADROOM_WAIT_SECONDS     how long to look, 0-900 (default 180)
#   HEADROOM_MOUNT_POINT      the filesystem to judge (default /)
# Output: one JSON line, VerifyResult of README.md. Exit: 0 all well, 1 not, 2 bad setting.
set -o errexit -o nounset -o pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh" # headroom:include

begin verify-node "$@"
setting TARGET_PERCENT 75 1 99
setting CEILING_PERCENT 80 1 100
setting WAIT_SECONDS 180 0 900
((TARGET_PERCENT <= CEILING_PERCENT)) ||
  bad_usage "HEADROOM_TARGET_PERCENT must not be above HEADROOM_CEILING_PERCENT, got $TARGET_PERCENT and $CEILING_PERCENT"

check() { # NAME OK DETAIL
  CHECKS+=",{\"name\":\"$1\",\"ok\":$2,\"detail\":$(json_string "$3" 100)}"
  if [[ $2 == false ]]; then FAILED+=", $1"; fi
}

check_below_ceiling() { # NAME PERMILLE
  local ok=false
  if (($2 < CEILING_PERCENT * 10)); then ok=true; fi
  check "$1" "$ok" "used $(decimal "$2") %, target $TARGET_PERCENT %, ceiling $CEILING_PERCENT %"
}

check_kubelet() {
  local state answer
  state=$(unit_state kubelet)
  if [[ $state == absent ]]; then
    check kubelet-healthz true 'no kubelet on this node'
    return
  fi
  answer=$(http_answer 10248 /healthz) || answer=''
  case $answer in
    '200 '*) check kubelet-healthz true "healthz ok, unit $state" ;;
    '') check kubelet-healthz false "no answer on port 10248, unit $state" ;;
    *) check kubelet-healthz false "answered $answer" ;;
  esac
}

check_api_server() {
  local scheme answer
  [[ -e $PREFIX/etc/kubernetes/manifests/kube-apiserver.yaml ]] || return 0
  for scheme in https http; do
    answer=$(http_answer 6443 /readyz "$scheme") || answer=''
    if [[ $answer == '200 '* ]]; then
      check api-server-readyz true "ready ($scheme)"
      return
    fi
    # A TLS server tells a plain-text caller 400: the first answer is the one that counts.
    if [[ -n $answer ]]; then break; fi
  done
  check api-server-readyz false "${answer:+answered }${answer:-no answer on port 6443}"
}

look() {
  CHECKS='' FAILED=''
  require_root ROOT
  check_below_ceiling disk-below-ceiling "$ROOT_PERMILLE"
  check_below_ceiling inodes-below-ceiling "$ROOT_INODES_PERMILLE"
  check_kubelet
  check_api_server
}

deadline_in "$WAIT_SECONDS"
look
while [[ -n $FAILED ]] && ((SECONDS < DEADLINE)); do
  log "not yet: ${FAILED#, }"
  sleep 3
  look
done
MEMBERS="\"root\":$(root_json ROOT),\"checks\":[${CHECKS#,}]"
if [[ -n $FAILED ]]; then fail "not well after $WAIT_SECONDS s: ${FAILED#, }" "$MEMBERS"; fi
emit_result true '' "$MEMBERS"
