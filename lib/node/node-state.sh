#!/usr/bin/env bash
# What several scripts ask of a Kubernetes node; sourced after common.sh, never run.
source "$(dirname "${BASH_SOURCE[0]}")/layout.sh" # headroom:include
source "$(dirname "${BASH_SOURCE[0]}")/container-runtime.sh" # headroom:include

# node_role KUBELET_STATE: control-plane, worker or unknown.
node_role() {
  if manifest_of kube-apiserver >/dev/null; then
    printf control-plane
  elif [[ $1 != absent ]] || kubelet_configuration >/dev/null; then
    printf worker
  else
    printf unknown
  fi
}

# What the kubelet that runs was told to be called: kops and EKS do so. Empty where it was not.
hostname_override() {
  local pid
  [[ -z $PREFIX ]] || return 0
  pid=$(timeout 10 systemctl show --property=MainPID kubelet.service 2>/dev/null | sed -n 's/^MainPID=\([1-9][0-9]*\)$/\1/p') || return 0
  [[ -n $pid ]] || return 0
  tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | sed -n 's/^--hostname-override=\([a-z0-9.-]*\)$/\1/p' | sed -n 1p || true # it ended
}

# The kubelet's own name for its node; only that one may it read.
node_name() {
  local subject certificate=$PREFIX/var/lib/kubelet/pki/kubelet-client-current.pem
  subject=$(timeout 5 openssl x509 -noout -subject -nameopt multiline -in "$certificate" 2>/dev/null |
    sed -n 's/^ *commonName *= system:node:\([a-z0-9.-]*\)$/\1/p') || subject=''
  if [[ -z $subject ]]; then subject=$(hostname_override); fi
  if [[ -z $subject ]]; then subject=$(uname -n | tr '[:upper:]' '[:lower:]'); fi
  printf '%s' "$subject"
}

# static_containers: `CONTAINER NAMESPACE` of each container that the manifests want for good, sorted: etcd comes before the API
# server. One with another restartPolicy than Always may have done its work.
# The kubelet reads every file there whose name does not begin with a dot (kubeadm .yaml, kops .manifest):
# https://kubernetes.io/docs/tasks/configure-pod-container/static-pod/
static_containers() {
  local file
  for file in "$PREFIX"/etc/kubernetes/manifests/*; do
    [[ -f $file && -r $file ]] || continue
    awk '
      function plain(text) { gsub(/["\047]/, "", text); return text }
      /^[ \t]*(#|$)/ { next }
      /^[^ ]/ { meta = /^metadata:/ }
      meta && /^  namespace:/ { space = plain($2) }
      /^  restartPolicy:/ { once = plain($2) != "Always" }
      { match($0, /^ */); depth = RLENGTH; dash = /^ *- / }
      inside && (depth < base || (depth == base && !dash)) { inside = 0 }
      inside {
        if (item < 0) item = depth
        if (depth == item && dash) sub(/- /, "  ")
        match($0, /^ */)
        if (RLENGTH == item + 2 && $1 == "name:") names[++count] = plain($2)
      }
      /^  containers:[ \t]*$/ { inside = 1; base = depth; item = -1 }
      END {
        if (space !~ /^[a-z0-9-]+$/) space = "default"
        for (i = 1; i <= count && !once; i++) if (names[i] ~ /^[a-z0-9.-]+$/) print names[i], space
      }' "$file"
  done | sort --unique
}

# static_pods_down: `CONTAINER NAMESPACE STATE` of what should run and does not. STATE is `down`, or `unrecorded`: it has ended,
# and the runtime still calls it running. Fails where the runtime cannot be asked.
static_pods_down() {
  local name space running
  local -a LABELS=()
  has crictl || return 1
  while read -r name space; do
    of_container "$name" "$space"
    running=$(cri ps --quiet --state running "${LABELS[@]}") || return 1
    if [[ -z $running ]]; then
      printf '%s %s down\n' "$name" "$space"
    elif all_have_ended "$running"; then
      printf '%s %s unrecorded\n' "$name" "$space"
    fi
  done < <(static_containers)
}

# why_down LIMIT CONTAINER NAMESPACE: how it ended last, and what the kubelet says of it.
why_down() {
  local limit=$1 id='' state code at reason said template
  local -a LABELS=()
  of_container "$2" "$3"
  id=$(cri ps --all --quiet "${LABELS[@]}" | sed -n 1p) || id=''
  if [[ -z $id ]]; then
    printf 'it has no container'
  else
    template="headroom $(field .status.state) $(field .status.exitCode) $(field .status.finishedAt) $(field .status.reason)"
    # Without an answer there is no line, and the state is unknown.
    read -r _ state code at reason < <(cri inspect --output go-template --template "$template" "$id" | grep '^headroom ') || true
    if [[ ${state:-} == CONTAINER_EXITED ]]; then
      printf 'exit code %s%s at %s' "$code" "${reason:+ ($reason)}" "${at:11:8}"
    elif [[ ${state:-} == CONTAINER_RUNNING ]]; then
      printf 'it exited, unnoticed by the runtime'
    else
      printf 'its container is %s' "${state:-unknown}"
    fi
  fi
  said=$(last_error kubelet $((limit - 45)) '' "$2")
  if [[ -n $said ]]; then printf '; kubelet: %s' "$said"; fi
}
