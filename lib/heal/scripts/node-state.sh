#!/usr/bin/env bash
# What several scripts ask of a Kubernetes node; sourced after common.sh, never run.

# node_role KUBELET_STATE: control-plane, worker or unknown.
node_role() {
  if [[ -e $PREFIX/etc/kubernetes/manifests/kube-apiserver.yaml ]]; then
    printf control-plane
  elif [[ $1 != absent || -e $PREFIX/var/lib/kubelet/config.yaml ]]; then
    printf worker
  else
    printf unknown
  fi
}

# The kubelet's own name for its node; only that one may it read.
node_name() {
  local subject certificate=$PREFIX/var/lib/kubelet/pki/kubelet-client-current.pem
  subject=$(timeout 5 openssl x509 -noout -subject -nameopt multiline -in "$certificate" 2>/dev/null |
    sed -n 's/^ *commonName *= system:node:\([a-z0-9.-]*\)$/\1/p') || subject=''
  if [[ -z $subject ]]; then subject=$(uname -n | tr '[:upper:]' '[:lower:]'); fi
  printf '%s' "$subject"
}
