#!/usr/bin/env bash
# Cordons and drains another node, or uncordons it, from this control-plane node. For a node that is about to be
# rebooted and runs no command itself. Best effort: without kubectl or without such a node it skips, and says so.
#
# Usage: cordon-drain-node.sh [--dry-run] [--help]
#   HEADROOM_ACTION           drain or uncordon (default drain)
#   HEADROOM_NODE_ADDRESS     the node's InternalIP, or none, which skips (default none)
#   HEADROOM_TIMEOUT_SECONDS  how long the drain may take, 10-300 (default 120)
#   HEADROOM_DRY_RUN          true: say which node it would be (default false)
# Output: one JSON line, CordonDrainResult of README.md.
# Exit: 0 ok or skipped, 1 kubectl failed, 2 bad setting.
set -o errexit -o nounset -o pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh" # headroom:include

begin cordon-drain-node "$@"
text_setting ACTION drain '^(drain|uncordon)$'
text_setting NODE_ADDRESS none '^(none|[0-9]{1,3}(\.[0-9]{1,3}){3})$'
setting TIMEOUT_SECONDS 120 10 300

readonly KUBECONFIG_FILE="$PREFIX/etc/kubernetes/admin.conf"
NODE=''

outcome() { printf '"action":"%s","node":%s%s' "$1" "$(json_string "$NODE" 80)" "${2:+,\"why\":$(json_string "$2")}"; }
skip() {
  log "skipped: $1"
  emit_result true '' "$(outcome skipped "$1")"
  exit 0
}
# Its cache would go to the root filesystem.
kube() { bounded kubectl --kubeconfig "$KUBECONFIG_FILE" --cache-dir /run/headroom-kubectl --request-timeout 20s "$@"; }

if [[ $NODE_ADDRESS == none ]]; then skip 'no address was given'; fi
if ! has kubectl; then skip 'kubectl is not installed'; fi
if [[ ! -r $KUBECONFIG_FILE ]]; then skip "$KUBECONFIG_FILE is not there"; fi

deadline_in $((TIMEOUT_SECONDS + 60))
nodes=$(kube get nodes --output \
  'jsonpath={range .items[*]}{.metadata.name}{" "}{.status.addresses[?(@.type=="InternalIP")].address}{"\n"}{end}') ||
  fail 'kubectl cannot list the nodes' "$(outcome failed)"
NODE=$(awk -v address="$NODE_ADDRESS" '{ for (i = 2; i <= NF; i++) if ($i == address) print $1 }' <<<"$nodes" | head --lines=1)
if [[ -z $NODE ]]; then skip "the cluster has no node $NODE_ADDRESS"; fi
if [[ $DRY_RUN == true ]]; then
  emit_result true '' "$(outcome "would-$ACTION")"
  exit 0
fi

if [[ $ACTION == uncordon ]]; then
  kube uncordon "$NODE" || fail "kubectl cannot uncordon $NODE" "$(outcome failed)"
  emit_result true '' "$(outcome uncordoned)"
  exit 0
fi
kube cordon "$NODE" || fail "kubectl cannot cordon $NODE" "$(outcome failed)"
# A kubelet that is stuck confirms no deletion: the API's grace period ends, the pod stays. The time limit is what ends it.
kube drain "$NODE" --ignore-daemonsets --delete-emptydir-data --force --grace-period 30 \
  --timeout "${TIMEOUT_SECONDS}s" || fail "$NODE is cordoned, but was not drained in $TIMEOUT_SECONDS s" "$(outcome cordoned)"
emit_result true '' "$(outcome drained)"
