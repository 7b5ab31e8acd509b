#!/usr/bin/env bash
# Pauses the guard's reclaim until a time, or resumes it. The guard still keeps the ballast. The pause ends by itself.
# It is kept in memory, which a full disk cannot refuse, and on disk, for a reboot.
#
# Usage: pause-guard.sh [--dry-run] [--help]
#   HEADROOM_PAUSE_UNTIL  seconds since the epoch; 0 ends the pause (default 0)
#   HEADROOM_DRY_RUN      true: change nothing (default false)
#   HEADROOM_RUN_FOLDER   the guard's folder in memory (default /run/headroom)
#   HEADROOM_MOUNT_POINT  the root of the node (default /)
# Output: one JSON line, PrepareResult of README.md. Exit: 0 ok, 1 failed, 2 bad setting.
set -o errexit -o nounset -o pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh" # headroom:include

begin pause-guard "$@"
text_setting PAUSE_UNTIL 0 '^(0|[1-9][0-9]{9})$'
readonly MEMORY=${HEADROOM_RUN_FOLDER:-/run/headroom}/paused-until DISK=$PREFIX/var/lib/headroom/paused-until

end_pause() {
  local file
  for file in "$MEMORY" "$DISK"; do
    [[ -e $file ]] || continue
    if [[ $DRY_RUN == false ]]; then rm --force -- "$file" || fail "cannot remove $file" changes_json; fi
    CHANGES+=("removed $file")
  done
}

keep_pause() { # FILE
  if [[ $DRY_RUN == true ]] || printf '%s\n' "$PAUSE_UNTIL" >"$1"; then
    CHANGES+=("$1 until $PAUSE_UNTIL")
    return 0
  fi
  rm --force -- "$1" || true # part of a number is another number
  return 1
}

if ((PAUSE_UNTIL == 0)); then
  end_pause
else
  mkdir --parents -- "${MEMORY%/*}" || fail "cannot create ${MEMORY%/*}" changes_json
  keep_pause "$MEMORY" || fail "cannot write $MEMORY" changes_json
  if [[ ! -d ${DISK%/*} ]]; then
    SKIPS+=("$DISK: the node is not prepared")
  elif ! keep_pause "$DISK"; then
    SKIPS+=("$DISK: no room; a reboot ends the pause")
  fi
fi
emit_result true '' changes_json
