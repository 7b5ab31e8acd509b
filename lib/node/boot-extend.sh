#!/usr/bin/env bash
# Extends root to all of its disk at boot, before the kubelet: recovers a node whose agent cannot run on a full disk.
# Usage: boot-extend.sh. Env: HEADROOM_MOUNT_POINT (/). Exit: 0 extended, nothing to do, or the reason was printed; 1 a tool failed.
# Writes only to /run; every command has a time limit, so that it cannot hold up the boot.
set -o errexit -o nounset -o pipefail
export LC_ALL=C TMPDIR=/run PATH="${PATH:-/usr/bin:/bin}:/usr/sbin:/sbin"
mount=${HEADROOM_MOUNT_POINT:-/}
extend=$(dirname "${BASH_SOURCE[0]}")/extend-root.sh
say() { echo "headroom boot-extend: $1" || true; }
run() { timeout --kill-after=5 "$@" </dev/null 2>&1; }
figure() { df --block-size=1 --output="$1" "$mount" | tail -n 1 | tr -d ' %'; }

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
if [[ -z $numbers || ! -e $system/size ]]; then say "no disk found under $mount" && exit 0; fi
before=$(figure size) code=0 why=''

if [[ -e $extend ]]; then
  # The script that PrepareNode installed beside it knows every layout and names what blocks. A volume group's free extents may be
  # kept for something else: at boot, only a root that is nearly full takes them.
  [[ ! -e $system/dm ]] || (($(figure pcent) >= 80)) || exit 0
  line=$(run 240 bash "$extend") || code=$?
  why=$(sed -n '/^{/{s/.*"error":"\([^"]*\)".*/\1/p;t;s/.*"detail":"\([^"]*\)".*/\1/p}' <<<"$line")
  [[ $why != 'root cannot be grown'* ]] || code=0
else
  if [[ -e $system/partition ]]; then
    disk=${system%/*}
    # 1 is NOCHANGE. A failure must not keep the filesystem from taking what the partition already has.
    why=$(run 120 growpart "/dev/${disk##*/}" "$(<"$system/partition")") || code=$?
    if ((code <= 1)); then code=0 why=''; fi
  fi
  case $type in
    ext[234]) line=$(run 120 resize2fs "/dev/${system##*/}") || code=$? why+=$line ;;
    xfs) line=$(run 120 xfs_growfs "$mount") || code=$? why+=$line ;;
    *) why="cannot grow $type" ;;
  esac
fi
after=$(figure size)
((after == before)) || say "$mount grew from $before to $after bytes"
[[ $code == 0 && -z $why ]] || say "${why:-$extend failed with exit code $code}"
((code == 0)) || exit 1
