#!/usr/bin/env bash
# Prepares a node, new or old: limits for the journal, logs and snap revisions; guard, reclaim script and boot-time extension.
# Run again it changes only what differs. /var/lib/headroom/manifest lists what it installed; remove-headroom.sh removes it.
#
# Usage: prepare-node.sh [--dry-run] [--help]
#   HEADROOM_JOURNAL_MAX_MIB      journald's SystemMaxUse, 16-9999 MiB (default 500)
#   HEADROOM_JOURNAL_FREE_MIB     journald's SystemKeepFree, 16-9999 MiB (default 1024)
#   HEADROOM_LOG_MAX_MIB          a log larger than this is rotated within the hour, 1-9999 MiB (default 100)
#   HEADROOM_SNAP_RETAIN          revisions that snap keeps, 2-20 (default 2)
#   HEADROOM_TARGET_PERCENT       the guard frees down to this used percent, 1-99 (default 75)
#   HEADROOM_GUARD_RECLAIM_PERCENT          the guard frees from this used percent on, 1-99 (default 80)
#   HEADROOM_GUARD_RECLAIM_INTERVAL_MINUTES and at most this often, 1-1440 minutes (default 10)
#   HEADROOM_SKIP_STEPS           reclaim steps that the guard skips, separated by commas (default none)
#   HEADROOM_KEEP_IMAGES          images that it keeps: names separated by commas, + for any characters (default none)
#   HEADROOM_IMAGES_MINIMUM_AGE_HOURS       it keeps images pulled since then, 0-8760 hours (default 0)
#   HEADROOM_GUARD_RECLAIMS       false: the guard frees nothing but its ballast (default true)
#   HEADROOM_ENVIRONMENT          the environment's name, which the guard puts on its metric (default unknown)
#   HEADROOM_DRY_RUN              true: change nothing (default false)
#   HEADROOM_MOUNT_POINT          the root to prepare (default /); others than / get only files and links
# Output: one JSON line, PrepareResult of README.md. Exit: 0 prepared, 1 failed, 2 bad setting, 3 no room to write: nothing changed.
set -o errexit -o nounset -o pipefail
readonly BESIDE=${BASH_SOURCE[0]%/*}
node_file() { cat "$BESIDE/$1" 2>/dev/null || cat "$BESIDE/units/$1"; } # headroom:files
# shellcheck source=common.sh
source <(node_file common.sh)

begin prepare-node "$@"
setting JOURNAL_MAX_MIB 500 16 9999
setting JOURNAL_FREE_MIB 1024 16 9999
setting LOG_MAX_MIB 100 1 9999
setting SNAP_RETAIN 2 2 20
setting TARGET_PERCENT 75 1 99
setting GUARD_RECLAIM_PERCENT 80 1 99
setting GUARD_RECLAIM_INTERVAL_MINUTES 10 1 1440
text_setting SKIP_STEPS none '^(none|[a-z]+(,[a-z]+)*)$'
text_setting KEEP_IMAGES none "^(none|$IMAGE(,$IMAGE){0,19})\$"
setting IMAGES_MINIMUM_AGE_HOURS 0 0 8760
text_setting GUARD_RECLAIMS true '^(true|false)$'
readonly ENVIRONMENT=${HEADROOM_ENVIRONMENT:-unknown}
[[ $ENVIRONMENT =~ ^[a-z][a-z0-9-]{0,31}$ ]] || bad_usage "HEADROOM_ENVIRONMENT must match [a-z][a-z0-9-]*, got '$ENVIRONMENT'"

readonly LIBRARY=/usr/local/lib/headroom UNITS=/etc/systemd/system STATE=/var/lib/headroom
readonly MANIFEST=$PREFIX$STATE/manifest BALLAST=$STATE/ballast
# All files together are below 64 KiB; the rest is for the directories and for what others write meanwhile.
readonly NEEDED_BYTES=$((4 * MIB)) NEEDED_INODES=64

# Files as `PATH MODE SOURCE`, in the order in which they are put: what a unit runs before the unit.
readonly FILES=(
  "$LIBRARY/common.sh 0644 node_file"
  "$LIBRARY/storage.sh 0644 node_file"
  "$LIBRARY/extend-root.sh 0755 node_file"
  "$LIBRARY/deleter.py 0644 node_file"
  "$LIBRARY/delete-files.py 0644 node_file"
  "$LIBRARY/reclaim-disk.sh 0755 node_file"
  "$LIBRARY/guard-duties.sh 0644 node_file"
  "$LIBRARY/guard.sh 0755 node_file"
  "$LIBRARY/boot-extend.sh 0755 node_file"
  "/etc/default/headroom-guard 0644 guard_settings"
  "$UNITS/headroom-guard.service 0644 node_file"
  "$UNITS/headroom-guard.timer 0644 node_file"
  "$UNITS/headroom-boot-extend.service 0644 node_file"
  "/etc/systemd/journald.conf.d/90-headroom.conf 0644 journal_limits"
  "/etc/logrotate.d/00-headroom 0644 log_limits"
  "$UNITS/logrotate.timer.d/headroom.conf 0644 log_schedule"
)
readonly ENABLED=(headroom-boot-extend.service:sysinit.target headroom-guard.timer:timers.target)

guard_settings() {
  printf 'HEADROOM_ENVIRONMENT=%s\nHEADROOM_TARGET_PERCENT=%d\n' "$ENVIRONMENT" "$TARGET_PERCENT"
  printf 'HEADROOM_GUARD_RECLAIM_PERCENT=%d\n' "$GUARD_RECLAIM_PERCENT"
  printf 'HEADROOM_GUARD_RECLAIM_INTERVAL_MINUTES=%d\n' "$GUARD_RECLAIM_INTERVAL_MINUTES"
  printf 'HEADROOM_SKIP_STEPS=%s\nHEADROOM_KEEP_IMAGES=%s\n' "$SKIP_STEPS" "$KEEP_IMAGES"
  printf 'HEADROOM_IMAGES_MINIMUM_AGE_HOURS=%d\n' "$IMAGES_MINIMUM_AGE_HOURS"
  if [[ $GUARD_RECLAIMS == false ]]; then echo HEADROOM_GUARD_RECLAIMS=false; fi
}
journal_limits() {
  printf '# Headroom\n[Journal]\nSystemMaxUse=%dM\nSystemKeepFree=%dM\n' "$JOURNAL_MAX_MIB" "$JOURNAL_FREE_MIB"
}
# The first file of logrotate.d gives the defaults for all that come after it: no log is named twice, which logrotate refuses.
# Where logrotate.conf says dateext (Amazon Linux), a log rotated twice a day needs the time in its name, or the second rotation finds
# its destination and is skipped, with exit 1 (kops#5378; logrotate 3.21, ran). Without dateext the format has no effect; logrotate before
# 3.9 knows no other time than %s.
log_limits() {
  printf '# Headroom: defaults for the files below\ncompress\nmaxsize %dM\ndateformat -%%Y%%m%%d-%%s\n' "$LOG_MAX_MIB"
}
log_schedule() { printf '# Headroom: a size limit that is checked once a day has no effect\n[Timer]\nOnCalendar=\nOnCalendar=hourly\n'; }

wanted() { # PATH MODE SOURCE: prints what the file should hold
  if [[ $3 == node_file ]]; then node_file "${1##*/}"; else "$3"; fi
}

