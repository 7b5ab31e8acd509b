#!/usr/bin/env bash
# What the guard does on each tick besides keeping its ballast; sourced by guard.sh, whose variables and functions it uses, never run.
# It reclaims with the script beside it, only what can be had again: what erases a trace is left to HealNode, which keeps evidence
# first. On a control plane it reports to the CloudWatch agent headroom_etcd_snapshot_age_seconds.
# Env: HEADROOM_GUARD_RECLAIM_PERCENT (80, 1-100: reclaim from this used percent of bytes or inodes on),
#      HEADROOM_GUARD_RECLAIM_INTERVAL_MINUTES (10, 1-1440: at most this often),
#      HEADROOM_GUARD_RECLAIMS (true; else it frees nothing but its ballast).
#      The reclaim script reads its own, e.g. HEADROOM_TARGET_PERCENT.
# shellcheck disable=SC2154,SC2034 # guard.sh's
reclaim=$library/reclaim-disk.sh

setting() { # NAME DEFAULT MIN MAX: a bad value must not stop the guard; it is reported like any other failure.
  local value=${!1:-$2}
  if ! [[ $value =~ ^[0-9]{1,5}$ ]] || ((10#$value < $3 || 10#$value > $4)); then
    problem="$1 must be a whole number from $3 to $4"
    value=$2
  fi
  number=$((10#$value))
}
setting HEADROOM_GUARD_RECLAIM_PERCENT 80 1 100 && from_percent=$number
setting HEADROOM_GUARD_RECLAIM_INTERVAL_MINUTES 10 1 1440 && interval=$((number * 60))

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

reclaim_when_due() { if reclaim_is_due; then run_reclaim; fi; }

# The disk can go on filling meanwhile, so the ballast is looked after all the time.
run_reclaim() {
  local pid code=0 before=$used was
  was=$(percent)
  reclaimed_at=$(uptime_seconds)
  remember # before, so that a run that never ends is not started again at once
  HEADROOM_MOUNT_POINT=$mount HEADROOM_KEEP_TRACES=true HEADROOM_DELETED_LIST=$folder/deleted-by-guard \
    HEADROOM_LOCK_WAIT_SECONDS=0 HEADROOM_STEP_TIMEOUT_SECONDS=20 \
    timeout --kill-after=5 240 bash "$reclaim" </dev/null >/dev/null 2>&1 &
  pid=$!
  while sleep 1 && kill -0 "$pid" 2>/dev/null; do
    if look; then keep; fi
  done
  wait "$pid" || code=$?
  case $code in
    0) reclaim_problem='' ;;
    3) return 0 ;; # HealNode's own run is in progress
    *) reclaim_problem="reclaim-disk.sh failed with exit code $code" ;;
  esac
  look || return 0
  ((before - used < mib)) || say "reclaimed $(((before - used) / mib)) MiB, it was $was % used"
}

# Seconds since a good snapshot of etcd was saved here: etcd-snapshot.sh touches the file. Before the first one they count from the
# first tick, so a node whose snapshots never begin is found as late as one whose snapshots stop. A control plane is known by the
# agent configuration of that role, which the node gets by its tag (lib/node/configure-agent.sh).
tell_snapshot_age() {
  local saved=${ballast%/*}/etcd-saved age=-1
  compgen -G "${mount%/}/opt/aws/amazon-cloudwatch-agent/etc/amazon-cloudwatch-agent.d/ssm__headroom_*_cloudwatch-agent_control-plane" \
    >/dev/null || return 0
  if [[ -e $saved ]]; then age=$(($(date +%s) - $(stat -c %Y "$saved"))); fi
  # A time that is still to come is one of a clock that was wrong; it would hide a missing snapshot until then.
  if ((age < 0)); then
    { mkdir -p "${saved%/*}" && touch "$saved"; } 2>/dev/null || { problem="cannot write $saved" && return 0; }
    age=0
  fi
  tell_agent headroom_etcd_snapshot_age_seconds "$age"
}
