#!/usr/bin/env bash
# The device below a mounted filesystem, its layers, and what can be grown. Sourced after common.sh, never run.
# Reads /sys, /proc and the first bytes of the devices: it needs no udev, and nothing beyond what common.sh needs. pvs and
# blkid are asked where they are there.
# shellcheck disable=SC2034 # not every script needs every figure

export LVM_SUPPRESS_FD_WARNINGS=1 # about descriptors that an agent leaves open

# find_device: sets DEVICE FS_TYPE DEVICE_NUMBERS MOUNT_OPTIONS LAYOUT BLOCK PART DISK for MOUNT_POINT. BLOCK holds the
# filesystem, PART is the partition (or disk) below it. mountinfo's device number is right where the name says only /dev/root.
# BLOCKED_KIND and BLOCKED_DETAIL say which layer cannot be grown.
find_device() {
  local numbers point options rest sys
  local -a below
  DEVICE='' FS_TYPE='' DEVICE_NUMBERS='' MOUNT_OPTIONS='' LAYOUT=unknown BLOCK='' PART='' DISK=''
  BLOCKED_KIND='' BLOCKED_DETAIL=''
  while read -r _ _ numbers _ point options rest; do
    [[ $(printf '%b' "$point") == "$MOUNT_POINT" ]] || continue
    rest=${rest#*- }
    FS_TYPE=${rest%% *}
    rest=${rest#* }
    DEVICE=${rest%% *}
    DEVICE_NUMBERS=$numbers
    MOUNT_OPTIONS=,$options,${rest#* },
  done </proc/self/mountinfo
  [[ -n $DEVICE_NUMBERS ]] || return 1
  sys=$(readlink --canonicalize "/sys/dev/block/$DEVICE_NUMBERS") || return 0
  [[ -e $sys/size ]] || return 0
  BLOCK=${sys##*/}
  DEVICE=/dev/$BLOCK
  PART=$BLOCK
  LAYOUT=whole-disk
  if [[ -e $sys/dm/name ]]; then DEVICE=/dev/mapper/$(<"$sys/dm/name"); fi
  if [[ -e $sys/dm/uuid && $(<"$sys/dm/uuid") == LVM-* ]]; then
    LAYOUT=lvm
    below=("$sys"/slaves/*)
    if ((${#below[@]} > 1)) && [[ ! -e ${below[0]}/dm ]]; then
      blocked several-disks "$DEVICE spans ${below[*]##*/}"
    elif [[ -e ${below[0]} ]]; then
      sys=$(readlink --canonicalize "${below[0]}")
      PART=${sys##*/}
    fi
  elif [[ -e $sys/partition ]]; then
    LAYOUT=partition
  fi
  DISK=$PART
  if [[ -e $sys/partition ]]; then
    sys=${sys%/*}
    DISK=${sys##*/}
  fi
  if [[ -z $BLOCKED_KIND && (-e $sys/dm || -e $sys/md || -n $(ls "$sys/slaves")) ]]; then
    LAYOUT=unknown
    blocked unsupported-layer "root is on $(layer_name "$sys"), which cannot be grown"
    # For the figures only: the disk at the bottom.
    while below=("$sys"/slaves/*) && [[ -e ${below[0]} ]]; do
      sys=$(readlink --canonicalize "${below[0]}")
      if [[ -e $sys/partition ]]; then sys=${sys%/*}; fi
    done
    DISK=${sys##*/}
  fi
}

blocked() { # KIND DETAIL: the first one counts
  if [[ -n $BLOCKED_KIND ]]; then return; fi
  BLOCKED_KIND=$1
  BLOCKED_DETAIL=$2
}

# layer_name SYS: a device-mapper or md device in words.
# The prefixes of the uuid: cryptsetup lib/utils_dm.h, lvm2 lib/activate/dev_manager.c, multipath-tools libmultipath/devmapper.h.
layer_name() {
  local name=${1##*/} uuid=''
  if [[ -e $1/md/level ]]; then
    printf '%s (md %s)' "$name" "$(<"$1/md/level")"
    return
  fi
  if [[ -e $1/dm/name ]]; then name=$(<"$1/dm/name") uuid=$(<"$1/dm/uuid"); fi
  case $uuid:$name in
    CRYPT-*) name+=' (dm-crypt)' ;;
    *mpath-*) name+=' (multipath)' ;;
    LVM-*-tpool:*) name+=' (LVM thin pool)' ;;
    LVM-*-real:*) name+=' (LVM with a snapshot)' ;;
    LVM-*-vpool:*) name+=' (LVM VDO)' ;;
    LVM-*:*_rimage_* | LVM-*:*_rmeta_* | LVM-*:*_mimage_*) name+=' (LVM RAID)' ;;
    LVM-*:*_corig* | LVM-*:*_wcorig*) name+=' (LVM cache)' ;;
  esac
  printf '%s' "$name"
}