differs() { # PATH MODE SOURCE
  local path=$PREFIX$1
  [[ -f $path && ! -L $path ]] || return 0
  [[ 0$(stat --format=%a -- "$path") == "$2" ]] || return 0
  [[ $(wanted "$@" | sha256sum) != "$(sha256sum <"$path")" ]]
}

# Someone else's file of that name is not ours to replace. An empty one is what a power cut leaves.
foreign() { # PATH
  local path=$PREFIX$1
  [[ -e $path || -L $path ]] || return 1
  [[ -f $path && ! -L $path ]] || return 0
  [[ -s $path ]] && ! grep --quiet --ignore-case headroom "$path"
}

# Every directory on the way to a path that is not there yet, outermost first.
missing_directories() { # PATH
  local path=${1%/*}
  local -a missing=()
  while [[ -n $path && ! -d $PREFIX$path ]]; do
    missing=("$path" "${missing[@]}")
    path=${path%/*}
  done
  if ((${#missing[@]} > 0)); then printf '%s\n' "${missing[@]}"; fi
}

recorded() { [[ -f $MANIFEST ]] && grep --quiet --line-regexp --fixed-strings -- "$1" "$MANIFEST"; }
note() { # LINE: for the manifest, unless it is in it
  local line
  for line in "${NOTES[@]}"; do [[ $line != "$1" ]] || return 0; done
  recorded "$1" || NOTES+=("$1")
}

changed() {
  CHANGES+=("$1")
  # The whole path is in the result: the agent cuts a long standard error, and the result with it.
  log "${1##*/}"
}
skip() {
  SKIPS+=("$1")
  log "skipped: $1"
}

