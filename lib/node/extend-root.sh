#!/usr/bin/env bash
# Extends the root filesystem to all of its disk: partition (or LVM), then filesystem, online. Running it twice is harmless.
# Success is the second measurement, in bytes inside the OS. Where a layer cannot be grown, it fails and names it.
#
# Usage: extend-root.sh [--dry-run] [--help]
#   HEADROOM_MIN_DISK_GIB  wait for a disk of at least this size, 0-65536 GiB; 0: use what is there (default 0).
#                          Above 0 it is a failure when bytes of the disk cannot be used by root
#   HEADROOM_WAIT_SECONDS  how long to wait for it, 0-900 (default 60)
#   HEADROOM_DRY_RUN       true: only report what would be done (default false)
#   HEADROOM_MOUNT_POINT   the filesystem to extend (default /)
# Output: one JSON line, ExtendResult of README.md. Exit: 0 ok, 1 failed, 2 bad setting.
set -o errexit -o nounset -o pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh" # headroom:include
source "$(dirname "${BASH_SOURCE[0]}")/storage.sh" # headroom:include

begin extend-root "$@"
setting MIN_DISK_GIB 0 0 65536
setting WAIT_SECONDS 60 0 900

# From this much on, room that is left over counts as a grow that is not finished: alignment and an ext4's last block group
# are less.
readonly ROOM=$((256 * MIB)) STEP_SECONDS=300

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
  fail "$1" members
}

# run COMMAND...: `bounded`; WHY says why it failed, or what it did.
run() {
  local output code=0
  output=$(bounded "$@" 2>&1) || code=$?
  WHY=$(cause_of 160 <<<"$output")
  if ((code > 0)); then log "$1: ${output:0:800}"; else log "$1: $WHY"; fi
  if ((code == 124)); then WHY='timed out'; fi
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
      stop "the kernel sees a disk of $(($(block_bytes "$DISK") / GIB)) GiB after $WAIT_SECONDS s, expected $MIN_DISK_GIB GiB"
    rescan_disk
    sleep 1
  done
}

# growpart looks for a physical volume in the partition and resizes it, which writes to /etc/lvm (cloud-utils 0.33,
# bin/growpart, maybe_lvm_resize): on a full root that fails after the partition has grown. What counts is the partition.
# On an MBR disk beyond 2 TiB growpart asks for one sector too many, which sfdisk refuses ("No space left on device").
grow_partition() {
  local number sector code=0
  [[ $PART != "$DISK" ]] || return 0
  number=$(<"/sys/class/block/$PART/partition")
  deadline_in "$STEP_SECONDS"
  if has growpart && [[ $BLOCKED_KIND != mbr-limit ]]; then
    # Its temporary directory is made in TMPDIR: on a full root, /tmp is what breaks growpart.
    run growpart "/dev/$DISK" "$number" || code=$?
    PARTITION_WHY=$WHY
    measure_device "$BEFORE_SIZE"
    ((code <= 1 || PART_GROWABLE_BYTES < MIB)) || stop "growpart failed with exit code $code: $WHY"
  elif ((PART_GROWABLE_BYTES >= MIB)); then
    log 'without growpart: using sfdisk'
    if [[ $(partition_table "$DISK") == gpt ]]; then
      run sfdisk --no-reread --force --relocate gpt-bak-std "/dev/$DISK" || stop "sfdisk cannot move the backup table: $WHY"
    fi
    # The size in sectors: with `+`, sfdisk 2.38 makes a partition of an MBR disk beyond 2 TiB smaller, modulo 2 TiB.
    # `bounded` closes standard input, which carries the new table here.
    sector=$(<"/sys/class/block/$DISK/queue/logical_block_size")
    echo ", $(((PART_BYTES + PART_GROWABLE_BYTES) / sector))" |
      timeout --kill-after=5 60 sfdisk --quiet --no-reread --force --partno "$number" "/dev/$DISK" 3>&- 4>&- ||
      stop 'sfdisk cannot grow the partition'
    run partx --update --nr "$number" "/dev/$DISK" || stop "the kernel did not accept the new partition size: $WHY"
  fi
}

# LVM keeps backups of its metadata in /etc/lvm: none of them on a disk that may be full (lvm.conf(5), section backup;
# pvresize(8) has no --autobackup). Its locks are in /run. Only what is free on root's own disk is taken: %PVS, lvextend(8).
readonly LVM_SETTINGS='backup { backup = 0 archive = 0 } activation { monitoring = 0 }'
grow_lvm() {
  deadline_in "$STEP_SECONDS"
  run pvresize --config "$LVM_SETTINGS" "/dev/$PART" || stop "pvresize failed: $WHY"
  PART_BYTES=$(block_bytes "$PART")
  if (($(lvm_free) > 0)); then
    run lvextend --config "$LVM_SETTINGS" --extents +100%PVS "$DEVICE" "/dev/$PART" || stop "lvextend failed: $WHY"
  fi
}

grow_filesystem() {
  deadline_in "$STEP_SECONDS"
  case $FS_TYPE in
    ext2 | ext3 | ext4) run resize2fs "$DEVICE" || stop "resize2fs $DEVICE failed: $WHY" ;;
    xfs) run xfs_growfs "$MOUNT_POINT" || stop "xfs_growfs $MOUNT_POINT failed: $WHY" ;;
  esac
}

# What was bought must have arrived.
judge() {
  local left
  [[ -n $FS_GROWABLE_BYTES ]] || fail "cannot determine how much of $DISK the filesystem spans" members
  left=$((PART_GROWABLE_BYTES + FS_GROWABLE_BYTES))
  ((left <= ROOM)) ||
    fail "$((left / MIB)) MiB of $DISK are still unused after extending${PARTITION_WHY:+; growpart: $PARTITION_WHY}" members
  ((MIN_DISK_GIB == 0 || UNREACHED_BYTES <= ROOM)) ||
    fail "$((UNREACHED_BYTES / MIB)) MiB of $DISK cannot be used by root: $BLOCKED_DETAIL" members
}

CHANGED=false PARTITION_WHY=''
require_root BEFORE
PART_BEFORE=$PART_BYTES FS_BEFORE=$FS_BYTES
if cannot_grow; then stop "root cannot be grown: $BLOCKED_DETAIL"; fi
if [[ $LAYOUT == unknown ]]; then stop "cannot determine the disk under $MOUNT_POINT ($DEVICE, $FS_TYPE)"; fi
if [[ $DRY_RUN == true ]]; then
  measure_after
  log "would add $PART_GROWABLE_BYTES bytes to $PART and ${FS_GROWABLE_BYTES:-an unknown number} to its filesystem"
  emit_result true '' members
  exit 0
fi
wait_for_disk
measure_device "$BEFORE_SIZE"
grow_partition
if [[ $LAYOUT == lvm ]]; then grow_lvm; fi
grow_filesystem
measure_after
judge
emit_result true '' members
