#!/usr/bin/env bash
# What restore-etcd.sh does to the static pods and to the data of this node's member; sourced, never run. Each function answers
# by its exit code; nothing here deletes data.
# shellcheck disable=SC2034 # restore-etcd.sh reads what is set here
source "$(dirname "${BASH_SOURCE[0]}")/etcd-common.sh" # headroom:include
source "$(dirname "${BASH_SOURCE[0]}")/container-runtime.sh" # headroom:include

places() { # after `begin`
  readonly MANIFESTS=$PREFIX/etc/kubernetes/manifests HELD=$PREFIX/etc/kubernetes/headroom-held
  # etcd first: the others only crash without it.
  readonly PODS=(etcd kube-apiserver kube-controller-manager kube-scheduler)
  STAMP=$(date --utc +%Y%m%dT%H%M%SZ)
  readonly STAMP
}

# ---- pods

hold_pods() {
  local pod
  mkdir --parents -- "$HELD" || return 1
  for pod in "${PODS[@]}"; do
    [[ -f $MANIFESTS/$pod.yaml ]] || continue
    mv --no-target-directory -- "$MANIFESTS/$pod.yaml" "$HELD/$pod.yaml" || return 1
  done
}
release_pods() { # POD...
  local pod
  for pod in "$@"; do
    [[ -f $HELD/$pod.yaml ]] || continue
    mv --no-target-directory -- "$HELD/$pod.yaml" "$MANIFESTS/$pod.yaml" || return 1
  done
  rmdir --ignore-fail-on-non-empty -- "$HELD" 2>/dev/null || true # the manifests are back, the folder is only empty
}
# pod_runs NAME: by the container runtime's word, unless its processes say otherwise; also where it gives none.
pod_runs() {
  local running
  local -a LABELS=()
  of_container "$1" kube-system
  running=$(cri ps --quiet --state running "${LABELS[@]}") || return 0
  [[ -n $running ]] && ! all_have_ended "$running"
}
# An etcd that runs holds an exclusive lock on its database, in a directory that only root can enter
# (etcd-io/bbolt@v1.4.3 db.go, bolt_unix.go: flock).
data_in_use() {
  local database=$ETCD_DATA/member/snap/db
  [[ -f $database ]] && ! flock --shared --nonblock 8 8<"$database"
}
# listens URL: something takes connections there.
listens() {
  # shellcheck disable=SC2016 # the inner shell expands its own arguments
  timeout 4 bash -c ': <>"/dev/tcp/${0%:*}/${0##*:}"' "${1##*//}" 2>/dev/null
}
# An etcd whose directory was deleted runs on, and would be taken for the restored one.
wait_until_stopped() {
  local until=$((SECONDS + WAIT_SECONDS))
  while data_in_use || listens "$ETCD_URL" || { [[ -z $PREFIX ]] && { pod_runs etcd || pod_runs kube-apiserver; }; }; do
    ((SECONDS < until)) || return 1
    sleep 1
  done
}
wait_until_healthy() {
  local until=$((SECONDS + WAIT_SECONDS))
  until etcd_healthy "$ETCD_URL"; do
    ((SECONDS < until)) || return 1
    sleep 1
  done
}
# etcd answers up to a minute before the API server does, which is what an operator waits for.
wait_until_api_ready() {
  local until=$((SECONDS + WAIT_SECONDS))
  # https is asked with curl; without it nothing can be said.
  if ! has curl || ! grep --quiet --no-messages '^ *name: *kube-apiserver' "$MANIFESTS/kube-apiserver.yaml"; then return 0; fi
  until [[ $(http_answer 6443 /readyz https) == '200 '* ]]; do
    ((SECONDS < until)) || return 1
    sleep 2
  done
}
require_kubelet() {
  [[ -n $PREFIX || $(unit_state kubelet) == active ]] ||
    refuse 'the kubelet is not running; it stops and starts the static pods. Start it first: systemctl start kubelet'
  [[ -n $PREFIX ]] || has crictl ||
    refuse 'crictl is not installed; it is needed to see whether the static pods have stopped. Install cri-tools first'
}

# ---- data

# Beside the directory, or in it where it is a mount of its own: a rename, never a copy.
beside_data() {
  local between=.
  if mountpoint --quiet -- "$ETCD_DATA"; then between=/; fi
  printf '%s%s%s-%s' "$ETCD_DATA" "$between" "$1" "$STAMP"
}
move_member_to() { # DIRECTORY
  mkdir --mode=0700 -- "$1" && mv --no-target-directory -- "$ETCD_DATA/member" "$1/member"
}
set_data_aside() {
  [[ -e $ETCD_DATA/member ]] || return 0
  ASIDE=$(beside_data before-restore)
  move_member_to "$ASIDE"
}

# The member's own list of members is what it starts with when it has no data: the one that the cluster has now.
rewrite_manifest() { # INITIAL_CLUSTER
  local file=$HELD/etcd.yaml
  cp --preserve -- "$file" "$file.before" &&
    awk -v cluster="$1" '/^[ \t]*- ["\x27]?--initial-cluster-state=/ { next }
      /^[ \t]*- ["\x27]?--initial-cluster=/ { indent = $0; sub(/-.*/, "", indent); print indent "- --initial-cluster=" cluster
        print indent "- --initial-cluster-state=existing"; next }
      { print }' "$file.before" >"$file" && grep --quiet -- '--initial-cluster-state=existing' "$file"
}