# put PATH MODE, content from standard input: whole or not at all, also when the disk fills or the power fails meanwhile.
put() {
  local path=$PREFIX$1 temporary
  temporary=${path%/*}/.headroom-new.${path##*/}
  mkdir --parents -- "${path%/*}" || return 1
  if cat >"$temporary" && chmod "$2" "$temporary" && sync -- "$temporary" && mv --force --no-target-directory "$temporary" "$path"; then
    return 0
  fi
  rm --force -- "$temporary"
  return 1
}

systemd_runs() { [[ -z $PREFIX && -d /run/systemd/system ]]; }
link_of() { printf '%s/%s.wants/%s' "$UNITS" "${1#*:}" "${1%:*}"; }
is_enabled() { [[ -L $PREFIX$(link_of "$1") ]]; }
is_active() { [[ $(timeout 10 systemctl is-active "$1" 2>/dev/null) == active ]]; }
snap_retain() { timeout 30 snap get system refresh.retain 2>/dev/null || true; }
can_snap() { [[ -z $PREFIX ]] && has snap; }

# What is to be done: TODO (files), LINKS (units to enable), START (timer stopped), RETAIN (snap's value to replace).
look() {
  local row directory
  TODO=() LINKS=() NOTES=() START=false RETAIN=''
  note "directory $LIBRARY" # user data may have made these two
  note "directory $STATE"
  for row in "${FILES[@]}"; do
    # shellcheck disable=SC2086 # three words
    set -- $row
    if [[ $1 == *logrotate* && ! -d $PREFIX/etc/logrotate.d ]]; then
      skip "$1: logrotate is not installed"
      continue
    fi
    if foreign "$1" && ! recorded "file $1"; then
      skip "$1: not Headroom's"
      continue
    fi
    while read -r directory; do note "directory $directory"; done < <(missing_directories "$1")
    note "file $1"
    if differs "$@"; then TODO+=("$row"); fi
  done
  for row in "${ENABLED[@]}"; do
    while read -r directory; do note "directory $directory"; done < <(missing_directories "$(link_of "$row")")
    note "unit $row"
    is_enabled "$row" || LINKS+=("$row")
  done
  while read -r directory; do note "directory $directory"; done < <(missing_directories "$BALLAST")
  note "file $BALLAST"
  if systemd_runs && ! is_active headroom-guard.timer; then START=true; fi
  if can_snap; then
    RETAIN=$(snap_retain)
    if [[ $RETAIN == "$SNAP_RETAIN" ]]; then
      RETAIN=''
    else
      RETAIN=${RETAIN:-unset}
      # Only the value that was there before us; later ones are ours.
      if [[ ! -f $MANIFEST ]] || ! grep --quiet '^snap-retain ' "$MANIFEST"; then note "snap-retain $RETAIN"; fi
    fi
  fi
}

