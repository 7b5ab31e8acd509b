#!/usr/bin/env bash
# Installs the timer that saves etcd on a control-plane node, or removes it. Run again it changes only what differs. The first
# snapshot is taken at once; after that each member has a minute of its own, the same in every period.
#
# Usage: prepare-etcd-snapshots.sh [--dry-run] [--help]
#   HEADROOM_ACTION       install or remove (default install)
#   HEADROOM_BUCKET       the bucket for snapshots (default none, which is refused)
#   HEADROOM_BUCKET_OWNER the account that must own the bucket (default none, which is refused)
#   HEADROOM_ENVIRONMENT  the environment's name (default unknown)
#   HEADROOM_EVERY_HOURS  hours between two snapshots, 1-24, a divisor of 24 (default 6)
#   HEADROOM_DRY_RUN      true: only report what would change (default false)
#   HEADROOM_MOUNT_POINT  the root to prepare (default /); others than / get only files and links
# Output: one JSON line with changed and skipped. Exit: 0 done, 1 failed, 2 bad setting, 3 no room to write: nothing changed.
set -o errexit -o nounset -o pipefail
readonly BESIDE=${BASH_SOURCE[0]%/*}
node_file() { cat "$BESIDE/$1" 2>/dev/null || cat "$BESIDE/units/$1"; } # headroom:files
source "$(dirname "${BASH_SOURCE[0]}")/etcd-common.sh" # headroom:include

begin prepare-etcd-snapshots "$@"
text_setting ACTION install '^(install|remove)$'
text_setting BUCKET none '^[a-z0-9][a-z0-9.-]{2,62}$'
text_setting BUCKET_OWNER none '^(none|[0-9]{12})$'
text_setting ENVIRONMENT unknown '^[a-z][a-z0-9-]{0,31}$'
setting EVERY_HOURS 6 1 24
((24 % EVERY_HOURS == 0)) || bad_usage "HEADROOM_EVERY_HOURS must divide a day, got $EVERY_HOURS"

readonly UNITS=/etc/systemd/system UNIT=headroom-etcd-snapshot
readonly LINK=$UNITS/timers.target.wants/$UNIT.timer
# PATH MODE SOURCE, what a unit runs before the unit.
readonly FILES=(
  "/usr/local/lib/headroom/etcd-snapshot.sh 0755 node_file"
  "/etc/default/$UNIT 0644 settings_file"
  "$UNITS/$UNIT.service 0644 node_file"
  "$UNITS/$UNIT.timer 0644 timer_file"
)

settings_file() {
  printf 'HEADROOM_BUCKET=%s\nHEADROOM_BUCKET_OWNER=%s\nHEADROOM_ENVIRONMENT=%s\n' "$BUCKET" "$BUCKET_OWNER" "$ENVIRONMENT"
  # The agent names both; by hand they are asked of the machine.
  if [[ ${AWS_SSM_INSTANCE_ID:-} =~ ^i-[0-9a-f]{8,17}$ ]]; then printf 'HEADROOM_INSTANCE_ID=%s\n' "$AWS_SSM_INSTANCE_ID"; fi
  if [[ ${AWS_SSM_REGION_NAME:-} =~ ^[a-z0-9-]+$ ]]; then printf 'AWS_DEFAULT_REGION=%s\n' "$AWS_SSM_REGION_NAME"; fi
}
# The delay is drawn from the machine's id: the members' snapshots spread over the period, and a member keeps its place.
timer_file() {
  local hours="00/$EVERY_HOURS"
  if ((EVERY_HOURS == 24)); then hours=00; fi
  printf '[Unit]\nDescription=Headroom: save etcd every %d hours\n[Timer]\nOnCalendar=*-*-* %s:00:00\n' "$EVERY_HOURS" "$hours"
  printf 'RandomizedDelaySec=%dmin\nFixedRandomDelay=true\nPersistent=true\n[Install]\nWantedBy=timers.target\n' $((EVERY_HOURS * 60 - 15))
}
wanted() { if [[ $3 == node_file ]]; then node_file "${1##*/}"; else "$3"; fi; } # PATH MODE SOURCE

