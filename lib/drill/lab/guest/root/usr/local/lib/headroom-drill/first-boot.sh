#!/usr/bin/env bash
# Usage: first-boot.sh JOURNAL_MIB
# Runs once, before the node image is frozen: a node before its bootstrap, with its images there already. Safe to run twice.
set -o errexit -o nounset -o pipefail

readonly journal_mib="$1"

date --set '-6 days' > /dev/null # so that the journals are old enough for --vacuum-time=2d
python3 /usr/local/lib/headroom-drill/fill-journal.py "${journal_mib}"
journalctl --rotate
date --set '+6 days' > /dev/null

for tries in {1..120}; do
  crictl info > /dev/null 2>&1 && break
  [[ "${tries}" -lt 120 ]] || { echo 'containerd does not answer' >&2; exit 1; }
  sleep 1
done
crictl images
