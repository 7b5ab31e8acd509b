#!/usr/bin/env bash
# What the cluster says of one node and of its control plane, from this control-plane node. Read-only.
#
# Usage: cluster-facts.sh [--dry-run] [--help]
#   HEADROOM_INSTANCE_ID      the node that is asked about, by the EC2 instance in its providerID, or none (default none)
#   HEADROOM_TIMEOUT_SECONDS  for all questions together, 10-120 (default 60)
# Output: one JSON line, ClusterFactsResult. Exit: 0 ok, 1 the cluster does not answer, 2 bad setting.
set -o errexit -o nounset -o pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../../heal/scripts/common.sh" # headroom:include
source "$(dirname "${BASH_SOURCE[0]}")/../../heal/scripts/layout.sh" # headroom:include

begin cluster-facts "$@"
text_setting INSTANCE_ID none '^(none|i-[0-9a-f]{8}([0-9a-f]{9})?)$'
setting TIMEOUT_SECONDS 60 10 120

readonly COMPONENTS='etcd kube-apiserver kube-controller-manager kube-scheduler'

kube() { bounded kubectl --kubeconfig "$KUBECONFIG_FILE" --cache-dir /run/headroom-kubectl --request-timeout 15s "$@"; }
# table FIELDS WHAT...: the items of a list, one a line.
table() {
  local fields=$1
  shift
  kube get "$@" --output "jsonpath={range .items[*]}${fields}{end}"
}
ready() { if [[ $1 == True ]]; then printf true; else printf false; fi; }

has kubectl || fail 'kubectl is not installed'
KUBECONFIG_FILE=$PREFIX$(admin_kubeconfig) ||
  fail "no administrator's kubeconfig here: neither /etc/kubernetes/admin.conf (kubeadm) nor /var/lib/kubectl/kubeconfig (kops) is there"
deadline_in "$TIMEOUT_SECONDS"

readyz=$(kube get --raw /readyz 2>&1) || fail "the API server is not ready: $(cause_of 200 last <<<"$readyz")"
version=$(kube get --raw /version | sed -n 's/.*"gitVersion": *"v\([0-9.]*\)[^"]*".*/\1/p' | head --lines=1) ||
  fail 'the API server tells no version'
# What the last kubeadm upgrade of the cluster went to.
declared=$(kube --namespace kube-system get configmap kubeadm-config --output 'jsonpath={.data.ClusterConfiguration}' |
  sed -n 's/^kubernetesVersion: *v\([0-9.]*\).*/\1/p' | head --lines=1) || declared=''
fields='{.metadata.name}{"|"}{.spec.providerID}{"|"}{.status.nodeInfo.kubeletVersion}{"|"}'
fields+='{.status.conditions[?(@.type=="Ready")].status}{"|"}{.spec.unschedulable}{"|"}{.metadata.labels}{"\n"}'
nodes=$(table "$fields" nodes) || fail 'kubectl cannot list the nodes'
pods=$(table '{.spec.nodeName}{"|"}{.metadata.labels.component}{"|"}{.status.conditions[?(@.type=="Ready")].status}{"\n"}' \
  --namespace kube-system --selector tier=control-plane pods) || fail 'kubectl cannot list the pods of the control plane'

MEMBERS=() NODE=null NODE_NAME='' NODES=0
while IFS='|' read -r name provider kubelet is_ready unschedulable labels; do
  [[ -n $name ]] || continue
  NODES=$((NODES + 1))
  control=false
  if [[ $labels == *'node-role.kubernetes.io/control-plane'* ]]; then control=true; fi
  if [[ $control == true ]]; then
    missing=''
    for component in $COMPONENTS; do
      if ! grep --quiet --fixed-strings --line-regexp "$name|$component|True" <<<"$pods"; then missing+=" $component"; fi
    done
    MEMBERS+=("$name|${kubelet#v}|$(ready "$is_ready")|${missing# }")
  fi
  if [[ $INSTANCE_ID != none && $provider == */"$INSTANCE_ID" ]]; then
    NODE_NAME=$name
    NODE="{\"name\":$(json_string "$name" 64),\"version\":$(json_string "${kubelet#v}" 20),\"ready\":$(ready "$is_ready")"
    NODE+=",\"cordoned\":${unschedulable:-false},\"controlPlane\":$control}"
  fi
done <<<"$nodes"

CONDITIONS=()
if [[ -n $NODE_NAME ]]; then
  while IFS='|' read -r type status reason message; do
    case $type=$status in
      '=' | Ready=True | *Pressure=False | NetworkUnavailable=False) ;;
      *) CONDITIONS+=("$type is $status: $reason: $message") ;;
    esac
  done < <(kube get node "$NODE_NAME" --output \
    'jsonpath={range .status.conditions[*]}{.type}{"|"}{.status}{"|"}{.reason}{"|"}{.message}{"\n"}{end}' || true) # told as none
fi
# Every member of the control plane is listed, whatever its texts have room for: an upgrade asks whether all are well.
members() {
  local list='' row name runs is_ready unwell
  for row in "${MEMBERS[@]}"; do
    IFS='|' read -r name runs is_ready unwell <<<"$row"
    list+=",{\"name\":$(json_string "$name" $((TEXT_LIMIT < 64 ? TEXT_LIMIT : 64))),\"version\":$(json_string "$runs" 20)"
    list+=",\"ready\":$is_ready"
    list+=",\"unwell\":$(json_string "$unwell" $((TEXT_LIMIT < 80 ? TEXT_LIMIT : 80)))}"
  done
  printf '"apiServerVersion":%s,"clusterVersion":%s,"nodes":%d,"node":%s,"members":[%s],"conditions":%s' \
    "$(json_string "$version" 20)" "$(json_string "$declared" 20)" "$NODES" "$NODE" "${list#,}" \
    "$(json_list 120 "${CONDITIONS[@]:0:4}")"
}
emit_result true '' members
