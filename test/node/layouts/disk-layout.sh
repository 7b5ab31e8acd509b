#!/usr/bin/env bash
# One storage layout, for real, on loop devices: a disk with a mounted filesystem, as a node's root may lie on it.
# As root, on this machine or in the virtual one; works without udev. Everything is below FOLDER.
#
# Usage: disk-layout.sh make FOLDER LAYOUT ext4|xfs   mounts it at FOLDER/mnt
#        disk-layout.sh fill FOLDER                   until no byte is left
#        disk-layout.sh grow FOLDER MIB               the disk, under the mounted filesystem, as Elastic Volumes does
#        disk-layout.sh destroy FOLDER                leaves nothing behind
set -o errexit -o nounset -o pipefail
export LVM_SUPPRESS_FD_WARNINGS=1 PATH="$PATH:/usr/sbin:/sbin"
folder=$2
readonly mounted=$folder/mnt group=headroom_test

# disk NAME SIZE [TABLE]: an image, its loop device in LOOP, and the partitions of an sfdisk script.
disk() {
  local name number
  truncate --size "$2" "$folder/$1.img"
  if [[ -n ${3:-} ]]; then printf '%b' "$3" | sfdisk --quiet "$folder/$1.img"; fi
  LOOP=$(losetup --find --show "$folder/$1.img")
  echo "$LOOP" >>"$folder/loops"
  [[ -n ${3:-} ]] || return 0
  name=${LOOP#/dev/}
  # What the kernel reads by itself differs, and there may be no udev.
  ls -d /sys/class/block/"$name"p* >/dev/null 2>&1 || partx --add "$LOOP"
  settle
  for number in /sys/class/block/"$name"p*; do
    number=${number##*/}
    if [[ -e /dev/$number ]]; then continue; fi
    IFS=: read -r major minor <"/sys/class/block/$number/dev"
    mknod "/dev/$number" b "$major" "$minor"
    echo "/dev/$number" >>"$folder/nodes"
  done
}
has() { command -v "$1" >/dev/null; }
settle() { if has udevadm; then udevadm settle; fi; }

# forget_partitions LOOP: the next disk on it would take them for its own. While udev has one open it stays (EBUSY).
forget_partitions() {
  for _ in {1..100}; do
    settle
    partx --delete "$1" 2>/dev/null || true # it has none, or one is busy
    if ! ls -d /sys/class/block/"${1#/dev/}"p* >/dev/null 2>&1; then return 0; fi
    sleep 0.1
  done
  echo "$1 keeps its partitions" >&2 && return 1
}

# lvm_do COMMAND...: without backups in /etc/lvm, which the test has filled, and without tools that may not be installed.
lvm_do() {
  local command=$1
  shift
  "$command" --quiet --quiet --yes --config 'backup { backup = 0 archive = 0 } global { thin_check_executable = "" }' "$@"
}

# group PV...: a volume group of these. volume SIZE PV...: also its logical volume `root`.
group() {
  lvm_do pvcreate "$@"
  lvm_do vgcreate "$group" "$@"
  echo "$group" >"$folder/group"
}
volume() {
  local option=--size size=$1
  shift
  if [[ $size == *%* ]]; then option=--extents; fi
  group "$@"
  lvm_do lvcreate --wipesignatures n "$option" "$size" --name root "$group" "$@"
  DEVICE=/dev/$group/root
}

# map NAME UUID TABLE: a device-mapper device.
map() {
  dmsetup create "$1" --uuid "$2" --table "$3"
  echo "$1" >>"$folder/maps"
  DEVICE=/dev/mapper/$1
}

make() {
  local layout=$1 type=$2 size=768M first second options=''
  local -a format
  case $type in
    ext4) format=(mkfs.ext4 -q -F) ;;
    xfs) format=(mkfs.xfs -q -f -K) ;;
  esac
  mkdir --parents "$mounted"
  case $layout in
    bare*) disk disk $size && DEVICE=$LOOP ;;
    gpt-last) disk disk $size 'label: gpt\nsize=700MiB\n' && DEVICE=${LOOP}p1 ;;
    gpt-boot-before) disk disk $size 'label: gpt\nsize=32MiB\nsize=700MiB\n' && DEVICE=${LOOP}p2 ;;
    # Numbers and places differ, as on Debian and Ubuntu: root is 1, and lies behind 14 and 15.
    gpt-first-number-last-place)
      disk disk $size "label: gpt\n14:start=2048,size=4MiB\n15:size=16MiB\n1:size=700MiB\n" && DEVICE=${LOOP}p1
      ;;
    gpt-swap-behind) disk disk $size 'label: gpt\nsize=640MiB\nsize=64MiB,type=swap\n' && DEVICE=${LOOP}p1 ;;
    gpt-data-behind)
      disk disk $size 'label: gpt\nsize=640MiB\nsize=64MiB\n' && DEVICE=${LOOP}p1
      mkfs.ext4 -q -F "${LOOP}p2"
      ;;
    mbr-last) disk disk $size 'label: dos\nsize=700MiB\n' && DEVICE=${LOOP}p1 ;;
    mbr-extended-behind)
      disk disk $size 'label: dos\nsize=640MiB\nsize=+,type=5\nsize=32MiB,type=82\n' && DEVICE=${LOOP}p1
      ;;
    mbr-logical) disk disk $size 'label: dos\nsize=16MiB\nsize=+,type=5\nsize=700MiB\n' && DEVICE=${LOOP}p5 ;;
    # Sparse. Begins so large that the filesystem grows by little.
    mbr-near-2tib)
      disk disk 2046G 'label: dos\nsize=+\n' && DEVICE=${LOOP}p1
      if [[ $type == xfs ]]; then format+=(-d agcount=4 -l size=64m); else format+=(-E lazy_itable_init=1 -O ^has_journal -N 65536); fi
      ;;
    mbr-beyond-2tib) disk disk 2100G 'label: dos\nsize=700MiB\n' && DEVICE=${LOOP}p1 ;;
    lvm-bare) disk disk $size && volume 100%FREE "$LOOP" ;;
    lvm-gpt-last) disk disk $size 'label: gpt\nsize=32MiB\nsize=700MiB\n' && volume 100%FREE "${LOOP}p2" ;;
    lvm-mbr-last) disk disk $size 'label: dos\nsize=32MiB\nsize=700MiB\n' && volume 100%FREE "${LOOP}p2" ;;
    # As CIS and RHEL-like images have it: /var is a neighbour in the group.
    lvm-var-behind)
      disk disk 1G 'label: gpt\nsize=980MiB\n' && volume 600M "${LOOP}p1"
      lvm_do lvcreate --size 300M --name var "$group"
      ;;
    lvm-swap-behind) disk disk $size 'label: gpt\nsize=640MiB\nsize=64MiB,type=swap\n' && volume 100%FREE "${LOOP}p1" ;;
    lvm-other-disk)
      disk other 1G && other=$LOOP
      disk disk $size && volume 100%PVS "$LOOP"
      lvm_do pvcreate "$other"
      lvm_do vgextend "$group" "$other"
      ;;
    lvm-two-disks) disk other 512M && first=$LOOP && disk disk 512M && volume 100%FREE "$first" "$LOOP" ;;
    lvm-raid1)
      disk other $size && first=$LOOP && disk disk $size && second=$LOOP
      group "$first" "$second"
      lvm_do lvcreate --type raid1 --mirrors 1 --size 640M --name root "$group"
      DEVICE=/dev/$group/root
      ;;
    lvm-thin)
      disk disk 1G && group "$LOOP" && DEVICE=/dev/$group/root
      lvm_do lvcreate --type thin-pool --size 800M --name pool "$group"
      lvm_do lvcreate --thin --virtualsize 640M --name root "$group/pool"
      ;;
    lvm-snapshot)
      disk disk 1G && volume 640M "$LOOP"
      lvm_do lvcreate --snapshot --size 100M --name before "$group/root"
      ;;
    luks)
      disk disk $size 'label: gpt\nsize=700MiB\n'
      map headroom_crypt CRYPT-LUKS2-0123456789abcdef-headroom_crypt \
        "0 $(blockdev --getsz "${LOOP}p1") crypt aes-xts-plain64 $(printf '%032x' 1 2 3 4) 0 ${LOOP}p1 0"
      ;;
    lvm-on-luks)
      disk disk $size
      map headroom_crypt CRYPT-LUKS2-0123456789abcdef-headroom_crypt \
        "0 $(blockdev --getsz "$LOOP") crypt aes-xts-plain64 $(printf '%032x' 1 2 3 4) 0 $LOOP 0"
      volume 100%FREE "$DEVICE"
      ;;
    filesystem-errors) disk disk $size && DEVICE=$LOOP ;;
    read-only) disk disk $size && DEVICE=$LOOP options=ro ;;
    tmpfs) mount -t tmpfs -o size=64m tmpfs "$mounted" && return ;;
    *) echo "unknown layout $layout" >&2 && return 2 ;;
  esac
  case $layout in
    bare-32bit) format+=(-O ^64bit) ;;
  esac
  "${format[@]}" "$DEVICE"
  if [[ $layout == filesystem-errors ]]; then
    debugfs -w -R 'set_super_value state 3' "$DEVICE" 2>/dev/null
    debugfs -w -R 'set_super_value error_count 7' "$DEVICE" 2>/dev/null
  fi
  mount ${options:+-o "$options"} "$DEVICE" "$mounted"
}

