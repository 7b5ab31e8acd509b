#!/usr/bin/env bash
# Removes exactly what prepare-node.sh installed on the node, as /var/lib/headroom/manifest lists it, and the configuration that
# configure-agent.sh gave the CloudWatch agent. Works on a full disk.
# Take the tag headroom:environment off the instance first, or State Manager prepares the node again.
#
# Usage: remove-headroom.sh [--dry-run] [--help]
#   HEADROOM_DRY_RUN      true: change nothing (default false)
#   HEADROOM_MOUNT_POINT  the root to remove it from (default /)
# Output: one JSON line, PrepareResult of README.md. Exit: 0 removed or nothing to remove, 1 failed, 2 bad argument,
#   3 refused: the manifest lists something that is not Headroom's; nothing changed.
set -o errexit -o nounset -o pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh" # headroom:include

begin remove-headroom "$@"
readonly STATE=/var/lib/headroom UNITS=/etc/systemd/system
readonly MANIFEST=$PREFIX$STATE/manifest
FAILED=''
FILES=() DIRECTORIES=() ENABLED=() RETAIN=''

not_ours() { refuse "$MANIFEST lists something that is not Headroom's: $1" changes_json; }

read_manifest() {
  local kind value
  while read -r kind value; do
    [[ $value != *..* && $value != */ ]] || not_ours "$value"
    case "$kind $value" in
      'file /usr/local/lib/headroom/'* | 'file /etc/'*headroom* | "file $STATE/ballast") FILES+=("$value") ;;
      'directory /'*) DIRECTORIES+=("$value") ;;
      'unit headroom-'*:*.target) ENABLED+=("$value") ;;
      'snap-retain unset' | 'snap-retain '[0-9]*) RETAIN=$value ;;
      ' ') ;;
      *) not_ours "$kind $value" ;;
    esac
  done <"$MANIFEST"
  [[ $RETAIN =~ ^(|unset|[0-9]+)$ ]] || not_ours "snap-retain $RETAIN"
}

take() { # WHAT COMMAND...
  local what=$1
  shift
  if [[ $DRY_RUN == true ]]; then
    CHANGES+=("would remove $what")
  elif "$@"; then
    CHANGES+=("removed $what")
  else
    FAILED+=", $what"
  fi
}

systemd_runs() { [[ -z $PREFIX && -d /run/systemd/system ]]; }

