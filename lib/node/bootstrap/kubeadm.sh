# shellcheck shell=bash
# Initialises the cluster or joins it, and applies the operator's manifests once.
readonly STARTED=$STATE/kubeadm-started ETCD=/var/lib/etcd/member

# render FILE: kubeadm's configuration with this node's names and the join's secrets, for root, in memory.
render() {
  local text name
  text=$(<"$HERE/$1")
  for name in API_ENDPOINT NODE_NAME NODE_IP PROVIDER_ID TOKEN CA_CERT_HASH CERTIFICATE_KEY; do
    text=${text//@@$name@@/${fill[$name]:-}}
  done
  (umask 077 && printf '%s\n' "$text" >"$RUN/kubeadm.yaml")
}

# Whether this node is to initialise: node 1, when no cluster answers and none was ever initialised at this endpoint.
is_first() {
  local index cluster
  index=$(retry imds tags/instance/headroom:index) || exit 1
  [[ $index == 1 ]] || return 1
  if curl --insecure --silent --output "$RUN/livez" --max-time 10 "https://$HEADROOM_API_ENDPOINT:6443/livez"; then return 1; fi
  cluster=$(parameter cluster) || [[ $? -eq 4 ]] || exit 1
  [[ $(field endpoint "$cluster") == "$HEADROOM_API_ENDPOINT" ]] || return 0
  echo "a cluster was initialised at $HEADROOM_API_ENDPOINT by $(field initialisedBy "$cluster") and does not answer: waiting to join it." \
    "If it is lost for good, set the parameter $HEADROOM_JOIN_PARAMETERS/cluster to {}" >&2
  return 1
}

# Undoes a half-way init or join, never a cluster that may be in use.
undo_halfway() {
  local others
  if [[ -e $STARTED ]]; then
    if [[ $(<"$STARTED") == init && -e $ETCD ]]; then
      others=$(kube get namespaces,nodes --output=name 2>/dev/null |
        grep --invert-match --line-regexp --extended-regexp "namespace/(default|kube-.*)|node/$node") || true # none, or no answer
      if [[ -n $others || $(($(date +%s) - $(stat --format=%Y "$STARTED"))) -gt 3600 ]]; then
        echo "an unfinished init left etcd's data in /var/lib/etcd, and it may be in use: finish it and remove $STARTED, or run kubeadm reset" >&2
        exit 1
      fi
    fi
    kubeadm reset --force
    if [[ $(<"$STARTED") == init ]]; then rm --recursive --force "$ETCD"; fi
    rm --force "$STARTED"
  fi
  if [[ -e $ETCD ]]; then
    echo 'etcd has data of another cluster in /var/lib/etcd: move it away, or restore that cluster' >&2
    exit 1
  fi
}

initialise() {
  fill[TOKEN]=$(kubeadm token generate)
  fill[CERTIFICATE_KEY]=$(od --address-radix=n --format=x1 --read-bytes=32 /dev/urandom | tr --delete ' \n')
  render kubeadm-init.yaml
  echo init >"$STARTED"
  kubeadm init --config "$RUN/kubeadm.yaml" --skip-token-print --skip-certificate-key-print
  touch "$STATE/initialiser"
}

join_cluster() {
  local secrets
  secrets=$(await worker token)
  fill[TOKEN]=$(field token "$secrets")
  fill[CA_CERT_HASH]=$(field caCertHash "$secrets")
  if is_control_plane; then
    secrets=$(await control-plane certificateKey)
    fill[CERTIFICATE_KEY]=$(field certificateKey "$secrets")
  fi
  render "kubeadm-join-$HEADROOM_ROLE.yaml"
  echo join >"$STARTED"
  kubeadm join --config "$RUN/kubeadm.yaml"
}

form() {
  undo_halfway
  if is_control_plane && is_first; then initialise; else join_cluster; fi
  rm --force "$RUN/kubeadm.yaml" "$STARTED"
}

# What this group's kubelet has of its own: kubeadm merges it into what the cluster has for all, now and at every upgrade.
kubelet_patch() { install -D --mode 0644 "$HERE/kubeletconfiguration.yaml" /etc/headroom/patches/kubeletconfiguration.yaml; }

# Three times: a member that joins while another one does is refused by etcd, and a fresh API server may be slow.
cluster() {
  local node attempt status deadline=$((SECONDS + ${HEADROOM_JOIN_WAIT_SECONDS:-1500}))
  local -A fill=()
  node=$(retry imds instance-id)
  kubelet_patch
  fill[API_ENDPOINT]=$HEADROOM_API_ENDPOINT
  fill[NODE_NAME]=$node # no other node has, or had, that name
  fill[NODE_IP]=$(retry imds local-ipv4)
  fill[PROVIDER_ID]="aws:///$(retry imds placement/availability-zone)/$node"
  for attempt in 1 2 3; do
    try form
    if [[ $status -eq 0 ]]; then return 0; fi
    if [[ $attempt -lt 3 ]]; then sleep "$((attempt * ${HEADROOM_RETRY_SECONDS:-30}))"; fi
  done
  return 1
}

# apply NAME SOURCE. The cluster remembers what was applied: afterwards it is the operator's.
apply() {
  local file=$RUN/$1.yaml
  if [[ -z $2 ]] || kube --namespace kube-system get configmap "headroom-$1" >/dev/null 2>&1; then return 0; fi
  case $2 in
    s3://*) retry aws s3 cp --region "$HEADROOM_REGION" --only-show-errors "$2" "$file" ;;
    *)
      # It is applied with every right: these bytes and no others.
      fetch "$file" "${2%#*}"
      sha256sum --check --quiet <<<"${2##*=}  $file"
      ;;
  esac
  retry kube apply --server-side --filename "$file"
  kube --namespace kube-system create configmap "headroom-$1" --from-literal=source="$2"
}

manifests() {
  [[ -e $STATE/initialiser ]] || return 0
  apply cni "${HEADROOM_CNI_MANIFEST:-}"
  apply metrics-server "${HEADROOM_METRICS_SERVER_MANIFEST:-}"
}

# The kubelet's own kubeconfig may read its Node and the pods on it.
own() { kubectl --kubeconfig=/etc/kubernetes/kubelet.conf --cache-dir=/run/headroom-kubectl --request-timeout=10s get "$@" 2>&1; }

# A node is not Ready before its pod network is.
ready() {
  local node answer seconds=$HEADROOM_READY_SECONDS
  if [[ $seconds == 0 ]]; then
    echo 'cluster.cniManifest is none: the node has joined, but is NotReady until a pod network is applied'
    return 0
  fi
  node=$(retry imds instance-id)
  ((seconds += SECONDS))
  until answer=$(own node "$node" --output='jsonpath={range .status.conditions[?(@.type=="Ready")]}{.status} {.message}{end}') && [[ $answer == 'True '* ]]; do
    if ((SECONDS >= seconds)); then
      own pods --all-namespaces --field-selector="spec.nodeName=$node" || true # the reason below counts
      echo "the node is not Ready: ${answer:0:400}" >&2
      return 1
    fi
    sleep "${HEADROOM_POLL_SECONDS:-10}"
  done
}