fill() {
  local available file
  file=$(mktemp --directory "$mounted/fill.XXXXXX")
  available=$(df --block-size=1 --output=avail "$mounted" | tail --lines=1)
  if ((available > 16777216)); then fallocate --length $((available - 8388608)) "$file/most"; fi
  dd if=/dev/zero of="$file/1M" bs=1M 2>/dev/null || true # until it is full
  # xfs gives back what it had reserved for a file while it was written.
  for try in {1..50}; do
    dd if=/dev/zero of="$file/4k-$try" bs=4k 2>/dev/null || true
    sync --file-system "$mounted"
    available=$(df --block-size=1 --output=avail "$mounted" | tail --lines=1)
    if ((available < 65536)); then return 0; fi
  done
  echo "not full: $available bytes are available" >&2 && return 1
}

grow() {
  truncate --size "$1M" "$folder/disk.img"
  losetup --set-capacity "$(losetup --noheadings --output NAME --associated "$folder/disk.img")"
  settle
}

destroy() {
  local each status=0
  settle
  umount "$mounted" 2>/dev/null || true # not mounted yet
  if [[ -e $folder/group ]]; then lvm_do vgremove --force "$(<"$folder/group")"; fi
  if [[ -e $folder/maps ]]; then while read -r each; do dmsetup remove --retry "$each"; done <"$folder/maps"; fi
  if [[ -e $folder/loops ]]; then
    while read -r each; do
      forget_partitions "$each" || status=1
      losetup --detach "$each"
    done <"$folder/loops"
  fi
  if [[ -e $folder/nodes ]]; then while read -r each; do rm --force "$each"; done <"$folder/nodes"; fi
  rm --recursive --force --one-file-system "$folder"
  return "$status"
}

action=$1
shift 2
"$action" "$@"
