#!/usr/bin/env bash
# Usage: first-boot.sh JOURNAL_MIB
# Runs once, before the node image is frozen: what needs a running containerd or journald. Safe to run twice.
set -o errexit -o nounset -o pipefail

readonly images=/usr/local/lib/headroom-drill/images

/usr/local/lib/headroom-drill/make-old-journals.sh "$1"

for tries in {1..60}; do
  ctr version > /dev/null 2>&1 && break
  [[ "${tries}" -lt 60 ]] || { echo 'containerd does not answer' >&2; exit 1; }
  sleep 1
done
for archive in "${images}"/*.tar; do
  ctr --namespace k8s.io images import "${archive}"
  rm --force "${archive}"
done
ctr --namespace k8s.io images label registry.invalid/pause:3.10 io.cri-containerd.pinned=pinned
crictl images

systemctl --quiet enable --now kubelet.service # not before its images are there
for tries in {1..120}; do
  [[ -z "$(crictl ps --quiet --name app 2> /dev/null)" ]] || break
  [[ "${tries}" -lt 120 ]] || { echo 'the workload did not start' >&2; exit 1; }
  sleep 1
done
