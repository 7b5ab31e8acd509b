#!/usr/bin/env bash
# Gives the root filesystem all of its disk: partition (or LVM), then filesystem, online. Running it twice is harmless.
# Success is the second measurement, in bytes inside the OS.
#
# Usage: extend-root.sh [--dry-run] [--help]
#   HEADROOM_MIN_DISK_GIB  wait until the kernel sees a disk of at least this size, 0-65536 GiB; 0: take what is there (default 0)
#   HEADROOM_WAIT_SECONDS  how long to wait for it, 0-900 (default 60)
#   HEADROOM_DRY_RUN       true: say what would be done (default false)
#   HEADROOM_MOUNT_POINT   the filesystem to extend (default /)
# Output: one JSON line, ExtendResult of README.md. Exit: 0 ok, 1 failed, 2 bad setting.
set -o errexit -o nounset -o pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh" # headroom:include
source "$(dirname "${BASH_SOURCE[0]}")/storage.sh" # headroom:include

begin extend-root "$@"
setting MIN_DISK_GIB 0 0 65536
setting WAIT_SECONDS 60 0 900

# From this much on, room that is left over counts as a grow that is not finished.
readonly ROOM_MIB=256 ROOM_PER_DISK=100 STEP_SECONDS=300

members() {
  printf '"changed":%s,"layout":"%s","before":{%s},"after":%s' "$CHANGED" "$LAYOUT" "$(figures_json BEFORE)" "$(root_json AFTER)"
}

measure_after() {
  require_measure AFTER
  measure_device "$AFTER_SIZE"
  if [[ $PART_BYTES != "$PART_BEFORE" || $FS_BYTES != "$FS_BEFORE" || $AFTER_SIZE != "$BEFORE_SIZE" ]]; then CHANGED=true; fi
}

stop() {
  measure_after
  fail "$1" "$(members)"
}

# run COMMAND...: `bounded`, with the tool's output in LAST (its last line), and in the log when it fails.
run() {
  local output code=0
  output=$(bounded "$@" 2>&1) || code=$?
  LAST=$(tail --lines=1 <<<"$output")
  if ((code > 0)); then log "$1: ${output:0:800}"; else log "$1: $LAST"; fi
  return "$code"
}

# Asks the controller to look at its disk again. NVMe and Xen tell by themselves; SCSI needs it.
rescan_disk() {
  local file
  for file in "/sys/class/block/$DISK/device/rescan" "/sys/class/block/$DISK/device/rescan_controller"; do
    if [[ -w $file ]]; then echo 1 >"$file" || log "rescan of $DISK refused"; fi
  done
}

wait_for_disk() {
  local wanted=$((MIN_DISK_GIB * GIB))
  deadline_in "$WAIT_SECONDS"
  while (($(block_bytes "$DISK") < wanted)); do
    ((SECONDS < DEADLINE)) ||
      stop "the kernel sees a disk of $(($(block_bytes "$DISK") / GIB)) GiB after $WAIT_SECONDS s, wanted $MIN_DISK_GIB GiB"
    rescan_disk
    sleep 1
  done
}

grow_partition() {
  local number code=0
  [[ $PART != "$DISK" ]] || return 0
  number=$(<"/sys/class/block/$PART/partition")
  deadline_in "$STEP_SECONDS"
  if has growpart; then
    # Its temporary directory is made in TMPDIR: on a full root, /tmp is what breaks growpart.
    run growpart "/dev/$DISK" "$number" || code=$?
    ((code == 0 || code == 1)) || stop "growpart failed with exit code $code: $LAST"
  elif ((PART_GROWABLE_BYTES >= MIB)); then
    log 'growpart is not installed: using sfdisk'
    if [[ $(bounded sfdisk --dump "/dev/$DISK") == *'label: gpt'* ]]; then
      run sfdisk --no-reread --force --relocate gpt-bak-std "/dev/$DISK" || stop "sfdisk cannot move the backup table: $LAST"
    fi
    # `bounded` closes standard input, which carries the new table here.
    echo ', +' | timeout --kill-after=5 60 sfdisk --quiet --no-reread --force --partno "$number" "/dev/$DISK" 3>&- ||
      stop 'sfdisk cannot grow the partition'
    run partx --update --nr "$number" "/dev/$DISK" || stop "the kernel does not take the new partition size: $LAST"
  fi
}

# Metadata backups of LVM go to /etc: none of them on a disk that may be full.
grow_lvm() {
  deadline_in "$STEP_SECONDS"
  has lvextend || stop 'root is on LVM, but the LVM tools are not installed'
  run pvresize --autobackup n "/dev/$PART" || stop "pvresize failed: $LAST"
  if (($(lvs --noheadings --nosuffix --units b --options vg_free "$DEVICE") > 0)); then
    run lvextend --autobackup n --extents +100%FREE "$DEVICE" || stop "lvextend failed: $LAST"
  fi
}

grow_filesystem() {
  deadline_in "$STEP_SECONDS"
  case $FS_TYPE in
    ext2 | ext3 | ext4) run resize2fs "$DEVICE" || stop "resize2fs $DEVICE failed: $LAST" ;;
    xfs) run xfs_growfs "$MOUNT_POINT" || stop "xfs_growfs $MOUNT_POINT failed: $LAST" ;;
    *) stop "cannot grow a filesystem of type $FS_TYPE, only ext2-4 and xfs" ;;
  esac
}

CHANGED=false
require_root BEFORE
PART_BEFORE=$PART_BYTES FS_BEFORE=$FS_BYTES
if [[ $LAYOUT == unknown ]]; then stop "cannot tell the disk below $MOUNT_POINT ($DEVICE, $FS_TYPE)"; fi
if [[ $DRY_RUN == true ]]; then
  measure_after
  log "would add $PART_GROWABLE_BYTES bytes to $PART and ${FS_GROWABLE_BYTES:-an unknown number} to its filesystem"
  emit_result true '' "$(members)"
  exit 0
fi
wait_for_disk
measure_device "$BEFORE_SIZE"
grow_partition
if [[ $LAYOUT == lvm ]]; then grow_lvm; fi
grow_filesystem
measure_after
[[ -n $FS_GROWABLE_BYTES ]] || fail "cannot tell how much of $DISK the filesystem spans" "$(members)"
LEFT_OVER=$((PART_GROWABLE_BYTES + FS_GROWABLE_BYTES))
if ((LEFT_OVER > ROOM_MIB * MIB && LEFT_OVER * ROOM_PER_DISK > DISK_BYTES)); then
  fail "$((LEFT_OVER / MIB)) MiB of $DISK are still left over after extending" "$(members)"
fi
emit_result true '' "$(members)"
