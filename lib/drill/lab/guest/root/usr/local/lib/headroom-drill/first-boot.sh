#!/usr/bin/env bash
# Usage: first-boot.sh JOURNAL_MIB
# Runs once, before the node image is frozen: a node before its bootstrap, with its images there already. Safe to run twice.
set -o errexit -o nounset -o pipefail

/usr/local/lib/headroom-drill/make-old-journals.sh "$1"

for tries in {1..120}; do
  crictl info > /dev/null 2>&1 && break
  [[ "${tries}" -lt 120 ]] || { echo 'containerd does not answer' >&2; exit 1; }
  sleep 1
done
crictl images
