#!/usr/bin/env bash
# Usage: bring-up.sh STEP INSTANCE_ID ADDRESS AVAILABILITY_ZONE
# Makes this node its cluster's first control plane, step by step: prepare, then the sections of Headroom's own bootstrap
# (container_runtime, cluster, manifests, ready) out of the user data that ran before, then workload. Stood in for: the
# packages' repository (they are there), and AWS (imds, parameter, aws). The manifests that it would fetch from S3 lie in
# /run/headroom-drill-assets.
# shellcheck disable=SC2034,SC2154 # what the sourced parts read and set
set -o errexit -o nounset -o pipefail

readonly step="$1" instance_id="$2" address="$3" zone="$4"
readonly HERE=/usr/local/lib/headroom/bootstrap STATE=/var/lib/headroom RUN=/run/headroom-bootstrap
set -o allexport
# shellcheck source=/dev/null
source "${HERE}/settings"
set +o allexport
for part in common join packages kubeadm; do
  # shellcheck source=/dev/null
  source "${HERE}/${part}.sh"
done
HEADROOM_READY_SECONDS=900 # emulation is slow

imds() {
  case $1 in
    instance-id) echo "${instance_id}" ;;
    local-ipv4) echo "${address}" ;;
    placement/availability-zone) echo "${zone}" ;;
    tags/instance/headroom:index) echo 1 ;;
    *) return 22 ;; # curl's code for HTTP 404
  esac
}
parameter() { return 4; } # there is none yet
aws() { # s3 cp --region REGION --only-show-errors s3://BUCKET/KEY FILE
  cp "/run/headroom-drill-assets/${6##*/}" "$7"
}

prepare() {
  local leases
  [[ "$(nproc)" == 2 ]] || { systemctl status --no-pager drill-cpus.service >&2 || true; exit 1; }
  install --directory --mode 0700 "${RUN}"
  echo "ADDRESS=${address}" > /etc/headroom-drill-address
  systemctl enable --now drill-net.service
  printf '127.0.0.1 localhost\n%s %s drill-node\n' "${address}" "${HEADROOM_API_ENDPOINT}" > /etc/hosts
  echo 'nameserver 10.0.0.2' > /etc/resolv.conf # CoreDNS starts with none of an empty file

  rm --force /etc/kubernetes/kubelet.conf # the quick lab's mark of a member
  systemctl enable kubelet.service        # as the packages' section does
  # Emulation takes longer than kubeadm waits.
  sed --in-place '/^kind: InitConfiguration$/a timeouts: {kubernetesAPICall: 10m0s, controlPlaneComponentHealthCheck: 15m0s, kubeletHealthCheck: 10m0s}' \
    "${HERE}/kubeadm-init.yaml"
  # On a busy host the default leases of 15 s run out, and what lost one starts anew
  # (k8s.io/component-base@v0.36.3 config/v1alpha1/defaults.go).
  leases='extraArgs: [{name: leader-elect-lease-duration, value: 120s}, {name: leader-elect-renew-deadline, value: 90s}]'
  sed --in-place "/^kind: ClusterConfiguration\$/a controllerManager: {${leases}}\nscheduler: {${leases}}" "${HERE}/kubeadm-init.yaml"
}

# On the one node that there is.
workload() {
  kube taint node "${instance_id}" node-role.kubernetes.io/control-plane-
  kube create deployment app --image=registry.invalid/app-in-use:1.0 -- /bin/busybox sleep 1000000000
  kube --request-timeout=0 wait pod --all --all-namespaces --for=condition=Ready --timeout=600s
  kube get nodes,pods --all-namespaces --output=wide
}

case "${step}" in
  prepare | workload) "${step}" ;;
  *)
    section "${step}"
    [[ ${#failed[@]} -eq 0 ]] || {
      journalctl --unit kubelet --no-pager --lines 20
      crictl ps --all
      exit 1
    } >&2
    ;;
esac
