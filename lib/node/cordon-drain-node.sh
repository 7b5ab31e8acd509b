#!/usr/bin/env bash
# Acts on another node's object in the cluster, from this control-plane node: cordons and drains it, uncordons it, waits
# until it is Ready, or deletes it. Best effort unless HEADROOM_STRICT: without kubectl or such a node it skips with a reason.
# Where more than one node claims to be the instance it does nothing and fails: a compromised node may claim anything.
#
# Usage: cordon-drain-node.sh [--dry-run] [--help]
#   HEADROOM_ACTION           drain, uncordon, await (until Ready) or delete (default drain)
#   HEADROOM_INSTANCE_ID      the EC2 instance, which the node names in its providerID, or none (default none)
#   HEADROOM_NODE_ADDRESS     the node's InternalIP, for nodes whose providerID names no EC2 instance, or none (default none)
#   HEADROOM_TIMEOUT_SECONDS  limit of the drain or the wait, 10-1800 (default 120); a pod whose grace period is longer
#                             is cut off, and the output says so
#   HEADROOM_FORCE            true: also deletes pods without a controller, which do not come back elsewhere (default true)
#   HEADROOM_STRICT           true: fails where it would skip (default false)
#   HEADROOM_KUBELET_VERSION  await also this version, e.g. 1.36.3, or any (default any)
#   HEADROOM_DRY_RUN          true: only report which node it would be (default false)
# Output: one JSON line, CordonDrainResult of README.md.
# Exit: 0 ok or skipped, 1 failed, 2 bad setting.
set -o errexit -o nounset -o pipefail
node_file() { cat "$(dirname "${BASH_SOURCE[0]}")/$1"; } # headroom:files
source "$(dirname "${BASH_SOURCE[0]}")/common.sh" # headroom:include
source "$(dirname "${BASH_SOURCE[0]}")/layout.sh" # headroom:include

begin cordon-drain-node "$@"
text_setting ACTION drain '^(drain|uncordon|await|delete)$'
text_setting INSTANCE_ID none '^(none|i-[0-9a-f]{8}([0-9a-f]{9})?)$'
text_setting NODE_ADDRESS none '^(none|[0-9]{1,3}(\.[0-9]{1,3}){3})$'
setting TIMEOUT_SECONDS 120 10 1800
text_setting FORCE true '^(true|false)$'
text_setting STRICT false '^(true|false)$'
text_setting KUBELET_VERSION any '^(any|1\.[0-9]{1,3}\.[0-9]{1,3})$'

NODE='' BLOCKING=()

