#!/usr/bin/env bash
# Headroom guard: keeps a ballast file and 512 empty ones, deletes either when bytes or inodes are nearly used up
# so that agents can write again, and frees the disk with the reclaim script beside it (where PrepareNode put it) before it comes to that.
# Usage: guard.sh ensure   create the ballast where there is room
#        guard.sh tick     release it when nearly full, else as `ensure`; reclaim when it is due (timer, every 30 s)
#        guard.sh status   one line: used percent, available bytes, ballast, what failed last
# Env: HEADROOM_MOUNT_POINT (/), HEADROOM_BALLAST_FILE (MOUNT/var/lib/headroom/ballast), HEADROOM_RUN_FOLDER (/run/headroom),
#      HEADROOM_GUARD_RECLAIM_PERCENT (80, 1-100: reclaim from this used percent of bytes or inodes on),
#      HEADROOM_GUARD_RECLAIM_INTERVAL_MINUTES (10, 1-1440: at most so often), HEADROOM_STATSD_PORT (18125),
#      HEADROOM_GUARD_RECLAIMS (true; else it frees nothing but its ballast), HEADROOM_ENVIRONMENT (unknown). The reclaim script reads its own, e.g. HEADROOM_TARGET_PERCENT.
# Exit: 0 ok, or a failure already told; 1 a new failure; 2 usage.
# Works at 0 bytes and 0 inodes free; speaks only when it changed something or something else fails than before.
# Tells the CloudWatch agent on each tick: headroom_guard_failed, 0 or 1, by StatsD, which needs no disk.
set -o errexit -o nounset -o pipefail
export LC_ALL=C TMPDIR=/run PATH="${PATH:-/usr/bin:/bin}:/usr/sbin:/sbin"
mount=${HEADROOM_MOUNT_POINT:-/}
ballast=${HEADROOM_BALLAST_FILE:-${mount%/}/var/lib/headroom/ballast}
reserve=${ballast%/*}/inodes
folder=${HEADROOM_RUN_FOLDER:-/run/headroom}
reclaim=$(dirname "${BASH_SOURCE[0]}")/reclaim-disk.sh
mib=1048576
problem=''

setting() { # NAME DEFAULT MIN MAX: a bad value must not stop the guard; it is told like any other failure.
  local value=${!1:-$2}
  if ! [[ $value =~ ^[0-9]{1,5}$ ]] || ((10#$value < $3 || 10#$value > $4)); then
    problem="$1 must be a whole number from $3 to $4"
    value=$2
  fi
  number=$((10#$value))
}
setting HEADROOM_GUARD_RECLAIM_PERCENT 80 1 100 && from_percent=$number
setting HEADROOM_GUARD_RECLAIM_INTERVAL_MINUTES 10 1 1440 && interval=$((number * 60))

# What survives from tick to tick: when the last reclaim began (seconds of uptime), what failed in it, and what was told.
reclaimed_at='' reclaim_problem='' told=''
remember() { printf '%s\n' "$reclaimed_at" "$reclaim_problem" "$told" >"$folder/guard.state" || true; } 2>/dev/null
recall() { { read -r reclaimed_at && read -r reclaim_problem && read -r told; } <"$folder/guard.state" || true; } 2>/dev/null

look() {
  local line
  line=$(timeout 20 df --block-size=1 --output=size,used,avail,itotal,iavail "$mount" | tail -n 1) || line=''
  read -r size used available inodes spare <<<"$line" || true # told below
  [[ $size =~ ^[0-9]+$ && $used =~ ^[0-9]+$ ]] || { problem="df cannot read $mount" && return 1; }
  [[ $available =~ ^[0-9]+$ ]] || available=0
  # Some filesystems do not count inodes.
  [[ $inodes =~ ^[1-9][0-9]*$ && $spare =~ ^[0-9]+$ ]] || inodes=0 spare=0
  writable=$((used + available))
  ((writable > 0)) || { problem="$mount has no room at all" && return 1; }
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
    rm -f "$ballast" || true # told below
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
      rm -rf "$reserve" || true # told below
      problem='cannot keep inodes'
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

uptime_seconds() { local up && read -r up _ </proc/uptime && echo "${up%.*}"; }

# An operator's pause (pause-guard.sh), in memory and, for a reboot, on disk: seconds since the epoch. One that ends in more than
# 31 days is none: nothing stops the guard for good.
paused() {
  local file until now
  printf -v now '%(%s)T' -1
  for file in "$folder/paused-until" "${ballast%/*}/paused-until"; do
    { read -r until <"$file"; } 2>/dev/null || continue
    [[ ! $until =~ ^[1-9][0-9]{9}$ ]] || ((until <= now || until > now + 31 * 86400)) || return 0
  done
  return 1
}

reclaim_is_due() {
  [[ -f $reclaim && ${HEADROOM_GUARD_RECLAIMS:-true} == true ]] || return 1
  ! paused || return 1
  ((used * 100 >= from_percent * writable || (inodes > 0 && (inodes - spare) * 100 >= from_percent * inodes))) || return 1
  [[ ! $reclaimed_at =~ ^[0-9]+$ ]] || (($(uptime_seconds) - reclaimed_at >= interval))
}

# The disk can go on filling meanwhile, so the ballast is looked after all the time.
run_reclaim() {
  local pid code=0 before=$used was
  was=$(percent)
  reclaimed_at=$(uptime_seconds)
  remember # before, so that a run that never ends is not begun again at once
  HEADROOM_MOUNT_POINT=$mount HEADROOM_LOCK_WAIT_SECONDS=0 HEADROOM_STEP_TIMEOUT_SECONDS=20 \
    timeout --kill-after=5 240 bash "$reclaim" </dev/null >/dev/null 2>&1 &
  pid=$!
  while sleep 1 && kill -0 "$pid" 2>/dev/null; do
    if look; then keep; fi
  done
  wait "$pid" || code=$?
  case $code in
    0) reclaim_problem='' ;;
    3) return 0 ;; # HealNode's own run is at it
    *) reclaim_problem="reclaim-disk.sh ended with $code" ;;
  esac
  look || return 0
  ((before - used < mib)) || say "reclaimed $(((before - used) / mib)) MiB, it was $was % used"
}

# To the journal when it is news, to CloudWatch always. Nobody listening is no failure.
report() {
  local code=0 failed=0
  problem=${problem:-$reclaim_problem}
  [[ -z $problem ]] || failed=1
  if [[ $problem != "$told" ]]; then
    if [[ -n $problem ]]; then
      echo "headroom guard: failed: $problem" >&2 || true
      code=1
    else
      echo 'headroom guard: well again' || true
    fi
    told=$problem
  fi
  remember
  (printf 'headroom_guard_failed:%d|g|#environment:%s' "$failed" "${HEADROOM_ENVIRONMENT:-unknown}" \
    >"/dev/udp/127.0.0.1/${HEADROOM_STATSD_PORT:-18125}") 2>/dev/null || true
  return "$code"
}

mkdir -p "$folder" 2>/dev/null || true
recall
case ${1:-} in
  ensure) if look; then keep_inodes && ensure; fi ;;
  tick)
    if look; then
      keep
      if reclaim_is_due; then run_reclaim; fi
      if look; then keep; fi
    fi
    report || exit 1
    exit 0
    ;;
  status)
    if look; then say "ballast of $((held / mib)) MiB${told:+, failed: $told}"; fi
    ;;
  *) echo 'usage: guard.sh ensure|tick|status' >&2 && exit 2 ;;
esac
[[ -z $problem ]] || { echo "headroom guard: failed: $problem" >&2 && exit 1; }
