#!/usr/bin/env bash
# Fills this node's root disk for a drill, and always releases the space: a systemd unit removes the
# filling when its time is over, when the disk gets nearly full, when the unit itself ends, and at the next boot.
#
# Usage: drill-disk.sh [--dry-run] [--help]
#   HEADROOM_ACTION           fill, release or status (default status)
#   HEADROOM_KIND             reclaimable: files that a healing deletes, so that no volume grows
#                             growth: files that only a larger volume makes room for (default reclaimable)
#   HEADROOM_FILL_TO_PERCENT  used percent of / to fill to, 50-95 (default 82)
#   HEADROOM_HOLD_MINUTES     the space is always released after this, 5-180 (default 50)
#   HEADROOM_DRY_RUN          true: only report what would be done (default false)
# Output: one JSON line, DrillDiskResult of README.md.
# Exit: 0 ok, 1 failed, 2 bad setting, 3 refused: a drill is running, the node is unhealthy or already that full.
set -o errexit -o nounset -o pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh" # headroom:include

begin drill-disk "$@"
text_setting ACTION status '^(fill|release|status)$'
text_setting KIND reclaimable '^(reclaimable|growth)$'
setting FILL_TO_PERCENT 82 50 95
setting HOLD_MINUTES 50 5 180

readonly UNIT=headroom-drill.service
# The first is where reclaim-disk.sh deletes rotated logs; nothing deletes the second.
readonly ROTATED="$PREFIX/var/log/headroom-drill" KEPT="$PREFIX/var/lib/headroom/drill"
readonly AT_BOOT="$PREFIX/etc/tmpfiles.d/headroom-drill.conf"
readonly GUARD_STATE="${HEADROOM_RUN_FOLDER:-/run/headroom}/guard.state"
readonly MINIMUM_FILL=$((16 * MIB))

held() {
  local bytes
  bytes=$(du --summarize --bytes --total -- "$ROTATED" "$KEPT" 2>/dev/null | awk 'END { print $1 + 0 }') || bytes=0
  printf '%d' "$bytes"
}
outcome() { # ACTION
  require_measure NOW
  printf '"action":"%s","kind":"%s","usedPercent":%s,"heldBytes":%d%s' "$1" "$KIND" "$(decimal "$NOW_PERMILLE")" "$(held)" \
    "${RELEASE_AT:+,\"releaseAt\":\"$RELEASE_AT\"}"
}
give_back() {
  bounded systemctl stop "$UNIT" 2>/dev/null || true # none runs: what it would remove is removed below
  rm --recursive --force -- "$ROTATED" "$KEPT" "$AT_BOOT"
}

# Runs in the watch. Its end, whatever the reason, is what removes the filling.
# shellcheck disable=SC2016 # the watch's own shell expands this
readonly WATCH='
end=$((SECONDS + $2))
while ((SECONDS < end)) && [[ -e $1 ]]; do
  read -r size available < <(df --block-size=1 --output=size,avail "$3" | tail --lines=1)
  floor=$((size / 50))
  ((floor >= 134217728)) || floor=134217728
  ((available >= floor)) || break
  sleep 2
done'

# The guard frees from its level on at most every ten minutes. Its state says that it just did, so that the alarm fires first;
# it still keeps its ballast and inodes.
hold_back_guard() {
  local up problem='' told=''
  [[ -e $GUARD_STATE ]] || return 0
  { read -r _ && read -r problem && read -r told; } <"$GUARD_STATE" || true # an older guard's state has fewer lines
  read -r up _ </proc/uptime
  printf '%s\n' "${up%.*}" "$problem" "$told" >"$GUARD_STATE.drill"
  mv --force -- "$GUARD_STATE.drill" "$GUARD_STATE"
}

fill() {
  local bytes file folder
  case $(unit_state "$UNIT") in active | activating | deactivating) refuse 'a drill is already running; release it first' ;; esac
  if [[ $(unit_state kubelet.service) != absent ]] && ! kubelet_healthy; then
    refuse 'the kubelet is not healthy; a drill needs a healthy node'
  fi
  has systemd-run || refuse 'systemd-run is not installed: nothing would release the space'
  require_measure BEFORE
  bytes=$((FILL_TO_PERCENT * (BEFORE_USED + BEFORE_AVAILABLE) / 100 - BEFORE_USED))
  ((bytes >= MINIMUM_FILL)) || refuse "/ is at $(decimal "$BEFORE_PERMILLE") % used already; a drill cannot fill it to $FILL_TO_PERCENT %"
  folder=$ROTATED file=$ROTATED/filling.log.1.gz
  if [[ $KIND == growth ]]; then folder=$KEPT file=$KEPT/filling; fi
  if [[ $DRY_RUN == true ]]; then
    emit_result true '' "$(outcome would-fill)"
    exit 0
  fi
  rm --recursive --force -- "$ROTATED" "$KEPT"
  mkdir --parents -- "$folder" "${AT_BOOT%/*}"
  [[ $(stat --format=%d -- "$folder") == "$(stat --format=%d -- "$MOUNT_POINT")" ]] ||
    refuse "$folder is not on $MOUNT_POINT" "$(outcome refused)"
  : >"$file"
  # R!: only at boot.
  printf 'R! %s\n' "$ROTATED" "$KEPT" >"$AT_BOOT"
  hold_back_guard
  bounded systemd-run --quiet --collect --unit "$UNIT" --property "RuntimeMaxSec=$((HOLD_MINUTES * 60 + 60))" \
    --property "ExecStopPost=/bin/rm --recursive --force -- $ROTATED $KEPT $AT_BOOT" \
    bash -c "$WATCH" headroom-drill "$file" $((HOLD_MINUTES * 60)) "$MOUNT_POINT" ||
    { give_back && fail 'systemd could not start the watcher' "$(outcome failed)"; }
  if ! bounded fallocate --length "$bytes" -- "$file"; then
    give_back
    fail 'the disk could not be filled; the space was released' "$(outcome failed)"
  fi
  RELEASE_AT=$(date --utc --date "+$HOLD_MINUTES minutes" +%Y-%m-%dT%H:%M:%SZ)
  emit_result true '' "$(outcome filled)"
}

deadline_in 90
RELEASE_AT=''
case $ACTION in
  fill) fill ;;
  release)
    if [[ $DRY_RUN == true ]]; then emit_result true '' "$(outcome would-release)" && exit 0; fi
    give_back
    emit_result true '' "$(outcome released)"
    ;;
  status) emit_result true '' "$(outcome "$(unit_state "$UNIT")")" ;;
esac
