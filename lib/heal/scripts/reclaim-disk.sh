#!/usr/bin/env bash
# Frees disk space (and inodes) in ordered steps until the target is reached. Each step is measured; none fails the others.
#
# Usage: reclaim-disk.sh [--dry-run] [--help]
#   HEADROOM_TARGET_PERCENT        stop at this used percent of bytes and of inodes, 1-99 (default 75)
#   HEADROOM_JOURNAL_KEEP_DAYS     keep this many days of journal, 1-365 (default 2)
#   HEADROOM_JOURNAL_KEEP_MIB      and at most this much, 8-65536 MiB (default 200)
#   HEADROOM_STEP_TIMEOUT_SECONDS  each step ends after this, 5-3600 (default 120)
#   HEADROOM_CONTAINER_AGE_SECONDS leave what ended after this, 0-86400: someone may still read its logs (default 180)
#   HEADROOM_LOCK_WAIT_SECONDS     wait this long for another run, 0-600: the guard's ends within 245 s (default 260)
#   HEADROOM_DRY_RUN               true: change nothing (default false)
#   HEADROOM_MOUNT_POINT           the filesystem to free (default /); another one than / gets no snap step
#   CONTAINER_RUNTIME_ENDPOINT     the CRI (default unix:///run/containerd/containerd.sock)
# Output: one JSON line, ReclaimResult of README.md. Exit: 0 ran to its end, 1 failed, 2 bad setting, 3 another run is at it.
set -o errexit -o nounset -o pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh" # headroom:include

