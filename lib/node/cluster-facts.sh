#!/usr/bin/env bash
# Reports what the cluster says about one node and its control plane, from this control-plane node. Read-only.
#
# Usage: cluster-facts.sh [--dry-run] [--help]
#   HEADROOM_INSTANCE_ID      the node to report on, by the EC2 instance in its providerID, or none (default none)
#   HEADROOM_TIMEOUT_SECONDS  for all requests together, 10-120 (default 60)
# Output: one JSON line, ClusterFactsResult. Exit: 0 ok, 1 the cluster does not answer, 2 bad setting.
set -o errexit -o nounset -o pipefail
# Beside this one in a document; in the repository it is another room's.
node_file() { cat "$(dirname "${BASH_SOURCE[0]}")/$1"; } # headroom:files
source "$(dirname "${BASH_SOURCE[0]}")/common.sh" # headroom:include
source "$(dirname "${BASH_SOURCE[0]}")/layout.sh" # headroom:include

begin cluster-facts "$@"
text_setting INSTANCE_ID none '^(none|i-[0-9a-f]{8}([0-9a-f]{9})?)$'
setting TIMEOUT_SECONDS 60 10 120

readonly COMPONENTS='etcd kube-apiserver kube-controller-manager kube-scheduler'

kube() { bounded kubectl --kubeconfig "$KUBECONFIG_FILE" --cache-dir /run/headroom-kubectl --request-timeout 15s "$@"; }
# rows ACTION...: what cluster-nodes.py finds in the JSON from standard input.
rows() { python3 -I -c "$(node_file cluster-nodes.py)" "$@"; }

has kubectl || fail 'kubectl is not installed'
has python3 || fail 'python3 is not installed; it is needed to parse the output of kubectl'
KUBECONFIG_FILE=$PREFIX$(admin_kubeconfig) ||
  fail 'no administrator kubeconfig: neither /etc/kubernetes/admin.conf (kubeadm) nor /var/lib/kubectl/kubeconfig (kops) exists'
deadline_in "$TIMEOUT_SECONDS"

readyz=$(kube get --raw /readyz 2>&1) || fail "the API server is not ready: $(cause_of 200 last <<<"$readyz")"
version=$(kube get --raw /version | sed -n 's/.*"gitVersion": *"v\([0-9.]*\)[^"]*".*/\1/p' | sed -n 1p) ||
  fail 'the API server does not report its version'
# What the last kubeadm upgrade of the cluster went to.
declared=$(kube --namespace kube-system get configmap kubeadm-config --output 'jsonpath={.data.ClusterConfiguration}' |
  sed -n 's/^kubernetesVersion: *v\([0-9.]*\).*/\1/p' | sed -n 1p) || declared=''
nodes=$(kube get nodes --output json | rows nodes "$INSTANCE_ID") || fail 'kubectl cannot list the nodes'
pods=$(kube get --namespace kube-system --selector tier=control-plane pods --output json | rows components) ||
  fail 'kubectl cannot list the pods of the control plane'

MEMBERS=() CONDITIONS=() CLAIMS=() NODE=null NODES=0
readonly SEPARATOR=$'\x1f'
# of_node NAME VERSION READY CORDONED CONTROL CLAIMS
of_node() {
  local component missing=''
  if [[ $5 == true ]]; then
    for component in $COMPONENTS; do
      if ! grep --quiet --fixed-strings --line-regexp "$1$SEPARATOR$component" <<<"$pods"; then missing+=" $component"; fi
    done
    MEMBERS+=("$1$SEPARATOR$2$SEPARATOR$3$SEPARATOR${missing# }")
  fi
  [[ $6 == true ]] || return 0
  CLAIMS+=("$1")
  NODE="{\"name\":$(json_string "$1" 64),\"version\":$(json_string "$2" 20),\"ready\":$3,\"cordoned\":$4,\"controlPlane\":$5}"
}
# of_condition TYPE STATUS REASON MESSAGE: one that is not as it should be.
of_condition() {
  case $1=${2:-} in
    Ready=True | *Pressure=False | NetworkUnavailable=False) ;;
    *) CONDITIONS+=("$1 is ${2:-}: ${3:-}: ${4:-}") ;;
  esac
}
while IFS=$SEPARATOR read -r -a fields; do
  case ${fields[0]} in
    count) NODES=${fields[1]} ;;
    node) of_node "${fields[@]:1}" ;;
    condition) of_condition "${fields[@]:1}" ;;
  esac
done <<<"$nodes"
((${#CLAIMS[@]} < 2)) || fail "more than one node claims to be $INSTANCE_ID: ${CLAIMS[*]}"
# Every member of the control plane is listed, whatever its texts have room for: an upgrade asks whether all are well.
members() {
  local list='' row name runs is_ready unwell
  for row in "${MEMBERS[@]}"; do
    IFS=$SEPARATOR read -r name runs is_ready unwell <<<"$row"
    list+=",{\"name\":$(json_string "$name" $((TEXT_LIMIT < 64 ? TEXT_LIMIT : 64))),\"version\":$(json_string "$runs" 20)"
    list+=",\"ready\":$is_ready"
    list+=",\"unwell\":$(json_string "$unwell" $((TEXT_LIMIT < 80 ? TEXT_LIMIT : 80)))}"
  done
  printf '"apiServerVersion":%s,"clusterVersion":%s,"nodes":%d,"node":%s,"members":[%s],"conditions":%s' \
    "$(json_string "$version" 20)" "$(json_string "$declared" 20)" "$NODES" "$NODE" "${list#,}" \
    "$(json_list 120 "${CONDITIONS[@]:0:4}")"
}
emit_result true '' members
