#!/usr/bin/env bash
# Verifies a node after healing: the disk inside the OS, the guard and its ballast, the container runtime, the kubelet,
# what the cluster says of the node, and on a control plane the API server and the etcd member.
# Checks again until all is healthy or the wait is over.
#
# Usage: verify-node.sh [--dry-run] [--help]
#   HEADROOM_TARGET_PERCENT   the healing's target, 1-99 (default 75); reported in the detail, judged by the caller
#   HEADROOM_CEILING_PERCENT  used percent of disk and inodes must be below this, 1-100 (default 80)
#   HEADROOM_WAIT_SECONDS     how long to check, 0-900 (default 180)
#   HEADROOM_TRANSITION_SECONDS  for what resolves by itself, 0-900 (default 400): DiskPressure, which the kubelet takes back 5 min after
#                             its cause, and an etcd or API server that runs and is not ready yet
#   HEADROOM_MOUNT_POINT      the filesystem to verify (default /)
# Output: one JSON line, VerifyResult of README.md. Exit: 0 healthy, 1 unhealthy, 2 bad setting.
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
  CHECKS+=("$1 $2 $3")
  if [[ $2 == false ]]; then FAILED+=", $1"; fi
}

# Failures are reported in full, passes with the room that is left.
members() {
  local row name ok detail limit list=''
  for row in "${CHECKS[@]}"; do
    read -r name ok detail <<<"$row"
    limit=$((TEXT_LIMIT < 80 ? TEXT_LIMIT : 80))
    if [[ $ok == true && $TEXT_LIMIT -lt 60 ]]; then detail=''; fi
    if [[ $ok == true && $ROWS -lt 2 ]]; then continue; fi
    list+=",{\"name\":\"$name\",\"ok\":$ok,\"detail\":$(json_string "$(brief "$limit" "$detail")" "$limit")}"
  done
  printf '"root":%s,"checks":[%s]' "$(root_json ROOT)" "${list#,}"
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
  local config answer name condition ready='' pressure=''
  [[ $(unit_state kubelet) != absent ]] || return 0
  config=$(kubelet_kubeconfig) || { check node-ready true 'not checked: no kubeconfig of the kubelet' && return; }
  has kubectl || { check node-ready true 'not checked: no kubectl' && return; }
  name=$(node_name)
  # Without a directory for its cache and without HOME it writes to the working directory, which is /usr/bin under the agent.
  if ! answer=$(timeout 12 kubectl --kubeconfig="$PREFIX$config" --cache-dir=/run/headroom-kubectl --request-timeout=8s get node "$name" \
    --output=jsonpath='{range .status.conditions[*]}{.type}={.status} {end}' 2>&1); then
    check node-ready false "$(brief 80 "kubectl get node $name: $(cause_of 80 last <<<"$answer")")"
    return
  fi
  for condition in $answer; do
    case $condition in
      Ready=*) ready=${condition#*=} ;;
      DiskPressure=*) pressure=${condition#*=} ;;
    esac
  done
  check node-ready "$(is "$ready" True)" "Ready is ${ready:-unknown} ($name)"
  check disk-pressure-cleared "$(is "$pressure" False)" "DiskPressure is ${pressure:-unknown}"
}

is() { if [[ $1 == "$2" ]]; then printf true; else printf false; fi; }

check_etcd() {
  local answer
  manifest_of etcd >/dev/null || return 0
  answer=$(etcd_answer) || answer=''
  case $answer in
    '200 '*'"health":"true"'* | '200 '*'"health": "true"'*) check etcd-health true 'member is healthy' ;;
    *NOSPACE*) check etcd-health false 'alarm NOSPACE, its quota is reached: compact, defrag, alarm disarm' ;;
    '') check etcd-health false 'no answer' ;;
    *) check etcd-health false "answered $answer" ;;
  esac
}

# The next full disk needs it. The guard makes it within a tick of 30 s, by the same rule.
check_ballast() {
  local ballast=$PREFIX/var/lib/headroom/ballast wanted=$((ROOT_SIZE / 50)) state
  [[ -e $PREFIX/usr/local/lib/headroom/guard.sh ]] || return 0
  if ((wanted > 256 * MIB)); then wanted=$((256 * MIB)); fi
  # A timer that does not tick fails nothing: nothing else would notice.
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
  local answer
  manifest_of kube-apiserver >/dev/null || return 0
  answer=$(api_server_answer)
  case $answer in
    '200 '*) check api-server-readyz true 'ready' ;;
    '') check api-server-readyz false "no answer on port $(api_server_port)" ;;
    *) check api-server-readyz false "answered $answer" ;;
  esac
}

# Controller manager and scheduler answer no request from here; what their manifests want must run.
check_static_pods() {
  local down
  [[ -n $(static_containers) ]] || return 0
  if ! down=$(static_pods_down); then
    check static-pods true 'not checked: crictl does not answer'
  elif [[ -z $down ]]; then
    check static-pods true 'all run'
  else
    # shellcheck disable=SC2046 # two words
    check static-pods false "${down%% *} is not running: $(why_down 80 $(head --lines=1 <<<"$down" | cut --delimiter=' ' --fields=1,2))"
  fi
}

look() {
  CHECKS=() FAILED=''
  require_root ROOT
  check_below_ceiling disk-below-ceiling "$ROOT_PERMILLE"
  check_below_ceiling inodes-below-ceiling "$ROOT_INODES_PERMILLE"
  check_ballast
  check_runtime
  check_node
  check_kubelet
  check_static_pods
  check_etcd
  check_api_server
}

# Whether all that fails comes by itself. Etcd and the API server count while their containers run; the node's
# conditions are the API server's to tell.
is_coming() {
  local name rest=" ${FAILED#, } "
  rest=${rest//, / }
  rest=${rest/ disk-pressure-cleared / }
  if [[ $rest == *' etcd-health '* || $rest == *' api-server-readyz '* ]] && [[ " ${CHECKS[*]} " == *' static-pods true all run '* ]]; then
    for name in etcd-health api-server-readyz node-ready; do rest=${rest/ $name / }; done
  fi
  [[ -z ${rest// /} ]]
}
go_on() {
  ((SECONDS >= DEADLINE)) || return 0
  is_coming || return 1
  WAITED=$TRANSITION_SECONDS
  ((SECONDS < TRANSITION_END))
}

deadline_in "$WAIT_SECONDS"
TRANSITION_END=$((SECONDS + TRANSITION_SECONDS))
look
SAID='' WAITED=$WAIT_SECONDS
while [[ -n $FAILED ]] && go_on; do
  if [[ $FAILED != "$SAID" ]]; then log "not yet: ${FAILED#, }"; fi
  SAID=$FAILED
  sleep 3
  look
done
if [[ -n $FAILED ]]; then fail "not healthy after $WAITED s: ${FAILED#, }" members; fi
emit_result true '' members
