#!/usr/bin/env bash
# Usage: make-old-journals.sh MIB
# Archived journals that are old enough for --vacuum-time=2d.
set -o errexit -o nounset -o pipefail

date --set '-6 days' > /dev/null
python3 "${BASH_SOURCE[0]%/*}/fill-journal.py" "$1"
journalctl --rotate
date --set '+6 days' > /dev/null