block_bytes() { printf '%d' $(($(<"/sys/class/block/$1/size") * 512)); }

# partition_table DISK: prints gpt, dos or nothing. As the kernel has it (linux block/partitions/efi.c): a GPT counts
# where the MBR in front of it has an entry of type 0xEE.
partition_table() {
  local sector
  local -a mbr
  read -r -a mbr <<<"$(first_bytes "/dev/$1" 446 66)"
  ((${#mbr[@]} == 66 && mbr[64] == 0x55 && mbr[65] == 0xaa)) || return 0
  sector=$(<"/sys/class/block/$1/queue/logical_block_size")
  if ((mbr[4] == 0xee || mbr[20] == 0xee || mbr[36] == 0xee || mbr[52] == 0xee)) &&
    [[ $(first_bytes "/dev/$1" "$sector" 8) == '69 70 73 32 80 65 82 84' ]]; then # EFI PART
    printf gpt
  else
    printf dos
  fi
}

first_bytes() { # DEVICE FROM COUNT: as numbers
  local -a numbers
  read -r -a numbers <<<"$(od --address-radix=n --format=u1 --width="$3" --skip-bytes="$2" --read-bytes="$3" "$1" 2>/dev/null)"
  printf '%s' "${numbers[*]}"
}

# partition_use PARTITION: what it is for, in a word, or nothing.
partition_use() {
  local numbers device point use
  numbers=$(<"/sys/class/block/$1/dev")
  if grep --quiet "^/dev/$1 " /proc/swaps; then
    printf swap
    return
  fi
  while read -r _ _ device _ point _; do
    if [[ $device == "$numbers" ]]; then
      printf '%s' "$point"
      return
    fi
  done </proc/self/mountinfo
  has blkid || return 0
  # By its content; an empty one by what the partition table calls it.
  use=$(timeout 10 blkid -p -o value -s TYPE "/dev/$1" 2>/dev/null) || use=''
  if [[ -z $use ]]; then use=$(timeout 10 blkid -p -o value -s PART_ENTRY_TYPE "/dev/$1" 2>/dev/null) || use=''; fi
  case $use in
    0x82 | 0657fd6d-a4ab-43c4-84e5-0933c84b4f4f) use=swap ;;
    0x5 | 0xf | 0x85) use=extended ;;
    *-*-*-*-* | 0x*) use='' ;;
  esac
  printf '%s' "$use"
}

