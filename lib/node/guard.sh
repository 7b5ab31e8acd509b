#!/usr/bin/env bash
# Headroom guard: keeps a ballast file and 512 empty ones, deletes either when bytes or inodes are nearly used up
# so that agents can write again. Where PrepareNode put guard-duties.sh beside it, it does those too, e.g. reclaims before it comes
# to that: user data, which brings the guard alone, has little room.
# Usage: guard.sh ensure   create the ballast where there is room
#        guard.sh tick     release it when nearly full, else as `ensure`; reclaim when it is due (timer, every 30 s)
#        guard.sh status   one line: used percent, available bytes, ballast, the last failure
# Env: HEADROOM_MOUNT_POINT (/), HEADROOM_BALLAST_FILE (MOUNT/var/lib/headroom/ballast), HEADROOM_RUN_FOLDER (/run/headroom),
#      HEADROOM_STATSD_PORT (18125), HEADROOM_ENVIRONMENT (unknown), and those of guard-duties.sh.
# Exit: 0 ok, or a failure already reported; 1 a new failure; 2 usage.
# Works at 0 bytes and 0 inodes free; prints only when it changed something or a failure is new.
# Reports to the CloudWatch agent on each tick, by StatsD, which needs no disk: headroom_guard_failed, 0 or 1.
set -o errexit -o nounset -o pipefail
export LC_ALL=C TMPDIR=/run PATH="${PATH:-/usr/bin:/bin}:/usr/sbin:/sbin"
mount=${HEADROOM_MOUNT_POINT:-/}
ballast=${HEADROOM_BALLAST_FILE:-${mount%/}/var/lib/headroom/ballast}
reserve=${ballast%/*}/inodes
folder=${HEADROOM_RUN_FOLDER:-/run/headroom}
library=$(dirname "${BASH_SOURCE[0]}")
mib=1048576
problem=''

# What survives from tick to tick: when the last reclaim began (seconds of uptime), what failed in it, and what was told.
reclaimed_at='' reclaim_problem='' told=''
remember() { printf '%s\n' "$reclaimed_at" "$reclaim_problem" "$told" >"$folder/guard.state" || true; } 2>/dev/null
recall() { { read -r reclaimed_at && read -r reclaim_problem && read -r told; } <"$folder/guard.state" || true; } 2>/dev/null

look() {
  local line
  line=$(timeout 20 df --block-size=1 --output=size,used,avail,itotal,iavail "$mount" | tail -n 1) || line=''
  read -r size used available inodes spare <<<"$line" || true # reported below
  [[ $size =~ ^[0-9]+$ && $used =~ ^[0-9]+$ ]] || { problem="df cannot read $mount" && return 1; }
  [[ $available =~ ^[0-9]+$ ]] || available=0
  # Some filesystems do not count inodes.
  [[ $inodes =~ ^[1-9][0-9]*$ && $spare =~ ^[0-9]+$ ]] || inodes=0 spare=0
  writable=$((used + available))
  ((writable > 0)) || { problem="$mount has no space at all" && return 1; }
  wanted=$((size / 50))
  ((wanted <= 256 * mib)) || wanted=$((256 * mib))
  floor=$((size / 100))
  ((floor >= 64 * mib)) || floor=$((64 * mib))
  held=0
  [[ ! -f $ballast ]] || held=$(stat -c %s "$ballast" || echo 0)
}

percent() { echo $((used * 100 / writable)); }
say() { echo "headroom guard: $1, $(percent) % used, $((available / mib)) MiB available" || true; }

ensure() {
  ((held < wanted && available > 3 * wanted && used * 100 < 80 * writable)) || return 0
  # Without an inode to spare there is nothing to make it of.
  ((inodes == 0 || spare >= 16)) || return 0
  # Part of a file would be taken for the whole.
  if mkdir -p "${ballast%/*}" && rm -f "$ballast" && fallocate -l "$wanted" "$ballast" && chmod 600 "$ballast"; then
    say "ballast of $((wanted / mib)) MiB created"
  else
    rm -f "$ballast" || true # reported below
    problem='cannot create the ballast'
  fi
}

# Root has no reserve of inodes; a kubelet's restart takes 256.
keep_inodes() {
  if [[ -d $reserve ]]; then
    ((spare < 256)) || return 0
    if rm -rf "$reserve"; then say "512 inodes released, $spare were free"; else problem='cannot release the inodes'; fi
  elif ((spare > 2048 && (inodes - spare) * 100 < 80 * inodes && used * 100 < 80 * writable)); then
    if mkdir -p "$reserve" && touch "$reserve"/{1..512}; then
      say '512 inodes kept'
    else
      rm -rf "$reserve" || true # reported below
      problem='cannot reserve inodes'
    fi
  fi
}

keep() {
  keep_inodes
  if ((available < floor || used * 100 >= 99 * writable)); then
    [[ -e $ballast ]] || return 0
    if rm -f "$ballast"; then say "ballast of $((held / mib)) MiB released"; else problem='cannot release the ballast'; fi
  else
    ensure
  fi
}

# A gauge of this environment for the CloudWatch agent. That no agent listens is not a failure.
tell_agent() { # METRIC VALUE
  (printf '%s:%d|g|#environment:%s' "$1" "$2" "${HEADROOM_ENVIRONMENT:-unknown}" \
    >"/dev/udp/127.0.0.1/${HEADROOM_STATSD_PORT:-18125}") 2>/dev/null || true
}

# To the journal when it is news, to CloudWatch always.
report() {
  local code=0 failed=0
  problem=${problem:-$reclaim_problem}
  [[ -z $problem ]] || failed=1
  if [[ $problem != "$told" ]]; then
    # The journal may have no room; the gauge reports it as well.
    if [[ -n $problem ]]; then
      echo "headroom guard: failed: $problem" >&2 || true
      code=1
    else
      echo 'headroom guard: recovered' || true
    fi
    told=$problem
  fi
  remember
  tell_agent headroom_guard_failed "$failed"
  return "$code"
}

reclaim_when_due() { :; }
tell_snapshot_age() { :; }
# shellcheck source=/dev/null
[[ ! -f $library/guard-duties.sh ]] || source "$library/guard-duties.sh"

mkdir -p "$folder" 2>/dev/null || true # then there is no state, and everything is reported again
recall
case ${1:-} in
  ensure) if look; then keep_inodes && ensure; fi ;;
  tick)
    if look; then
      keep
      reclaim_when_due
      if look; then keep; fi
    fi
    tell_snapshot_age
    report || exit 1
    exit 0
    ;;
  status)
    if look; then say "ballast of $((held / mib)) MiB${told:+, failed: $told}"; fi
    ;;
  *) echo 'usage: guard.sh ensure|tick|status' >&2 && exit 2 ;;
esac
[[ -z $problem ]] || { echo "headroom guard: failed: $problem" >&2 && exit 1; }