differs() { # PATH MODE SOURCE
  local path=$PREFIX$1
  [[ -f $path && ! -L $path && 0$(stat --format=%a -- "$path") == "$2" ]] || return 0
  [[ $(wanted "$@" | sha256sum) != "$(sha256sum <"$path")" ]]
}
put() { # PATH MODE, content from standard input: whole or not at all
  local path=$PREFIX$1 temporary
  temporary=${path%/*}/.headroom-new.${path##*/}
  mkdir --parents -- "${path%/*}" || return 1
  if cat >"$temporary" && chmod "$2" "$temporary" && sync -- "$temporary" && mv --force --no-target-directory "$temporary" "$path"; then
    return 0
  fi
  rm --force -- "$temporary"
  return 1
}
changed() {
  CHANGES+=("$1")
  log "$1"
}
would() { if [[ $DRY_RUN == true ]]; then changed "would $1"; else return 1; fi; }
systemd_runs() { [[ -z $PREFIX && -d /run/systemd/system ]]; }
systemd() { timeout 60 systemctl "$@" || fail "systemctl $* failed$(because 120)" changes_json; }

install_files() {
  local row
  local -a todo=()
  for row in "${FILES[@]}"; do
    # shellcheck disable=SC2086 # three words
    if differs $row; then todo+=("$row"); fi
  done
  if ((${#todo[@]} > 0)); then
    require_measure NOW
    ((NOW_AVAILABLE >= 4 * MIB)) ||
      refuse "no room: $((NOW_AVAILABLE / KIB)) KiB available on $MOUNT_POINT, needs 4096 KiB" changes_json
  fi
  for row in "${todo[@]}"; do
    # shellcheck disable=SC2086 # three words
    set -- $row
    if would "write $1"; then continue; fi
    wanted "$@" | put "$1" "$2" || fail "cannot write $1" changes_json
    changed "$1"
  done
}
install_timer() {
  local new=false
  if [[ ! -L $PREFIX$LINK ]] && ! would "enable $UNIT.timer"; then
    { mkdir --parents -- "$PREFIX${LINK%/*}" && ln --symbolic --force -- "$UNITS/$UNIT.timer" "$PREFIX$LINK"; } ||
      fail "cannot enable $UNIT.timer" changes_json
    changed "enabled $UNIT.timer"
    new=true
  fi
  if [[ $DRY_RUN == true ]] || ! systemd_runs; then return 0; fi
  if ((${#CHANGES[@]} > 0)); then
    systemd daemon-reload
    # A timer that runs takes a new setting only when it is started again.
    systemd restart "$UNIT.timer"
  elif ! timeout 10 systemctl is-active --quiet "$UNIT.timer"; then
    systemd start "$UNIT.timer"
    changed "started $UNIT.timer"
  fi
  if [[ $new == true ]]; then systemd start --no-block "$UNIT.service"; fi
}

remove_all() {
  local row path
  if [[ $DRY_RUN == false ]] && systemd_runs; then
    timeout 60 systemctl stop "$UNIT.timer" "$UNIT.service" 2>/dev/null || true # they may not be there
  fi
  # The guard counts anew when the timer comes back.
  for row in "$LINK timer" "${FILES[@]}" '/var/lib/headroom/etcd-saved file'; do
    path=${row%% *}
    [[ -e $PREFIX$path || -L $PREFIX$path ]] || continue
    if would "remove $path"; then continue; fi
    rm --force -- "$PREFIX$path" || fail "cannot remove $path" changes_json
    changed "removed $path"
  done
  if [[ $DRY_RUN == false ]] && systemd_runs; then systemd daemon-reload; fi
}

umask 022
if [[ $ACTION == remove ]]; then
  remove_all
else
  [[ $BUCKET != none ]] || bad_usage 'HEADROOM_BUCKET must name the snapshot bucket, got none'
  [[ $BUCKET_OWNER != none ]] || bad_usage 'HEADROOM_BUCKET_OWNER must be the account that owns the bucket, got none'
  install_files
  install_timer
fi
emit_result true '' changes_json
