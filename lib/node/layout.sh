#!/usr/bin/env bash
# Where a node has its files, in the three layouts that are known; sourced after common.sh, never run.
#   kubeadm  /etc/kubernetes/{kubelet,admin}.conf, /var/lib/kubelet/config.yaml, manifests/NAME.yaml
#   kops     /var/lib/kubelet/kubeconfig and kubelet.conf (the configuration), /var/lib/kubectl/kubeconfig (administrator, control
#            planes), manifests/NAME.manifest, etcd-main.manifest of etcd-manager, whose client port is 4001
#            (kubernetes/kops nodeup/pkg/model/{kubelet,kubectl,kube_apiserver,manifests}.go)
#   eks      /var/lib/kubelet/kubeconfig; /etc/kubernetes/kubelet/config.json, kubelet-config.json before AL2023; no control plane
#            (awslabs/amazon-eks-ami nodeadm/internal/kubelet/{kubeconfig,config}.go, templates/al2)

# first_of PATH...: prints the first that is there, without PREFIX; fails where none is.
first_of() {
  local path
  for path in "$@"; do
    if [[ -e $PREFIX$path ]]; then printf '%s' "$path" && return; fi
  done
  return 1
}

kubelet_kubeconfig() { first_of /etc/kubernetes/kubelet.conf /var/lib/kubelet/kubeconfig; }
kubelet_configuration() {
  local eks=/etc/kubernetes/kubelet
  first_of /var/lib/kubelet/config.yaml $eks/config.json $eks/kubelet-config.json /var/lib/kubelet/kubelet.conf
}
admin_kubeconfig() { first_of /etc/kubernetes/admin.conf /var/lib/kubectl/kubeconfig; }

# manifest_of NAME: the manifest of a static pod of the control plane, e.g. etcd; fails where there is none.
manifest_of() {
  local directory=/etc/kubernetes/manifests
  first_of "$directory/$1.yaml" "$directory/$1.manifest" "$directory/$1-main.manifest"
}

# node_layout: kubeadm, kops, eks, or unknown.
node_layout() {
  if first_of /etc/kubernetes/manifests/kube-apiserver.manifest /var/lib/kubelet/kubelet.conf /opt/kops >/dev/null; then
    printf kops
  elif first_of /etc/kubernetes/kubelet/config.json /etc/kubernetes/kubelet/kubelet-config.json /etc/eks >/dev/null; then
    printf eks
  elif first_of /etc/kubernetes/kubelet.conf /var/lib/kubelet/config.yaml >/dev/null; then
    printf kubeadm
  else
    printf unknown
  fi
}

# unsupported_system: prints what this system is where Headroom cannot work on it; fails elsewhere. On Bottlerocket, which EKS Auto
# Mode runs too, commands run in a container beside the host, whose disk they do not see
# (bottlerocket-os/bottlerocket-control-container: os-release of its own, apiclient and the API's socket from the host).
unsupported_system() {
  if grep --quiet --no-messages '^ID="\{0,1\}bottlerocket' "$PREFIX/etc/os-release" ||
    { [[ -S $PREFIX/run/api.sock ]] && has apiclient; }; then
    printf "Bottlerocket: commands run in a container that does not see the host's disk; replace the node with a larger volume instead"
  else
    return 1
  fi
}

# etcd_answer: `STATUS BODY` of this node's member; empty when it does not answer or cannot be asked.
etcd_answer() {
  local pki
  if [[ $(manifest_of etcd) != *-main.manifest ]]; then
    # kubeadm's serves its health with its metrics, without TLS: no client certificate needed.
    http_answer 2381 /health
    return
  fi
  pki=$(first_of /etc/kubernetes/pki/kube-apiserver /srv/kubernetes/kube-apiserver) || return 0
  has curl || return 0
  timeout 8 curl --silent --insecure --max-time 6 --noproxy '*' --cert "$PREFIX$pki/etcd-client.crt" --key "$PREFIX$pki/etcd-client.key" \
    --write-out '\n%{http_code}' https://127.0.0.1:4001/health 2>/dev/null |
    awk '{ text = text last " "; last = $0 } END { if (last + 0) print last, text }'
}

# api_server_flag NAME: the value of a flag in the API server's manifest, or nothing, also where that cannot be read.
api_server_flag() {
  local manifest
  manifest=$(manifest_of kube-apiserver) || return 0
  sed -n "s|^\(.*[^A-Za-z0-9-]\)\{0,1\}--$1=\([A-Za-z0-9/._-]*\).*|\2|p" "$PREFIX$manifest" 2>/dev/null |
    sed -n 1p
}
api_server_port() { # 6443 is its own default
  local port
  port=$(api_server_flag secure-port)
  printf '%s' "${port:-6443}"
}

# api_server_answer: `STATUS BODY` of this node's /readyz; empty when nothing answers. Port and identity are those of its own flags:
# kops has other ones than kubeadm, and may forbid anonymous requests (kubernetes/kops nodeup/pkg/model/kube_apiserver.go).
api_server_answer() {
  local scheme answer='' identity
  identity=$(api_server_flag kubelet-client-certificate)
  for scheme in https http; do
    answer=$(http_answer "$(api_server_port)" /readyz "$scheme" "${identity:+$PREFIX${identity%.crt}}") || answer=''
    # A TLS server tells a plain-text caller 400: the first answer is the one that counts.
    if [[ -n $answer ]]; then break; fi
  done
  printf '%s' "$answer"
}
