#!/usr/bin/env bash
# Gives root all of its disk at boot, before the kubelet: the way back for a node whose agent cannot run on a full disk.
# Usage: boot-extend.sh. Env: HEADROOM_MOUNT_POINT (/). Exit: 0 extended or nothing to do, 1 failed.
# Writes only to /run; every command has a time limit, so that it cannot hold up the boot.
set -o errexit -o nounset -o pipefail
export LC_ALL=C TMPDIR=/run PATH="${PATH:-/usr/bin:/bin}:/usr/sbin:/sbin"
mount=${HEADROOM_MOUNT_POINT:-/}
say() { echo "headroom boot-extend: $1" || true; }
run() { timeout --kill-after=5 120 "$@" </dev/null; }
bytes() { df --block-size=1 --output=size "$mount" | tail -n 1; }

# The device number is right where the name says only /dev/root.
numbers='' type=''
while read -r _ _ number _ point rest; do
  if [[ $point == "$mount" ]]; then
    numbers=$number
    type=${rest#*- }
    type=${type%% *}
  fi
done </proc/self/mountinfo
system=$(readlink -f "/sys/dev/block/$numbers" || true)
if [[ -z $numbers || ! -e $system/size ]]; then say "no disk below $mount" && exit 0; fi
device=/dev/${system##*/}
before=$(bytes)

if [[ -e $system/partition ]]; then
  disk=${system%/*}
  code=0
  output=$(run growpart "/dev/${disk##*/}" "$(<"$system/partition")" 2>&1) || code=$?
  # 1 is NOCHANGE. A failure must not keep the filesystem from taking what the partition already has.
  ((code <= 1)) || say "growpart: exit $code, $output"
fi
case $type in
  ext[234]) output=$(run resize2fs "$device" 2>&1) || { say "resize2fs: $output" && exit 1; } ;;
  xfs) output=$(run xfs_growfs "$mount" 2>&1) || { say "xfs_growfs: $output" && exit 1; } ;;
  *) say "cannot grow $type" && exit 0 ;;
esac
after=$(bytes)
((after == before)) || say "$mount grew from $before to $after bytes"
((${code:-0} <= 1)) || exit 1
