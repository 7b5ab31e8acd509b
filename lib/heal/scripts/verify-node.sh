#!/usr/bin/env bash
# Judges a node after healing: the disk inside the OS, the guard and its ballast, the container runtime, the kubelet,
# what the cluster says of the node, and on a control plane the API server and the etcd member.
# Looks again until all is well or the wait is over.
#
# Usage: verify-node.sh [--dry-run] [--help]
#   HEADROOM_TARGET_PERCENT   what healing aims at, 1-99 (default 75); told in the detail, judged by the caller
#   HEADROOM_CEILING_PERCENT  used percent of disk and inodes must be below this, 1-100 (default 80)
#   HEADROOM_WAIT_SECONDS     how long to look, 0-900 (default 180)
#   HEADROOM_TRANSITION_SECONDS  for DiskPressure alone, which the kubelet takes back 5 min after its cause, 0-900 (default 400)
#   HEADROOM_MOUNT_POINT      the filesystem to judge (default /)
# Output: one JSON line, VerifyResult of README.md. Exit: 0 all well, 1 not, 2 bad setting.
set -o errexit -o nounset -o pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh" # headroom:include
source "$(dirname "${BASH_SOURCE[0]}")/storage.sh" # headroom:include
source "$(dirname "${BASH_SOURCE[0]}")/node-state.sh" # headroom:include

begin verify-node "$@"
setting TARGET_PERCENT 75 1 99
setting CEILING_PERCENT 80 1 100
setting WAIT_SECONDS 180 0 900
setting TRANSITION_SECONDS 400 0 900
((TARGET_PERCENT <= CEILING_PERCENT)) ||
  bad_usage "HEADROOM_TARGET_PERCENT must not be above HEADROOM_CEILING_PERCENT, got $TARGET_PERCENT and $CEILING_PERCENT"

check() { # NAME OK DETAIL
  CHECKS+=",{\"name\":\"$1\",\"ok\":$2,\"detail\":$(json_string "$3" 80)}"
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

# A kubelet answers healthz without it, and starts no pod.
check_runtime() {
  local state
  state=$(unit_state containerd)
  [[ $state != absent ]] || return 0
  check container-runtime "$(is "$state" active)" "containerd is $state"
}

check_node() {
  local config=$PREFIX/etc/kubernetes/kubelet.conf answer name condition ready='' pressure=''
  [[ $(unit_state kubelet) != absent ]] || return 0
  if [[ ! -r $config ]]; then
    check node-ready true 'not checked: no kubelet.conf'
    return
  fi
  has kubectl || { check node-ready true 'not checked: no kubectl' && return; }
  name=$(node_name)
  if ! answer=$(timeout 12 kubectl --kubeconfig="$config" --request-timeout=8s get node "$name" \
    --output=jsonpath='{range .status.conditions[*]}{.type}={.status} {end}' 2>&1); then
    check node-ready false "kubectl get node $name: ${answer##*$'\n'}"
    return
  fi
  for condition in $answer; do
    case $condition in
      Ready=*) ready=${condition#*=} ;;
      DiskPressure=*) pressure=${condition#*=} ;;
    esac
  done
  check node-ready "$(is "$ready" True)" "Ready is ${ready:-not told} ($name)"
  check disk-pressure-cleared "$(is "$pressure" False)" "DiskPressure is ${pressure:-not told}"
}

is() { if [[ $1 == "$2" ]]; then printf true; else printf false; fi; }

# kubeadm's etcd answers for itself, without TLS, where it serves its metrics: no client certificate needed.
check_etcd() {
  local answer
  [[ -e $PREFIX/etc/kubernetes/manifests/etcd.yaml ]] || return 0
  answer=$(http_answer 2381 /health) || answer=''
  case $answer in
    '200 '*'"health":"true"'* | '200 '*'"health": "true"'*) check etcd-health true 'member is healthy' ;;
    '') check etcd-health false 'no answer on port 2381' ;;
    *) check etcd-health false "answered $answer" ;;
  esac
}

# The next full disk needs it. The guard makes it within a tick of 30 s, by the same rule.
check_ballast() {
  local ballast=$PREFIX/var/lib/headroom/ballast wanted=$((ROOT_SIZE / 50)) state
  [[ -e $PREFIX/usr/local/lib/headroom/guard.sh ]] || return 0
  if ((wanted > 256 * MIB)); then wanted=$((256 * MIB)); fi
  # A timer that does not tick fails nothing: nobody else would notice.
  state=$(unit_state headroom-guard.timer)
  check guard-ticks "$(is "$state" active)" "headroom-guard.timer is $state"
  if [[ -s $ballast ]]; then
    check ballast-restored true "$(($(stat --format=%s -- "$ballast") / MIB)) MiB"
  elif ((ROOT_AVAILABLE <= 3 * wanted || ROOT_PERMILLE >= 800)); then
    check ballast-restored true "no room for it: $((ROOT_AVAILABLE / MIB)) MiB available"
  else
    check ballast-restored false 'not there yet: is headroom-guard.timer active?'
  fi
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
  check_ballast
  check_runtime
  check_node
  check_kubelet
  check_etcd
  check_api_server
}

go_on() {
  ((SECONDS < DEADLINE)) || { [[ $FAILED == ', disk-pressure-cleared' ]] && ((SECONDS < TRANSITION_END)); }
}

deadline_in "$WAIT_SECONDS"
TRANSITION_END=$((SECONDS + TRANSITION_SECONDS))
look
while [[ -n $FAILED ]] && go_on; do
  log "not yet: ${FAILED#, }"
  sleep 3
  look
done
MEMBERS="\"root\":$(root_json ROOT),\"checks\":[${CHECKS#,}]"
if [[ -n $FAILED ]]; then fail "not well after $WAIT_SECONDS s: ${FAILED#, }" "$MEMBERS"; fi
emit_result true '' "$MEMBERS"