stop_units() {
  local row
  for row in "${ENABLED[@]}"; do
    if [[ $row == *.timer:* && $DRY_RUN == false ]] && systemd_runs; then
      timeout 330 systemctl stop "${row%:*}" "${row%%.timer:*}.service" || FAILED+=", stopping ${row%:*}"
    fi
    row=$UNITS/${row#*:}.wants/${row%:*}
    if [[ -L $PREFIX$row ]]; then take "$row" rm --force -- "$PREFIX$row"; fi
  done
}

take_files() {
  local path
  for path in "${FILES[@]}"; do
    if [[ $DRY_RUN == false ]]; then rm --force -- "$PREFIX${path%/*}/.headroom-new.${path##*/}" || true; fi
    if [[ -f $PREFIX$path || -L $PREFIX$path ]]; then take "$path" rm --force -- "$PREFIX$path"; fi
  done
  # The guard makes these; no manifest lists 512 files.
  if [[ -f $PREFIX$STATE/etcd-saved ]]; then take "$STATE/etcd-saved" rm --force -- "$PREFIX$STATE/etcd-saved"; fi
  if [[ -e $PREFIX$STATE/paused-until ]]; then take "$STATE/paused-until" rm --force -- "$PREFIX$STATE/paused-until"; fi
  if [[ -d $PREFIX$STATE/inodes ]]; then take "$STATE/inodes" rm --recursive --force -- "$PREFIX$STATE/inodes"; fi
}

apply() {
  [[ $DRY_RUN == false ]] && systemd_runs || return 0
  timeout 60 systemctl daemon-reload || FAILED+=', systemctl daemon-reload'
  if [[ " ${FILES[*]} " == *' /etc/systemd/journald.conf.d/'* ]]; then
    timeout 60 systemctl restart systemd-journald.service || FAILED+=', restarting systemd-journald'
  fi
  if timeout 10 systemctl is-active --quiet logrotate.timer; then timeout 30 systemctl restart logrotate.timer || true; fi
}

restore_snap() {
  [[ -n $RETAIN ]] || return 0
  if [[ -n $PREFIX ]] || ! has snap; then
    SKIPS+=('snap refresh.retain: snap is not installed')
  elif [[ $RETAIN == unset ]]; then
    take 'snap refresh.retain' timeout 60 snap unset system refresh.retain
  else
    take "snap refresh.retain, restored to $RETAIN" timeout 60 snap set system "refresh.retain=$RETAIN"
  fi
}

# In the alphabet's reverse, which has children before their parents; and only what is empty: someone else may have put
# something there since.
take_directories() {
  local path
  ((${#DIRECTORIES[@]} > 0)) || return 0
  while read -r path; do
    [[ -d $PREFIX$path ]] || continue
    rmdir --ignore-fail-on-non-empty -- "$PREFIX$path" || FAILED+=", $path"
    if [[ -d $PREFIX$path ]]; then SKIPS+=("$path is not empty"); fi
  done < <(printf '%s\n' "${DIRECTORIES[@]}" | sort --reverse)
}

# The agent may run as a user of its own, who then owns these folders (run_as_user of its configuration): hence remove_in.
# Every other configuration of the agent stays. At its start the agent reads what is left (amazon-cloudwatch-agent@ab55b8d
# cmd/start-amazon-cloudwatch-agent); with nothing left it would take a default one, so it is stopped instead.
take_agent_configuration() {
  local etc=$PREFIX/opt/aws/amazon-cloudwatch-agent/etc unit=amazon-cloudwatch-agent.service file count=${#CHANGES[@]}
  for file in "$etc"/amazon-cloudwatch-agent.d/ssm__headroom_*_cloudwatch-agent_{control-plane,worker}; do
    if [[ -f $file ]]; then take "${file#"$PREFIX"}" remove_in "${file%/*}" "${file##*/}"; fi
  done
  ((${#CHANGES[@]} > count)) && [[ $DRY_RUN == false ]] || return 0
  if [[ -e $etc/amazon-cloudwatch-agent.json ]] || compgen -G "$etc/amazon-cloudwatch-agent.d/*" >/dev/null; then
    timeout 60 systemctl try-restart "$unit" || FAILED+=", restarting $unit"
  else
    remove_in "$etc" amazon-cloudwatch-agent.{toml,yaml} || FAILED+=", the agent's translated configuration"
    timeout 60 systemctl disable --quiet --now "$unit" || FAILED+=", stopping $unit"
  fi
}

take_agent_configuration
if [[ ! -f $MANIFEST ]]; then
  [[ -z $FAILED ]] || fail "could not be removed: ${FAILED#, }" "$(changes_json)"
  SKIPS+=('no manifest: prepare-node.sh has not run here')
  emit_result true '' changes_json
  exit 0
fi
read_manifest
stop_units
take_files
apply
restore_snap
if [[ $DRY_RUN == false ]]; then
  [[ -n $PREFIX ]] || rm --recursive --force -- /run/headroom
  # The manifest goes last but for the empty directories, so that a run that was cut short can be repeated.
  [[ -z $FAILED ]] || fail "could not be removed: ${FAILED#, }" changes_json
  rm --force -- "$MANIFEST" "$PREFIX$STATE/.headroom-new.manifest" || fail "cannot remove $MANIFEST" changes_json
  take_directories
fi
[[ -z $FAILED ]] || fail "could not be removed: ${FAILED#, }" changes_json
emit_result true '' changes_json