# measure_filesystem: sets FS_BYTES, what the filesystem spans of its device, metadata included (df leaves that out, 1.5-3 %
# of an ext4), empty where it cannot tell; FS_LIMIT_BYTES, how large it can ever be, 0: no limit to speak of; FS_ERRORS, how
# many errors it has on record.
# Offsets of the superblock: linux Documentation/filesystems/ext4/super.rst.
measure_filesystem() {
  local -a super
  local data
  FS_BYTES='' FS_LIMIT_BYTES=0 FS_ERRORS=0
  case $FS_TYPE in
    ext2 | ext3 | ext4)
      read -r -a super <<<"$(od --address-radix=n --format=u4 --width=512 --skip-bytes=1024 --read-bytes=512 "$DEVICE" 2>/dev/null)"
      ((${#super[@]} == 128)) || return 0
      FS_BYTES=$(((super[1] + (super[84] << 32)) * (KIB << super[6])))
      # Without the feature 64bit it counts its blocks in 32 bits.
      if (((super[24] & 0x80) == 0)); then FS_LIMIT_BYTES=$(((KIB << super[6]) << 32)); fi
      # s_state, EXT4_ERROR_FS: with it the kernel refuses to grow (linux fs/ext4/resize.c, ext4_resize_begin).
      if (((super[14] >> 16 & 2) > 0)); then FS_ERRORS=$((super[101] > 0 ? super[101] : 1)); fi
      ;;
    xfs) # keeps no record of errors: it shuts down
      data=$(timeout 20 xfs_info "$MOUNT_POINT" | sed -n 's/^data .*bsize=\([0-9]*\) .*blocks=\([0-9]*\),.*/\1 * \2/p')
      [[ -n $data ]] || return 0
      FS_BYTES=$((data))
      ;;
  esac
}

# lvm_free: prints the bytes that root's logical volume can take on its own disk: what pvresize adds, and free extents there.
lvm_free() {
  local start extent count free
  read -r start extent count free <<<"$(timeout 20 pvs --readonly --noheadings --nosuffix --units b \
    --options pe_start,vg_extent_size,pv_pe_count,pv_free "/dev/$PART" 2>/dev/null)"
  is_number "$free" && ((extent > 0)) || return 1
  printf '%d' $((free + $(at_least_zero $(((PART_BYTES - start) / extent - count))) * extent))
}

# measure_device FILESYSTEM_SIZE: sets DISK_BYTES, PART_BYTES, FS_BYTES; what growpart and resize2fs or xfs_growfs would add:
# PART_GROWABLE_BYTES, FS_GROWABLE_BYTES (empty: cannot tell); UNREACHED_BYTES of the disk's end that root can never have;
# MAX_DISK_BYTES (0: no limit) and, after find_device, why nothing that is bought would arrive: BLOCKED_KIND, BLOCKED_DETAIL.
measure_device() {
  local free=0
  PART_GROWABLE_BYTES='' FS_GROWABLE_BYTES='' UNREACHED_BYTES=0 MAX_DISK_BYTES=0
  DISK_BYTES=$1 PART_BYTES=$1
  measure_filesystem
  find_obstacles
  if [[ -n $DISK ]]; then
    DISK_BYTES=$(block_bytes "$DISK")
    PART_BYTES=$(block_bytes "$PART")
    PART_GROWABLE_BYTES=0
    if [[ $PART != "$DISK" && $LAYOUT != unknown ]]; then measure_partition; fi
  fi
  if ((FS_LIMIT_BYTES > 0 && (MAX_DISK_BYTES == 0 || FS_LIMIT_BYTES < MAX_DISK_BYTES))); then MAX_DISK_BYTES=$FS_LIMIT_BYTES; fi
  if cannot_grow; then
    PART_GROWABLE_BYTES=0 FS_GROWABLE_BYTES=0
    return 0
  fi
  [[ -n $DISK && -n $FS_BYTES ]] || return 0
  if [[ $LAYOUT == lvm ]]; then free=$(lvm_free) || return 0; fi
  FS_GROWABLE_BYTES=$(at_least_zero $((free + $(block_bytes "$BLOCK") - FS_BYTES)))
}

# cannot_grow: no byte more for root, not even of what its disk has already.
cannot_grow() {
  case $BLOCKED_KIND in
    '' | partition-behind | mbr-limit | not-ebs) return 1 ;;
  esac
}

