#!/usr/bin/env bash
# Headroom guard: a ballast file, deleted when the disk is nearly full so that agents can write again.
# Usage: guard.sh ensure   create the ballast where there is room
#        guard.sh tick     release it when nearly full, else as `ensure` (timer, every minute)
#        guard.sh status   one line: used percent, available bytes, ballast
# Env: HEADROOM_MOUNT_POINT (/), HEADROOM_BALLAST_FILE (MOUNT/var/lib/headroom/ballast). Exit: 0 ok, 1 failed, 2 usage.
# Works at 0 bytes and 0 inodes free; silent unless it changes something.
set -o errexit -o nounset -o pipefail
export LC_ALL=C TMPDIR=/run PATH="${PATH:-/usr/bin:/bin}:/usr/sbin:/sbin"
mount=${HEADROOM_MOUNT_POINT:-/}
ballast=${HEADROOM_BALLAST_FILE:-${mount%/}/var/lib/headroom/ballast}
mib=1048576

line=$(timeout 20 df --block-size=1 --output=size,used,avail,itotal,iavail "$mount" | tail -n 1)
read -r size used available inodes spare <<<"$line"
[[ $size =~ ^[0-9]+$ && $used =~ ^[0-9]+$ ]] || { echo "headroom guard: df cannot read $mount" >&2 && exit 1; }
[[ $available =~ ^[0-9]+$ ]] || available=0
writable=$((used + available))
((writable > 0)) || exit 1

wanted=$((size / 50))
((wanted <= 256 * mib)) || wanted=$((256 * mib))
floor=$((size / 100))
((floor >= 64 * mib)) || floor=$((64 * mib))
held=0
[[ ! -f $ballast ]] || held=$(stat -c %s "$ballast")

say() { echo "headroom guard: $1, $((used * 100 / writable)) % used, $((available / mib)) MiB available" || true; }

ensure() {
  ((held < wanted && available > 3 * wanted && used * 100 < 80 * writable)) || return 0
  # Without an inode to spare there is nothing to make it of. Some filesystems do not count them.
  [[ $inodes =~ ^[1-9] ]] && ((spare < 16)) && return 0
  mkdir -p "${ballast%/*}"
  rm -f "$ballast"
  # A file that is only partly there would be taken for the whole one.
  fallocate -l "$wanted" "$ballast" || { rm -f "$ballast" && echo 'headroom guard: cannot create the ballast' >&2 && return 1; }
  chmod 600 "$ballast"
  say "ballast of $((wanted / mib)) MiB created"
}

case ${1:-} in
  ensure) ensure ;;
  tick)
    if ((available < floor || used * 100 >= 99 * writable)); then
      [[ -e $ballast ]] || exit 0
      rm -f "$ballast"
      say "ballast of $((held / mib)) MiB released"
    else
      ensure
    fi
    ;;
  status) say "ballast of $((held / mib)) MiB" ;;
  *) echo 'usage: guard.sh ensure|tick|status' >&2 && exit 2 ;;
esac