outcome() {
  printf '"action":"%s","node":%s' "$1" "$(json_string "$NODE" 80)"
  if [[ -n ${2:-} ]]; then printf ',"why":%s' "$(json_string "$2")"; fi
  if ((${#BLOCKING[@]} > 0)); then printf ',"blocking":%s' "$(json_list 110 "${BLOCKING[@]:0:8}")"; fi
}
skip() {
  if [[ $STRICT == true ]]; then fail "$1" outcome failed; fi
  log "skipped: $1"
  emit_result true '' "$(outcome skipped "$1")"
  exit 0
}
# Its cache would go to the root filesystem.
kube() { bounded kubectl --kubeconfig "$KUBECONFIG_FILE" --cache-dir /run/headroom-kubectl --request-timeout 20s "$@"; }

# Sets NODE, '' where no node claims to be it. The address alone may be another instance's by now: a node that names another one in
# its providerID is not it.
find_node() {
  local claims
  claims=$(kube get nodes --output json | python3 -I -c "$(node_file cluster-nodes.py)" claims "$INSTANCE_ID" "$NODE_ADDRESS") || return 1
  NODE=$claims
  [[ $claims == *$'\n'* ]] || return 0
  NODE=''
  fail "more than one node claims to be ${INSTANCE_ID/#none/$NODE_ADDRESS}, so nothing was done: ${claims//$'\n'/, }" outcome failed
}

# own_grace NAMESPACE POD: `; its grace period is 600 s`, or nothing where the API server does not say.
own_grace() {
  local seconds
  seconds=$(kube --namespace "$1" get pod "$2" --output 'jsonpath={.metadata.deletionGracePeriodSeconds}') || return 0
  if is_number "$seconds"; then printf '; its grace period is %s s' "$seconds"; fi
}

# blockers DRAIN_OUTPUT: fills BLOCKING with the pods that stay, why, and the budgets that allow no disruption.
blockers() {
  local space name healthy wanted namespaces fields index
  mapfile -t BLOCKING < <(sed --regexp-extended --quiet \
    -e 's/.*evicting pods?\/"([^"]+)" -n "([^"]+)".*disruption budget.*/\2\/\1: its PodDisruptionBudget allows no eviction/p' \
    -e 's/.*waiting for pod "([^"]+)" in namespace "([^"]+)" to terminate.*/\2\/\1: still terminating/p' \
    -e 's/.*(cannot delete [^:(]*)[^:]*: ([^],]+).*/\2: \1/p' <<<"$1" | sort --unique)
  ((${#BLOCKING[@]} > 0)) || return 0
  for index in "${!BLOCKING[@]}"; do
    [[ ${BLOCKING[index]} == *': still terminating' ]] || continue
    name=${BLOCKING[index]%: still terminating}
    BLOCKING[index]+=$(own_grace "${name%%/*}" "${name#*/}")
  done
  fields='{.metadata.namespace}{"|"}{.metadata.name}{"|"}{.status.currentHealthy}{"|"}{.status.desiredHealthy}{"\n"}'
  namespaces=" $(printf '%s\n' "${BLOCKING[@]}" | cut --delimiter=/ --fields=1 | sort --unique | tr '\n' ' ')"
  while IFS='|' read -r space name healthy wanted; do
    [[ $namespaces == *" $space "* ]] || continue
    BLOCKING+=("PodDisruptionBudget $space/$name: $healthy healthy, requires $wanted")
    # The pods are named already; without the budgets the list is shorter, no less true.
  done < <(kube get poddisruptionbudgets --all-namespaces --output \
    "jsonpath={range .items[?(@.status.disruptionsAllowed==0)]}${fields}{end}" || true)
}

drain() {
  local said options=()
  if [[ $FORCE == true ]]; then options=(--force); fi
  kube cordon "$NODE" || fail "kubectl cannot cordon $NODE" outcome failed
  # Each pod gets its own grace period: --grace-period would override it for all of them (kubectl reference, `kubectl drain`).
  # A kubelet that is stuck confirms no deletion: the grace period ends, the pod stays. The time limit is what ends it.
  if said=$(kube drain "$NODE" --ignore-daemonsets --delete-emptydir-data "${options[@]}" \
    --timeout "${TIMEOUT_SECONDS}s" 2>&1); then
    log "$said"
    emit_result true '' "$(outcome drained)"
    return
  fi
  log "$said"
  deadline_in 30
  blockers "$said"
  fail "$NODE is cordoned, but was not drained in $TIMEOUT_SECONDS s${BLOCKING[0]:+: ${BLOCKING[0]}}" outcome cordoned
}

await_ready() {
  local ready='' version='' until=$((SECONDS + TIMEOUT_SECONDS))
  while :; do
    if [[ -z $NODE ]]; then find_node || NODE=''; fi
    if [[ -n $NODE ]]; then
      read -r version ready < <(kube get node "$NODE" --output \
        'jsonpath={.status.nodeInfo.kubeletVersion}{" "}{.status.conditions[?(@.type=="Ready")].status}{"\n"}') || ready=''
    fi
    if [[ $ready == True && ($KUBELET_VERSION == any || $version == "v$KUBELET_VERSION") ]]; then
      emit_result true '' "$(outcome ready)"
      return
    fi
    ((SECONDS < until)) || break
    sleep 5
  done
  [[ -n $NODE ]] || fail "the cluster has no node for $INSTANCE_ID after $TIMEOUT_SECONDS s" outcome failed
  fail "$NODE: after $TIMEOUT_SECONDS s Ready is ${ready:-unknown}, kubelet ${version:-unknown}" outcome failed
}

if [[ $INSTANCE_ID == none && $NODE_ADDRESS == none ]]; then skip 'neither an instance ID nor an address was given'; fi
if ! has kubectl; then skip 'kubectl is not installed'; fi
if ! has python3; then skip 'python3 is not installed; it is needed to parse the output of kubectl'; fi
KUBECONFIG_FILE=$PREFIX$(admin_kubeconfig) ||
  skip 'no administrator kubeconfig: neither /etc/kubernetes/admin.conf (kubeadm) nor /var/lib/kubectl/kubeconfig (kops) exists'

deadline_in $((TIMEOUT_SECONDS + 60))
find_node || fail 'kubectl cannot list the nodes' outcome failed
if [[ -z $NODE && $ACTION != await ]]; then
  if [[ $INSTANCE_ID == none ]]; then skip "the cluster has no node $NODE_ADDRESS"; fi
  skip "the cluster has no node for $INSTANCE_ID"
fi
if [[ $DRY_RUN == true ]]; then
  emit_result true '' "$(outcome "would-$ACTION")"
  exit 0
fi

case $ACTION in
  uncordon)
    kube uncordon "$NODE" || fail "kubectl cannot uncordon $NODE" outcome failed
    emit_result true '' "$(outcome uncordoned)"
    ;;
  delete)
    kube delete node "$NODE" --ignore-not-found --wait=false || fail "kubectl cannot delete $NODE" outcome failed
    emit_result true '' "$(outcome deleted)"
    ;;
  await) await_ready ;;
  drain) drain ;;
esac