# Other partitions may lie before root (Ubuntu's /boot) or behind it: no byte that is bought gets past one behind.
measure_partition() {
  local sibling start end next last limit=$DISK_BYTES behind=''
  end=$(($(<"/sys/class/block/$PART/start") * 512 + PART_BYTES))
  last=$end
  if [[ $(partition_table "$DISK") == dos ]]; then
    if (($(<"/sys/class/block/$PART/partition") > 4)); then
      blocked unsupported-layer "/dev/$PART is a logical partition of an MBR partition table"
    fi
    # Both a start and a length are counted in 32 bits.
    MAX_DISK_BYTES=$(($(<"/sys/class/block/$DISK/queue/logical_block_size") << 32))
    if ((limit >= MAX_DISK_BYTES)); then
      limit=$MAX_DISK_BYTES
      blocked mbr-limit "/dev/$DISK has an MBR partition table, which is limited to $((limit / GIB)) GiB"
    fi
  fi
  next=$((limit - MIB)) # the backup partition table and its alignment
  for sibling in "/sys/class/block/$DISK/$DISK"*/start; do
    [[ -e $sibling ]] || continue
    start=$(($(<"$sibling") * 512))
    sibling=${sibling%/start}
    sibling=${sibling##*/}
    ((start >= end)) || continue
    if ((start < next)); then next=$start behind=$sibling; fi
    start=$((start + $(block_bytes "$sibling")))
    if ((start > last)); then last=$start; fi
  done
  PART_GROWABLE_BYTES=$(at_least_zero $((next - end)))
  if [[ -n $behind ]]; then
    UNREACHED_BYTES=$(at_least_zero $((DISK_BYTES - MIB - last)))
    last=$(partition_use "$behind")
    blocked partition-behind "/dev/$behind${last:+ ($last)} starts right after /dev/$PART"
  else
    UNREACHED_BYTES=$((DISK_BYTES - limit))
  fi
}

# The model of an NVMe disk: docs.aws.amazon.com/ebs/latest/userguide/nvme-ebs-volumes.html (mn: Amazon Elastic Block Store),
# AWSEC2/latest/UserGuide/block-device-mapping-concepts.html (Amazon EC2 NVMe Instance Storage), so also amazon-eks-ami@81fec2e8
# templates/al2023/runtime/bin/setup-local-disks. Nothing is known about other disks, and nothing blocked.
find_obstacles() {
  local model=/sys/class/block/$DISK/device/model
  case $FS_TYPE in
    ext2 | ext3 | ext4 | xfs) ;;
    *) blocked unsupported-filesystem "root is $FS_TYPE; only ext4 and xfs can be grown" ;;
  esac
  if [[ $LAYOUT == lvm ]] && ! { has pvs && has pvresize && has lvextend; }; then
    blocked unsupported-layer 'root is on LVM, and the LVM tools are not installed'
  fi
  if ((FS_ERRORS > 0)); then
    blocked filesystem-errors "$DEVICE has $FS_ERRORS errors on record; the kernel grows it only after an e2fsck"
  fi
  if [[ $MOUNT_OPTIONS == *,ro,* ]]; then blocked read-only 'root is mounted read-only'; fi
  if [[ -n $DISK && -r $model && $(<"$model") == *'Instance Storage'* ]]; then
    blocked not-ebs "/dev/$DISK is an instance store, not an EBS volume"
  fi
}

# root_json NAME: a RootFigures object from `measure NAME`, find_device and measure_device.
root_json() {
  local more=''
  if [[ -n $PART_GROWABLE_BYTES ]]; then more+=",\"partitionGrowableBytes\":$PART_GROWABLE_BYTES"; fi
  if [[ -n $FS_GROWABLE_BYTES ]]; then more+=",\"filesystemGrowableBytes\":$FS_GROWABLE_BYTES"; fi
  if [[ -n $BLOCKED_KIND ]]; then
    more+=",\"growthBlocked\":{\"kind\":\"$BLOCKED_KIND\",\"detail\":$(json_string "$BLOCKED_DETAIL" 100)}"
  fi
  if ((MAX_DISK_BYTES > 0)); then more+=",\"maxDiskBytes\":$MAX_DISK_BYTES"; fi
  printf '{"device":%s,"fsType":%s,%s,"diskBytes":%d,"partitionBytes":%d%s}' "$(json_string "$DEVICE" 60)" \
    "$(json_string "$FS_TYPE" 16)" "$(figures_json "$1")" "$DISK_BYTES" "$PART_BYTES" "$more"
}

# require_root NAME: the figures of MOUNT_POINT and of the layers below it, or the end of the script.
require_root() {
  local size="$1_SIZE"
  require_measure "$1"
  find_device || fail "$MOUNT_POINT is not a mount point"
  measure_device "${!size}"
}
