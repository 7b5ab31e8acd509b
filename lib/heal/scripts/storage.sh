#!/usr/bin/env bash
# The device and the layers below a mounted filesystem. Sourced after common.sh, never run.

# find_device: sets DEVICE FS_TYPE DEVICE_NUMBERS LAYOUT BLOCK PART DISK for MOUNT_POINT. BLOCK holds the filesystem,
# PART is the partition (or disk) below it. mountinfo's device number is right where the name says only /dev/root.
find_device() {
  local numbers point rest sys
  DEVICE='' FS_TYPE='' DEVICE_NUMBERS='' LAYOUT=unknown BLOCK='' PART='' DISK=''
  while read -r _ _ numbers _ point rest; do
    [[ $(printf '%b' "$point") == "$MOUNT_POINT" ]] || continue
    rest=${rest#*- }
    FS_TYPE=${rest%% *}
    rest=${rest#* }
    DEVICE=${rest%% *}
    DEVICE_NUMBERS=$numbers
  done </proc/self/mountinfo
  [[ -n $DEVICE_NUMBERS ]] || return 1
  sys=$(readlink --canonicalize "/sys/dev/block/$DEVICE_NUMBERS") || return 0
  [[ -e $sys/size ]] || return 0
  BLOCK=${sys##*/}
  DEVICE=/dev/$BLOCK
  PART=$BLOCK
  if [[ -r $sys/dm/uuid && $(<"$sys/dm/uuid") == LVM-* ]]; then
    LAYOUT=lvm
    DEVICE=/dev/mapper/$(<"$sys/dm/name")
    set -- "$sys"/slaves/*
    # A volume over several disks cannot be told from here which one grew.
    if (($# != 1)) || [[ ! -e $1 ]]; then LAYOUT=unknown && DISK=$BLOCK && return 0; fi
    PART=${1##*/}
    sys=$(readlink --canonicalize "/sys/class/block/$PART")
  elif [[ -e $sys/partition ]]; then
    LAYOUT=partition
  else
    LAYOUT=whole-disk
  fi
  DISK=$PART
  if [[ -e $sys/partition ]]; then
    sys=${sys%/*}
    DISK=${sys##*/}
  fi
}

block_bytes() { printf '%d' $(($(<"/sys/class/block/$1/size") * 512)); }

# filesystem_bytes: prints what the filesystem spans of its device, metadata included (df leaves that out, 1.5-3 % of
# an ext4). Prints nothing where it cannot tell.
filesystem_bytes() {
  local -a super
  local data
  case $FS_TYPE in
    ext2 | ext3 | ext4)
      read -r -a super <<<"$(od --address-radix=n --format=u4 --width=344 --skip-bytes=1024 --read-bytes=344 "$DEVICE" 2>/dev/null)"
      ((${#super[@]} == 86)) || return 0
      printf '%d' $(((super[1] + (super[84] << 32)) * (KIB << super[6])))
      ;;
    xfs)
      data=$(timeout 20 xfs_info "$MOUNT_POINT" | sed -n 's/^data .*bsize=\([0-9]*\) .*blocks=\([0-9]*\),.*/\1 * \2/p')
      [[ -n $data ]] || return 0
      printf '%d' $((data))
      ;;
  esac
}

# measure_device FILESYSTEM_SIZE: sets DISK_BYTES, PART_BYTES, FS_BYTES, and what growpart and resize2fs or xfs_growfs
# would add: PART_GROWABLE_BYTES, FS_GROWABLE_BYTES. Empty: cannot tell.
measure_device() {
  local end next start sibling free=0
  PART_GROWABLE_BYTES='' FS_GROWABLE_BYTES=''
  FS_BYTES=$(filesystem_bytes) || FS_BYTES=''
  if [[ -z $DISK ]]; then
    DISK_BYTES=$1 PART_BYTES=$1
    return 0
  fi
  DISK_BYTES=$(block_bytes "$DISK")
  PART_BYTES=$(block_bytes "$PART")
  PART_GROWABLE_BYTES=0
  if [[ $PART != "$DISK" ]]; then
    # Other partitions may lie before this one (Ubuntu's /boot) or behind it.
    end=$(($(<"/sys/class/block/$PART/start") * 512 + PART_BYTES))
    next=$((DISK_BYTES - MIB)) # the backup partition table and its alignment
    for sibling in "/sys/class/block/$DISK/$DISK"*/start; do
      [[ -e $sibling ]] || continue
      start=$(($(<"$sibling") * 512))
      if ((start >= end && start < next)); then next=$start; fi
    done
    PART_GROWABLE_BYTES=$(at_least_zero $((next - end)))
  fi
  [[ -n $FS_BYTES ]] || return 0
  if [[ $LAYOUT == lvm ]]; then
    free=$(lvs --noheadings --nosuffix --units b --options vg_free "$DEVICE" 2>/dev/null) || return 0
  fi
  FS_GROWABLE_BYTES=$(at_least_zero $((free + $(block_bytes "$BLOCK") - FS_BYTES)))
}

# root_json NAME: a RootFigures object from `measure NAME`, find_device and measure_device.
root_json() {
  local growable=''
  if [[ -n $PART_GROWABLE_BYTES ]]; then growable+=",\"partitionGrowableBytes\":$PART_GROWABLE_BYTES"; fi
  if [[ -n $FS_GROWABLE_BYTES ]]; then growable+=",\"filesystemGrowableBytes\":$FS_GROWABLE_BYTES"; fi
  printf '{"device":%s,"fsType":%s,%s,"diskBytes":%d,"partitionBytes":%d%s}' "$(json_string "$DEVICE" 60)" \
    "$(json_string "$FS_TYPE" 16)" "$(figures_json "$1")" "$DISK_BYTES" "$PART_BYTES" "$growable"
}

# require_root NAME: the figures of MOUNT_POINT and of the layers below it, or the end of the script.
require_root() {
  local size="$1_SIZE"
  require_measure "$1"
  find_device || fail "$MOUNT_POINT is not a mount point"
  measure_device "${!size}"
}