needs_room() { ((${#TODO[@]} + ${#LINKS[@]} + ${#NOTES[@]} > 0)) || [[ -n $RETAIN ]]; }
require_room() {
  local spare=$((NOW_INODES - NOW_INODES_USED))
  ((NOW_AVAILABLE >= NEEDED_BYTES)) ||
    refuse "no room to prepare: $((NOW_AVAILABLE / KIB)) KiB available on $MOUNT_POINT, needs $((NEEDED_BYTES / KIB)) KiB" changes_json
  ((NOW_INODES == 0 || spare >= NEEDED_INODES)) ||
    refuse "no room to prepare: $spare inodes free on $MOUNT_POINT, needs $NEEDED_INODES" changes_json
}

would() { if [[ $DRY_RUN == true ]]; then changed "would $1"; else return 1; fi; }

write_manifest() {
  ((${#NOTES[@]} > 0)) || return 0
  {
    if [[ -f $MANIFEST ]]; then cat "$MANIFEST"; fi
    printf '%s\n' "${NOTES[@]}"
  } | put "${MANIFEST#"$PREFIX"}" 0600 || fail "cannot write $MANIFEST" changes_json
}

put_files() {
  local row
  for row in "${TODO[@]}"; do
    # shellcheck disable=SC2086 # three words
    set -- $row
    if would "write $1"; then continue; fi
    wanted "$@" | put "$1" "$2" || fail "cannot write $1" changes_json
    changed "$1"
    case $1 in
      */journald.conf.d/*) JOURNAL_CHANGED=true ;;
      "$UNITS"/*) UNITS_CHANGED=true ;;
    esac
  done
}

# The link is what `systemctl enable` makes of [Install]; made here, it works on a root that is not the running one, too.
enable_units() {
  local row link
  for row in "${LINKS[@]}"; do
    link=$(link_of "$row")
    if would "enable ${row%:*}"; then continue; fi
    { mkdir --parents -- "$PREFIX${link%/*}" && ln --symbolic --force -- "$UNITS/${row%:*}" "$PREFIX$link"; } ||
      fail "cannot enable ${row%:*}" changes_json
    changed "enabled ${row%:*}"
    UNITS_CHANGED=true
  done
}

run_units() {
  systemd_runs || return 0
  if [[ $UNITS_CHANGED == true ]]; then
    timeout 60 systemctl daemon-reload || fail 'systemctl daemon-reload failed' changes_json
    # A timer that runs takes a new setting only when it is started again.
    if timeout 10 systemctl is-active --quiet logrotate.timer; then timeout 30 systemctl restart logrotate.timer || true; fi
    if [[ $START == false ]]; then timeout 30 systemctl restart headroom-guard.timer || START=true; fi
  fi
  if [[ $START == true ]] && ! would 'start headroom-guard.timer'; then
    timeout 30 systemctl start headroom-guard.timer || fail 'headroom-guard.timer failed to start' changes_json
    changed 'started headroom-guard.timer'
  fi
  if [[ $JOURNAL_CHANGED == true ]]; then
    timeout 60 systemctl restart systemd-journald.service || fail 'systemd-journald failed to restart' changes_json
  fi
}

set_snap() {
  [[ -n $RETAIN ]] || return 0
  if would "set snap refresh.retain=$SNAP_RETAIN"; then return 0; fi
  if timeout 60 snap set system "refresh.retain=$SNAP_RETAIN"; then
    changed "snap refresh.retain=$SNAP_RETAIN"
  else
    skip 'snap refresh.retain: snap set failed'
  fi
}

ensure_ballast() {
  local said
  [[ $DRY_RUN == false ]] || return 0
  said=$(HEADROOM_MOUNT_POINT=$MOUNT_POINT timeout 60 bash "$PREFIX$LIBRARY/guard.sh" ensure 2>&1 3>&-) ||
    fail "cannot create the ballast: $said" changes_json
  if [[ $said == *' created'* ]]; then changed "$BALLAST"; fi
  if [[ $said == *' inodes kept'* ]]; then changed "${BALLAST%/*}/inodes"; fi
}

JOURNAL_CHANGED=false UNITS_CHANGED=false
umask 022
require_measure NOW
look
if needs_room; then require_room; fi
if [[ $DRY_RUN == false ]]; then write_manifest; fi
put_files
enable_units
run_units
set_snap
ensure_ballast
emit_result true '' changes_json