begin reclaim-disk "$@"
setting TARGET_PERCENT 75 1 99
setting JOURNAL_KEEP_DAYS 2 1 365
setting JOURNAL_KEEP_MIB 200 8 65536
setting STEP_TIMEOUT_SECONDS 120 5 3600
setting LOCK_WAIT_SECONDS 260 0 600
setting CONTAINER_AGE_SECONDS 180 0 86400
export CONTAINER_RUNTIME_ENDPOINT=${CONTAINER_RUNTIME_ENDPOINT:-unix:///run/containerd/containerd.sock}
export IMAGE_SERVICE_ENDPOINT=${IMAGE_SERVICE_ENDPOINT:-$CONTAINER_RUNTIME_ENDPOINT}

readonly STEPS=(ballast journal packages snap containers images logs agent tmpfiles deleted-open)
readonly BALLAST=$PREFIX/var/lib/headroom/ballast BALLAST_NEEDED_BYTES=$((64 * MIB))

# A step has can_NAME (is there anything to work on? else WHY) and do_NAME (works; a non-zero return is `failed`).
readonly CRI_TIMEOUT_SECONDS=10
# A list may be long, and after the step's time each of its commands only fails.
in_time() { ((SECONDS < DEADLINE)); }
crictl_do() { bounded crictl --timeout="${CRI_TIMEOUT_SECONDS}s" "$@"; }

# remove_files PATH...: regular files only, in batches that fit a command line.
remove_files() {
  local -a batch=()
  local file code=0
  for file in "$@"; do
    [[ -f $file && ! -L $file ]] || continue
    batch+=("$file")
    COUNT=$((COUNT + 1))
    if ((${#batch[@]} == 200)); then
      bounded rm --force -- "${batch[@]}" || code=1
      batch=()
    fi
  done
  if ((${#batch[@]} > 0)); then bounded rm --force -- "${batch[@]}" || code=1; fi
  return "$code"
}

can_ballast() {
  [[ -f $BALLAST ]] || { WHY='no ballast file' && return 1; }
  ((NOW_AVAILABLE < BALLAST_NEEDED_BYTES)) || { WHY='64 MiB or more are available' && return 1; }
}
do_ballast() { bounded rm --force -- "$BALLAST"; }

can_journal() {
  has journalctl || { WHY='journalctl: not installed' && return 1; }
  [[ -d $PREFIX/var/log/journal ]] || { WHY='no persistent journal' && return 1; }
}
do_journal() {
  local code=0 folder=$PREFIX/var/log/journal
  # Vacuum removes archived files only; rotation makes the current ones archived.
  if [[ -z $PREFIX ]]; then bounded journalctl --rotate || WHY='rotate failed'; fi
  # Without --directory only this machine's id is vacuumed (systemd 252, ran; systemd#31368): an image that was made of a machine
  # that had run brings another's journals along.
  bounded journalctl --directory="$folder" --vacuum-time="${JOURNAL_KEEP_DAYS}d" || code=1
  bounded journalctl --directory="$folder" --vacuum-size="${JOURNAL_KEEP_MIB}M" || code=1
  remove_stale_journals "$folder" || code=1
  return "$code"
}
# What another machine's journald had open is not archived, so no vacuum takes it: files of another id that were not written for
# so long, and that no process has open (systemd-nspawn can link a container's journal here).
remove_stale_journals() {
  local folder=$1 own path
  local -a files=()
  has find || return 0
  own=$(tr --complement --delete '0-9a-f' <"$PREFIX/etc/machine-id" 2>/dev/null) || own=''
  [[ $own =~ ^[0-9a-f]{32}$ ]] || return 0
  while IFS= read -r -d '' path; do
    if [[ $path != "$folder/$own/"* ]]; then files+=("$path"); fi
  done < <(bounded find -P "$folder" -xdev -mindepth 2 -maxdepth 2 -type f -user root -mtime "+$JOURNAL_KEEP_DAYS" \
    -regextype posix-extended -regex '.*/[0-9a-f]{32}/[^/]*\.journal~?' -print0)
  ((${#files[@]} > 0)) || return 0
  if [[ -n $(bounded find /proc/[0-9]*/fd -lname "$folder/*" -not -lname "$folder/$own/*" -print -quit 2>/dev/null) ]]; then
    WHY="journals of another machine's id are open"
    return 0
  fi
  remove_files "${files[@]}"
}

can_packages() {
  has apt-get || has dnf || has yum || { WHY='no apt, dnf or yum' && return 1; }
}
do_packages() {
  local code=0 tool cache
  if has apt-get; then
    bounded apt-get --option Dir="$MOUNT_POINT" clean || code=1
    remove_files "$PREFIX"/var/cache/apt/*.bin || code=1
  fi
  for tool in dnf yum; do
    cache=$PREFIX/var/cache/$tool
    # Where it has no cache it would only write: a log, a lock.
    if ! has "$tool" || [[ ! -d $cache ]]; then continue; fi
    bounded "$tool" --quiet --installroot="$MOUNT_POINT" clean all && break
    # It writes a lock first, which a full disk does not take. One that waits for another's lock leaves no time for this.
    remove_files "$cache"/*.solv* "$cache"/*/packages/*.rpm "$cache"/*/repodata/* || code=1
    bounded "$tool" --quiet --installroot="$MOUNT_POINT" clean all || code=1
    break
  done
  return "$code"
}

can_snap() {
  [[ -z $PREFIX ]] || { WHY='not the running root' && return 1; }
  has snap || { WHY='snap: not installed' && return 1; }
}
do_snap() {
  local name revision code=0 list
  COUNT=0
  list=$(bounded snap list --all) || { WHY='snap list failed' && return 1; }
  # Only what snapd itself calls disabled: the active revision of amazon-ssm-agent is how we got in.
  while read -r name revision; do
    if bounded snap remove "$name" --revision="$revision"; then COUNT=$((COUNT + 1)); else code=1; fi
  done < <(awk 'NR > 1 && $NF ~ /(^|,)disabled(,|$)/ { print $1, $3 }' <<<"$list")
  WHY="$COUNT disabled revisions"
  remove_files /var/lib/snapd/cache/* || code=1
  return "$code"
}

can_cri() {
  has crictl || { WHY='crictl: not installed' && return 1; }
  [[ $CONTAINER_RUNTIME_ENDPOINT != unix://* || -S ${CONTAINER_RUNTIME_ENDPOINT#unix://} ]] ||
    { WHY='no CRI socket' && return 1; }
}
can_containers() { can_cri; }
can_images() { can_cri; }

# A container that ended is removed when its sandbox is gone or stopped, or when a newer attempt took its place. The last
# attempt in a running pod stays, as with the kubelet's own clean-up: without its record a finished one would run again.
do_containers() {
  local id ids pods template line code=0 now finished pod name attempt state ended sandbox
  local -A ready=() newest=()
  local -a rows=()
  COUNT=0
  now=$(date +%s)
  pods=$(crictl_do pods --quiet --no-trunc --state ready) || { WHY='crictl pods: no answer' && return 1; }
  for id in $pods; do ready[$id]=1; done
  ids=$(crictl_do ps --all --quiet --no-trunc) || { WHY='crictl ps: no answer' && return 1; }
  template="headroom $(field .status.metadata.name) $(field .status.metadata.attempt) $(field .status.state)"
  template+=" $(field .status.finishedAt) $(field .info.sandboxID)"
  for id in $ids; do
    in_time || return 1
    line=$(crictl_do inspect --output go-template --template "$template" "$id" | grep '^headroom ') || continue
    read -r _ name attempt state ended sandbox <<<"$line"
    is_number "$attempt" || attempt=0
    rows+=("$id $sandbox $name $attempt $state $ended")
    pod="$sandbox/$name"
    if ((attempt > ${newest[$pod]:--1})); then newest[$pod]=$attempt; fi
  done
  for line in "${rows[@]}"; do
    read -r id sandbox name attempt state ended <<<"$line"
    [[ $state == CONTAINER_EXITED ]] || continue
    if [[ -n ${ready[$sandbox]:-} ]] && ((attempt == newest["$sandbox/$name"])); then continue; fi
    finished=$(date --date="$ended" +%s 2>/dev/null) || continue
    ((now - finished >= CONTAINER_AGE_SECONDS)) || continue
    if crictl_do rm "$id"; then COUNT=$((COUNT + 1)); else code=1; fi
  done
  WHY="$COUNT containers"
  remove_dead_sandboxes "$now" || code=1
  return "$code"
}

# Sandboxes that are not ready and hold no container any more.
remove_dead_sandboxes() {
  local now=$1 id code=0 created sandboxes count=0
  sandboxes=$(crictl_do pods --quiet --no-trunc --state notready) || return 1
  for id in $sandboxes; do
    in_time || return 1
    [[ -z $(crictl_do ps --all --quiet --pod "$id") ]] || continue
    created=$(crictl_do inspectp --output go-template --template "$(field .status.createdAt)" "$id") || continue
    created=$(date --date="$created" +%s 2>/dev/null) || continue
    ((now - created >= CONTAINER_AGE_SECONDS)) || continue
    if crictl_do rmp "$id"; then count=$((count + 1)); else code=1; fi
  done
  WHY+=", $count sandboxes"
  return "$code"
}

# Names and ids of images that must stay, one a line: used by a container that exists, by the sandboxes, by static pods.
images_to_keep() {
  local id ids
  ids=$(crictl_do ps --all --quiet --no-trunc) || return 1
  for id in $ids; do
    crictl_do inspect --output go-template \
      --template "$(field .status.imageRef) $(field .status.image.image) $(field .status.imageId)" "$id" | tr ' ' '\n' || return 1
  done
  # containerd 1 says sandboxImage; 2 tells it in its configuration, as the pinned image `sandbox`.
  crictl_do info | sed -n 's/.*"[sS]andbox\(Image\)\{0,1\}": *"\([^"]*\)".*/\2/p' || return 1
  sed -n 's/^[[:space:]]*\(sandbox_image\|sandbox\)[[:space:]]*=[[:space:]]*["'\'']\([^"'\'']*\)["'\''].*/\2/p' \
    "$PREFIX"/etc/containerd/config.toml "$PREFIX"/etc/containerd/conf.d/*.toml 2>/dev/null || true
  sed -n 's/^[-[:space:]]*image:[[:space:]]*["'\'']\{0,1\}\([^"'\''[:space:]]*\).*/\1/p' \
    "$PREFIX"/etc/kubernetes/manifests/* 2>/dev/null || true
}

# One by one in place of `rmi --prune`: that one deletes the pause image before cri-tools 1.30, and static pods' images always.
do_images() {
  local id ids line keep name names template code=0 kept=0 stays
  local -A wanted=()
  COUNT=0
  keep=$(images_to_keep) || { WHY='cannot tell which images are in use' && return 1; }
  for name in $keep; do wanted[$name]=1; done
  ids=$(crictl_do images --quiet --no-trunc | sort --unique) || { WHY='crictl images: no answer' && return 1; }
  template="headroom $(field .status.pinned) $(field .status.id)"
  template+=" $(field 'range .status.repoTags')$(field .) $(field end)$(field 'range .status.repoDigests')$(field .) $(field end)"
  for id in $ids; do
    in_time || return 1
    line=$(crictl_do inspecti --output go-template --template "$template" "$id" | grep '^headroom ') || { code=1 && continue; }
    read -r _ stays names <<<"$line"
    [[ $stays == true ]] || stays=false
    for name in $names; do
      if [[ -n ${wanted[$name]:-} || $name == */pause[:@]* ]]; then stays=true; fi
    done
    if [[ $stays == true ]]; then
      kept=$((kept + 1))
    elif crictl_do rmi "$id"; then
      COUNT=$((COUNT + 1))
    else
      code=1
    fi
  done
  WHY="$COUNT removed, $kept kept"
  return "$code"
}

can_logs() { [[ -d $PREFIX/var/log ]] || { WHY='no /var/log' && return 1; }; }
do_logs() {
  local code=0 file
  local -a files=()
  COUNT=0
  shopt -s globstar nullglob dotglob
  # With eight digits they are logrotate's under dateext: -20261129, or with the time behind it. app-20261129-1.log is a program's own.
  for file in "$PREFIX"/var/log/**/*.{gz,xz,zst,[0-9],[0-9][0-9],old} \
    "$PREFIX"/var/log/**/*-20[0-9][0-9][01][0-9][0-3][0-9]{,-[0-9]*} "$PREFIX"/var/log/pods/*/*/*.log.* \
    "$PREFIX"/var/log/amazon/ssm/*.log.[0-9]* "$PREFIX"/var/lib/systemd/coredump/* "$PREFIX"/var/crash/*; do
    case ${file##*/} in
      *.gz | *.xz | *.zst | *.old | *.[0-9] | *.[0-9][0-9]) ;;
      *-20[0-9][0-9][01][0-9][0-3][0-9]-*[!0-9]*) continue ;;
    esac
    # Audit trails are not ours to delete; the journal has a step of its own.
    case ${file#"$PREFIX"} in
      /var/log/audit/* | /var/log/journal/* | */kube*/*audit* | */apiserver*/*audit*) ;;
      *) files+=("$file") ;;
    esac
  done
  shopt -u globstar nullglob dotglob
  if ((${#files[@]} > 0)); then remove_files "${files[@]}" || code=1; fi
  WHY="$COUNT files"
  return "$code"
}

# The Systems Manager agent keeps each command's folder (its script and its output) for 14 days, and removes a few at a time:
# a public report has half a million entries (amazon-ssm-agent#471). Their names are the agent's own: a command's id, and below an
# association's id one folder a run (amazon-ssm-agent 3.3, agent/framework/docmanager/docmanager.go).
readonly AGENT_KEEP_MINUTES=1440 AGENT_FOLDER=$PREFIX/var/lib/amazon/ssm
can_agent() {
  has find || { WHY='find: not installed' && return 1; }
  [[ -d $AGENT_FOLDER && ! -L $AGENT_FOLDER ]] || { WHY='no amazon-ssm-agent' && return 1; }
}
do_agent() {
  local folder code=0
  COUNT=0
  for folder in "$AGENT_FOLDER"/*/document/orchestration; do
    if is_roots_alone "$folder"; then remove_runs "$folder" || code=1; fi
  done
  WHY="$COUNT commands"
  return "$code"
}
# Nobody but root can put another folder in its place, on the way to it either.
is_roots_alone() { # FOLDER
  local path=$1
  [[ $(readlink --canonicalize -- "$path") == "$path" ]] || return 1
  while [[ $path != "$PREFIX/var/lib" ]]; do
    [[ -n $(find -P "$path" -maxdepth 0 -type d -user root -not -perm /022) ]] || return 1
    path=${path%/*}
  done
}
# What a process was started with or has open, or what the agent has not ended, is at work: a command may take 48 h.
remove_runs() { # FOLDER
  local id='[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}' path code=0
  local -A busy=()
  local -a batch=()
  for path in $({
    cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' '\n'
    bounded find /proc/[0-9]*/fd -lname "*/orchestration/*" -printf '%l\n' 2>/dev/null
    find -P "${1%/*}/state/pending" "${1%/*}/state/current" -maxdepth 1 -printf '%f\n' 2>/dev/null
  } | grep --extended-regexp --only-matching "$id" | sort --unique); do busy[$path]=1; done
  while IFS= read -r -d '' path; do
    [[ -z ${busy[${path:0:36}]:-} ]] || continue
    batch+=("$path")
    COUNT=$((COUNT + 1))
    if ((${#batch[@]} == 200)); then
      (cd -P -- "$1" && bounded rm --recursive --force --one-file-system -- "${batch[@]}") || code=1
      batch=()
    fi
  done < <(bounded find -P "$1" -xdev -mindepth 1 -maxdepth 2 -type d -user root -mmin "+$AGENT_KEEP_MINUTES" -regextype posix-extended \
    \( -regex ".*/orchestration/$id" -o -regex ".*/orchestration/$id/20[0-9]{2}-[0-9]{2}-[0-9]{2}[^/]*" \) -printf '%P\0')
  if ((${#batch[@]} > 0)); then (cd -P -- "$1" && bounded rm --recursive --force --one-file-system -- "${batch[@]}") || code=1; fi
  return "$code"
}

can_tmpfiles() { has systemd-tmpfiles || { WHY='systemd-tmpfiles: not installed' && return 1; }; }
do_tmpfiles() {
  local code=0
  local -a where=()
  if [[ -n $PREFIX ]]; then where=(--root="$PREFIX"); fi
  bounded systemd-tmpfiles --clean "${where[@]}" || code=$?
  # 65 and 73: a configuration line it did not like; what it could clean is clean.
  ((code == 0 || code == 65 || code == 73))
}

# Only reported: whoever holds the file must be restarted by someone who knows what it is.
can_deleted-open() {
  local line bytes pid name
  local -a open=()
  mapfile -t open < <(deleted_open 15)
  WHY=''
  for line in "${open[@]:0:3}"; do
    read -r bytes pid name <<<"$line"
    ((bytes >= MIB)) || continue
    WHY+="${WHY:+, }${name}[$pid] $((bytes / MIB)) MiB"
  done
  [[ -n $WHY ]] || { WHY='none of 1 MiB or more' && return 1; }
}
do_deleted-open() { return 0; }

target_reached() { ((NOW_PERMILLE <= TARGET_PERCENT * 10 && NOW_INODES_PERMILLE <= TARGET_PERCENT * 10)); }

NAMES=() STATUSES=() BYTES=() INODES=() WHYS=()
run_step() {
  local name=$1 status used=$NOW_USED inodes=$NOW_INODES_USED said
  WHY='' COUNT=0
  said=$(tool_output_bytes)
  deadline_in "$STEP_TIMEOUT_SECONDS"
  if target_reached; then
    status=not-needed
  elif ! "can_$name"; then
    status=skipped
  elif [[ $DRY_RUN == true ]]; then
    status=would-run
  elif "do_$name"; then
    status='done'
  else
    status=failed
    if ((SECONDS >= DEADLINE)); then WHY="cut after $STEP_TIMEOUT_SECONDS s"; fi
    WHY+=$(because 100 "$said")
    WHY=${WHY#: }
    WHY=${WHY:-it says nothing}
  fi
  if [[ $status == 'done' || $status == failed ]]; then
    # XFS and ext4 free blocks after the unlink has returned.
    sync --file-system -- "$MOUNT_POINT" 2>/dev/null || true
    require_measure NOW
  fi
  NAMES+=("$name") STATUSES+=("$status") WHYS+=("$WHY")
  BYTES+=("$(at_least_zero $((used - NOW_USED)))")
  INODES+=("$(at_least_zero $((inodes - NOW_INODES_USED)))")
  log "$name: $status, $(at_least_zero $((used - NOW_USED))) bytes${WHY:+ ($WHY)}"
}

# What a step freed is left out where it is 0; where room is short, steps that had nothing to do go first.
members() {
  local limit=$((TEXT_LIMIT < 90 ? TEXT_LIMIT : 90)) index list='' reached=false shown=0
  if target_reached; then reached=true; fi
  for index in "${!NAMES[@]}"; do
    if ((ROWS < 8)) && [[ ${STATUSES[index]} == not-needed || ${STATUSES[index]} == skipped ]]; then continue; fi
    ((shown++ < ROWS)) || continue
    list+=",{\"name\":\"${NAMES[index]}\",\"status\":\"${STATUSES[index]}\""
    if ((BYTES[index] > 0)); then list+=",\"bytesFreed\":${BYTES[index]}"; fi
    if ((INODES[index] > 0)); then list+=",\"inodesFreed\":${INODES[index]}"; fi
    if [[ -n ${WHYS[index]} ]]; then list+=",\"why\":$(json_string "$(brief "$limit" "${WHYS[index]}")" "$limit")"; fi
    list+='}'
  done
  shown=$((shown < ROWS ? shown : ROWS))
  if ((shown < ${#NAMES[@]})); then printf '"more":%d,' $((${#NAMES[@]} - shown)); fi
  printf '"before":{%s},"after":{%s},"bytesFreed":%d,"inodesFreed":%d,"targetReached":%s,"steps":[%s]' \
    "$(figures_json BEFORE)" "$(figures_json NOW)" "$(at_least_zero $((BEFORE_USED - NOW_USED)))" \
    "$(at_least_zero $((BEFORE_INODES_USED - NOW_INODES_USED)))" "$reached" "${list#,}"
}

# Two runs at once would measure each other's work.
exec 9>"$TMPDIR/headroom-reclaim.lock" || fail "cannot open a lock file in $TMPDIR"
flock --wait "$LOCK_WAIT_SECONDS" 9 || refuse "another reclaim run is at work, waited $LOCK_WAIT_SECONDS s"

require_measure BEFORE
require_measure NOW
for step in "${STEPS[@]}"; do run_step "$step"; done
emit_result true '' members
