#!/usr/bin/env bash
# Frees disk space (and inodes) in ordered steps until the target is reached. Each step is measured; none fails the others.
# What can be downloaded again goes before what erases traces of an incident. Security logs are never deleted.
#
# Usage: reclaim-disk.sh [--dry-run] [--help]
#   HEADROOM_TARGET_PERCENT        stop at this used percent of bytes and of inodes, 1-99 (default 75)
#   HEADROOM_SKIP_STEPS            steps to skip, separated by commas, or none (default none)
#   HEADROOM_JOURNAL_KEEP_DAYS     keep this many days of journal, 1-365 (default 2)
#   HEADROOM_JOURNAL_KEEP_MIB      and at most this much, 8-65536 MiB (default 200)
#   HEADROOM_LOGS_KEEP_HOURS       keep rotated logs that are younger, 0-8760 hours (default 0)
#   HEADROOM_COREDUMPS_KEEP_HOURS  keep core dumps that are younger, 0-8760 hours (default 24)
#   HEADROOM_AGENT_KEEP_HOURS      keep folders of agent commands that are younger, 0-8760 hours (default 24)
#   HEADROOM_CONTAINERS_KEEP_HOURS keep containers that exited since then, 0-8760 hours (default 0)
#   HEADROOM_CONTAINER_AGE_SECONDS minimum for the above, 0-86400 s: someone may still read its logs (default 180)
#   HEADROOM_KEEP_IMAGES           images to keep: names separated by commas, + for any characters, or none (default none)
#   HEADROOM_IMAGES_MINIMUM_AGE_HOURS keep images pulled since then, 0-8760 hours (default 0)
#   HEADROOM_KEEP_TRACES           true: skip steps that erase traces, as the guard does (default false)
#   HEADROOM_STEP_TIMEOUT_SECONDS  each step ends after this, 5-3600 (default 120)
#   HEADROOM_LOCK_WAIT_SECONDS     wait this long for another run, 0-600: the guard's takes at most 245 s (default 260)
#   HEADROOM_DRY_RUN               true: change nothing (default false)
#   HEADROOM_MOUNT_POINT           the filesystem to free (default /); the snap step runs only on /
#   HEADROOM_DELETED_LIST          what was deleted, a JSON line each (default /run/headroom/deleted; .before: an earlier run's)
#   CONTAINER_RUNTIME_ENDPOINT     the CRI (default unix:///run/containerd/containerd.sock)
# Output: one JSON line, ReclaimResult of README.md. Exit: 0 completed, 1 failed, 2 bad setting, 3 another run is in progress.
set -o errexit -o nounset -o pipefail
node_file() { cat "$(dirname "${BASH_SOURCE[0]}")/$1"; } # headroom:files
source "$(dirname "${BASH_SOURCE[0]}")/common.sh" # headroom:include

begin reclaim-disk "$@"
setting TARGET_PERCENT 75 1 99
setting JOURNAL_KEEP_DAYS 2 1 365
setting JOURNAL_KEEP_MIB 200 8 65536
setting LOGS_KEEP_HOURS 0 0 8760
setting COREDUMPS_KEEP_HOURS 24 0 8760
setting AGENT_KEEP_HOURS 24 0 8760
setting CONTAINERS_KEEP_HOURS 0 0 8760
setting IMAGES_MINIMUM_AGE_HOURS 0 0 8760
setting STEP_TIMEOUT_SECONDS 120 5 3600
setting LOCK_WAIT_SECONDS 260 0 600
setting CONTAINER_AGE_SECONDS 180 0 86400
CONTAINERS_KEEP_SECONDS=$((CONTAINERS_KEEP_HOURS * 3600))
((CONTAINERS_KEEP_SECONDS >= CONTAINER_AGE_SECONDS)) || CONTAINERS_KEEP_SECONDS=$CONTAINER_AGE_SECONDS
text_setting KEEP_TRACES false '^(true|false)$'
text_setting SKIP_STEPS none '^(none|[a-z]+(,[a-z]+)*)$'
text_setting KEEP_IMAGES none "^(none|$IMAGE(,$IMAGE){0,19})\$"
export CONTAINER_RUNTIME_ENDPOINT=${CONTAINER_RUNTIME_ENDPOINT:-unix:///run/containerd/containerd.sock}
export IMAGE_SERVICE_ENDPOINT=${IMAGE_SERVICE_ENDPOINT:-$CONTAINER_RUNTIME_ENDPOINT}

readonly STEPS=(ballast packages snap containers images journal logs coredumps agent tmpfiles deleted-open)
# What cannot be had again: who may need it has seen it before HealNode comes here (its step evidence).
readonly TRACES=' containers journal logs coredumps agent deleted-open '
readonly BALLAST=$PREFIX/var/lib/headroom/ballast BALLAST_NEEDED_BYTES=$((64 * MIB))
readonly LIST=${HEADROOM_DELETED_LIST:-/run/headroom/deleted}
DEVICE=$(stat --format=%d -- "$MOUNT_POINT") || fail "cannot stat $MOUNT_POINT"
readonly DEVICE

# A step has can_NAME (is there anything to work on? else WHY) and do_NAME (works; a non-zero return is `failed`).
readonly CRI_TIMEOUT_SECONDS=10
# A list may be long, and after the step's time each of its commands only fails.
in_time() { ((SECONDS < DEADLINE)); }
crictl_do() { bounded crictl --timeout="${CRI_TIMEOUT_SECONDS}s" "$@"; }

# What lies on another filesystem frees nothing here.
is_here() { [[ $(stat --format=%d -- "$1" 2>/dev/null) == "$DEVICE" ]] || { WHY="$1 is on another filesystem" && return 1; }; }

# listed PATH BYTES [AGE_HOURS]: a line in the list of what was deleted.
DELETED_COUNT=0 DELETED_BYTES=0
listed() {
  local bytes=$2
  is_number "$bytes" || bytes=0
  DELETED_COUNT=$((DELETED_COUNT + 1)) DELETED_BYTES=$((DELETED_BYTES + bytes))
  # The counts above are right even where the list has no room.
  printf '{"step":"%s","path":%s,"bytes":%d,"ageHours":%d}\n' "$STEP" "$(json_string "$1" 200)" "$bytes" "${3:-0}" >>"$LIST.now" || true
} 2>/dev/null

# delete_files KIND KEEP_HOURS: what delete-files.py calls KIND. Sets COUNT, and adds to WHY what it says.
readonly NEEDS_PYTHON='python3: not installed, so no file can be deleted safely'
DELETER=''
delete_files() {
  local answer count bytes words code=0 seconds=$((DEADLINE - SECONDS - 1))
  if [[ -z $DELETER ]]; then DELETER=$(node_file deleter.py && node_file delete-files.py); fi
  answer=$(bounded python3 -I -c "$DELETER" delete "$1" "$MOUNT_POINT" "$2" $((seconds > 1 ? seconds : 1)) "$LIST.now" "$STEP") || code=$?
  read -r count bytes words <<<"$answer" || true # checked below
  is_number "$count" && is_number "$bytes" || return 1
  COUNT=$((COUNT + count)) DELETED_COUNT=$((DELETED_COUNT + count)) DELETED_BYTES=$((DELETED_BYTES + bytes))
  if [[ -n $words ]]; then WHY+="${WHY:+, }$words"; fi
  return "$code"
}
# delete_and_count KIND KEEP_HOURS WHAT: the count is what WHY begins with.
delete_and_count() {
  local code=0
  delete_files "$1" "$2" || code=$?
  WHY="$COUNT $3${WHY:+, $WHY}"
  return "$code"
}

can_ballast() {
  [[ -f $BALLAST ]] || { WHY='no ballast file' && return 1; }
  is_here "$BALLAST" || return 1
  ((NOW_AVAILABLE < BALLAST_NEEDED_BYTES)) || { WHY='64 MiB or more are available' && return 1; }
}
do_ballast() {
  local bytes
  bytes=$(stat --format=%s -- "$BALLAST") || bytes=0
  bounded rm --force -- "$BALLAST" && listed "$BALLAST" "$bytes"
}

can_journal() {
  has journalctl || { WHY='journalctl: not installed' && return 1; }
  [[ -d $PREFIX/var/log/journal ]] || { WHY='no persistent journal' && return 1; }
  is_here "$PREFIX/var/log/journal"
}
do_journal() {
  local code=0 folder=$PREFIX/var/log/journal
  # Vacuum removes archived files only; rotation makes the current ones archived.
  if [[ -z $PREFIX ]]; then bounded journalctl --rotate || WHY='rotation failed'; fi
  # Without --directory only this machine's id is vacuumed (systemd 252, ran; systemd#31368): an image that was made of a machine
  # that had run brings another's journals along.
  bounded journalctl --directory="$folder" --vacuum-time="${JOURNAL_KEEP_DAYS}d" || code=1
  bounded journalctl --directory="$folder" --vacuum-size="${JOURNAL_KEEP_MIB}M" || code=1
  list_vacuumed
  if has python3; then delete_files journals $((JOURNAL_KEEP_DAYS * 24)) || code=1; else WHY=$NEEDS_PYTHON; fi
  return "$code"
}
# What journalctl says it deleted (systemd 252, ran): `Deleted archived journal PATH (8.0M).`
list_vacuumed() {
  local path size
  [[ -n $TOOL_OUTPUT ]] || return 0
  while read -r size path; do
    listed "$path" "$(numfmt --from=iec "$size" 2>/dev/null || echo 0)"
  done < <(tail --bytes=+$((STEP_SAID + 1)) -- "$TOOL_OUTPUT" |
    sed -n 's/^Deleted archived journal \(.*\) (\([0-9.]*[KMGT]\{0,1\}\)B\{0,1\})\.$/\2 \1/p' | sed -n 1,5000p)
}

can_packages() {
  [[ -d $PREFIX/var/cache/apt || -d $PREFIX/var/cache/dnf || -d $PREFIX/var/cache/yum || -d $PREFIX/var/cache/libdnf5 ]] ||
    { WHY='no apt, dnf or yum' && return 1; }
  has python3 || { WHY=$NEEDS_PYTHON && return 1; }
}
# By file, not by `apt-get clean` or `dnf clean`: those follow a cache onto another filesystem, tell no names, and need a lock file,
# which a full disk does not take.
do_packages() {
  local code=0
  delete_files apt 0 || code=1
  delete_files dnf 0 || code=1
  return "$code"
}

can_snap() {
  [[ -z $PREFIX ]] || { WHY='not the running root' && return 1; }
  has snap || { WHY='snap: not installed' && return 1; }
  [[ ! -d /var/lib/snapd ]] || is_here /var/lib/snapd
}
do_snap() {
  local name revision code=0 list
  COUNT=0
  list=$(bounded snap list --all) || { WHY='snap list failed' && return 1; }
  # Only what snapd itself calls disabled: the active revision of amazon-ssm-agent is how we got in.
  while read -r name revision; do
    if bounded snap remove "$name" --revision="$revision"; then
      COUNT=$((COUNT + 1))
      listed "snap $name $revision" 0
    else
      code=1
    fi
  done < <(awk 'NR > 1 && $NF ~ /(^|,)disabled(,|$)/ { print $1, $3 }' <<<"$list")
  WHY="$COUNT disabled revisions"
  if has python3; then delete_files snap-cache 0 || code=1; fi
  return "$code"
}

can_cri() {
  has crictl || { WHY='crictl: not installed' && return 1; }
  [[ $CONTAINER_RUNTIME_ENDPOINT != unix://* || -S ${CONTAINER_RUNTIME_ENDPOINT#unix://} ]] ||
    { WHY='no CRI socket' && return 1; }
  images_are_here
}
# Where the runtime tells no folder, what it frees is measured only. FilesystemIdentifier.mountpoint of cri-api v1 api.proto.
images_are_here() {
  local path
  deadline_in "$CRI_TIMEOUT_SECONDS"
  path=$(crictl_do imagefsinfo | sed -n 's/.*"mountpoint": *"\([^"]*\)".*/\1/p' | sed -n 1p) || path=''
  [[ ! -d $path ]] || is_here "$path"
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
    ((now - finished >= CONTAINERS_KEEP_SECONDS)) || continue
    if crictl_do rm "$id"; then
      COUNT=$((COUNT + 1))
      listed "container $name $id" 0 $(((now - finished) / 3600))
    else
      code=1
    fi
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
    ((now - created >= CONTAINERS_KEEP_SECONDS)) || continue
    if crictl_do rmp "$id"; then
      count=$((count + 1))
      listed "sandbox $id" 0 $(((now - created) / 3600))
    else
      code=1
    fi
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
  # Either file may be absent.
  sed -n 's/^[[:space:]]*\(sandbox_image\|sandbox\)[[:space:]]*=[[:space:]]*["'\'']\([^"'\'']*\)["'\''].*/\2/p' \
    "$PREFIX"/etc/containerd/config.toml "$PREFIX"/etc/containerd/conf.d/*.toml 2>/dev/null || true
  sed -n 's/^[-[:space:]]*image:[[:space:]]*["'\'']\{0,1\}\([^"'\''[:space:]]*\).*/\1/p' \
    "$PREFIX"/etc/kubernetes/manifests/* 2>/dev/null || true
}

# image_age_hours ID: since it was pulled; fails where that cannot be told. containerd sets the time of each blob when it has it whole
# (containerd 2.1 plugins/content/local/writer.go Commit), and an image's id is the digest of its configuration, a blob.
readonly BLOBS=io.containerd.content.v1.content/blobs/sha256
image_age_hours() {
  local pulled
  pulled=$(stat --format=%Y -- "$PREFIX/var/lib/containerd/$BLOBS/${1#sha256:}" 2>/dev/null) || return 1
  printf '%d' $((($(date +%s) - pulled) / 3600))
}
may_go_by_age() { # ID
  local hours
  ((IMAGES_MINIMUM_AGE_HOURS > 0)) || return 0
  hours=$(image_age_hours "$1") && ((hours >= IMAGES_MINIMUM_AGE_HOURS))
}
is_on_keep_list() { # NAME
  local pattern
  [[ $KEEP_IMAGES != none ]] || return 1
  # shellcheck disable=SC2053 # a pattern it is
  for pattern in "${KEEP_PATTERNS[@]}"; do if [[ $1 == $pattern ]]; then return 0; fi; done
  return 1
}

# One by one in place of `rmi --prune`: that one deletes the pause image before cri-tools 1.30, and static pods' images always.
do_images() {
  local id ids line keep name names size template code=0 kept=0 stays
  local -a KEEP_PATTERNS=()
  local -A wanted=()
  IFS=, read -r -a KEEP_PATTERNS <<<"${KEEP_IMAGES//+/*}"
  COUNT=0
  keep=$(images_to_keep) || { WHY='cannot determine which images are in use' && return 1; }
  for name in $keep; do wanted[$name]=1; done
  ids=$(crictl_do images --quiet --no-trunc | sort --unique) || { WHY='crictl images: no answer' && return 1; }
  template="headroom $(field .status.pinned) $(field .status.size) $(field .status.id)"
  template+=" $(field 'range .status.repoTags')$(field .) $(field end)$(field 'range .status.repoDigests')$(field .) $(field end)"
  for id in $ids; do
    in_time || return 1
    line=$(crictl_do inspecti --output go-template --template "$template" "$id" | grep '^headroom ') || { code=1 && continue; }
    read -r _ stays size names <<<"$line"
    [[ $stays == true ]] || stays=false
    for name in $names; do
      if [[ -n ${wanted[$name]:-} || $name == */pause[:@]* ]] || is_on_keep_list "$name"; then stays=true; fi
    done
    may_go_by_age "$id" || stays=true
    if [[ $stays == true ]]; then
      kept=$((kept + 1))
    elif crictl_do rmi "$id"; then
      COUNT=$((COUNT + 1))
      listed "image $names" "$size"
    else
      code=1
    fi
  done
  WHY="$COUNT removed, $kept kept"
  return "$code"
}

# Which files each of them takes, and which none: delete-files.py.
can_delete() { # FOLDER WHAT
  [[ -d $PREFIX$1 ]] || { WHY="no $2" && return 1; }
  has python3 || { WHY=$NEEDS_PYTHON && return 1; }
}
can_logs() { can_delete /var/log /var/log; }
do_logs() { delete_and_count logs "$LOGS_KEEP_HOURS" files; }

can_coredumps() { can_delete /var/lib/systemd/coredump 'core dumps' || can_delete /var/crash 'core dumps'; }
do_coredumps() { delete_and_count coredumps "$COREDUMPS_KEEP_HOURS" files; }

# The Systems Manager agent keeps each command's folder (its script and its output) for 14 days, and removes a few at a time:
# a public report has half a million entries (amazon-ssm-agent#471).
can_agent() { can_delete /var/lib/amazon/ssm amazon-ssm-agent; }
do_agent() { delete_and_count agent "$AGENT_KEEP_HOURS" commands; }

# By the rules of the system itself, which cleans daily; it enters no other filesystem and follows no link. Core dumps have a step.
can_tmpfiles() {
  local folder
  TMPFILES_FOLDERS=()
  has systemd-tmpfiles || { WHY='systemd-tmpfiles: not installed' && return 1; }
  for folder in /tmp /var/tmp /var/cache; do
    if [[ -d $PREFIX$folder ]] && is_here "$PREFIX$folder"; then TMPFILES_FOLDERS+=("--prefix=$folder"); fi
  done
  ((${#TMPFILES_FOLDERS[@]} > 0)) || { WHY='no temporary folder on this filesystem' && return 1; }
  WHY=''
}
# What it deletes it says only at the level debug, among much else (systemd 252, ran): `Removing "PATH".`
do_tmpfiles() {
  local path code=0
  local -a where=()
  if [[ -n $PREFIX ]]; then where=(--root="$PREFIX"); fi
  while IFS= read -r path; do
    # A name with a line break in it adds lines of its own; none of them may name another folder.
    case $path in
      exit\ *) code=${path#exit } ;;
      "$PREFIX"/tmp/* | "$PREFIX"/var/tmp/* | "$PREFIX"/var/cache/*) COUNT=$((COUNT + 1)) && listed "$path" 0 ;;
    esac
  done < <({
    code=0
    export SYSTEMD_LOG_LEVEL=debug SYSTEMD_LOG_TARGET=console
    bounded systemd-tmpfiles --clean "${where[@]}" "${TMPFILES_FOLDERS[@]}" 2>&1 || code=$?
    echo "exit $code"
  } | sed -n -e 's|^Removing \(directory \)\{0,1\}"\(/.*\)"\.$|\2|p' -e '/^exit [0-9]*$/p')
  WHY="$COUNT files and folders"
  # 65 and 73: a configuration line it did not like; what it could clean is clean.
  ((code == 0 || code == 65 || code == 73))
}

# Only reported: only someone who knows the process may restart it.
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
  local name=$1 status used=$NOW_USED inodes=$NOW_INODES_USED
  STEP=$name WHY='' COUNT=0
  STEP_SAID=$(tool_output_bytes)
  deadline_in "$STEP_TIMEOUT_SECONDS"
  if target_reached; then
    status=not-needed
  elif [[ ,$SKIP_STEPS, == *,$name,* ]]; then
    status=skipped WHY='by policy'
  elif [[ $KEEP_TRACES == true && $TRACES == *" $name "* ]]; then
    status=skipped WHY='erases traces'
  elif ! "can_$name"; then
    status=skipped
  elif [[ $DRY_RUN == true ]]; then
    status=would-run
  elif deadline_in "$STEP_TIMEOUT_SECONDS" && "do_$name"; then
    status='done'
  else
    status=failed
    if ((SECONDS >= DEADLINE)); then WHY="cut after $STEP_TIMEOUT_SECONDS s"; fi
    WHY+=$(because 100 "$STEP_SAID")
    WHY=${WHY#: }
    WHY=${WHY:-no error message}
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
    if ((ROWS < 20)) && [[ ${STATUSES[index]} == not-needed || ${STATUSES[index]} == skipped ]]; then continue; fi
    ((shown++ < ROWS)) || continue
    list+=",{\"name\":\"${NAMES[index]}\",\"status\":\"${STATUSES[index]}\""
    if ((BYTES[index] > 0)); then list+=",\"bytesFreed\":${BYTES[index]}"; fi
    if ((INODES[index] > 0)); then list+=",\"inodesFreed\":${INODES[index]}"; fi
    if [[ -n ${WHYS[index]} ]]; then list+=",\"why\":$(json_string "$(brief "$limit" "${WHYS[index]}")" "$limit")"; fi
    list+='}'
  done
  shown=$((shown < ROWS ? shown : ROWS))
  if ((DELETED_COUNT > 0)); then
    printf '"deleted":{"count":%d,"bytes":%d,"largest":[' "$DELETED_COUNT" "$DELETED_BYTES"
    (IFS=, && printf '%s' "${LARGEST[*]:0:ROWS < 20 ? ROWS / 3 : TEXT_LIMIT > 120 ? 5 : TEXT_LIMIT > 90 ? 3 : TEXT_LIMIT / 90}")
    printf ']},'
  fi
  if ((shown < ${#NAMES[@]})); then printf '"more":%d,' $((${#NAMES[@]} - shown)); fi
  printf '"before":{%s},"after":{%s},"bytesFreed":%d,"inodesFreed":%d,"targetReached":%s,"steps":[%s]' \
    "$(figures_json BEFORE)" "$(figures_json NOW)" "$(at_least_zero $((BEFORE_USED - NOW_USED)))" \
    "$(at_least_zero $((BEFORE_INODES_USED - NOW_INODES_USED)))" "$reached" "${list#,}"
}

# Two runs at once would measure each other's work.
exec 9>"$TMPDIR/headroom-reclaim.lock" || fail "cannot open a lock file in $TMPDIR"
flock --wait "$LOCK_WAIT_SECONDS" 9 || refuse "another reclaim run is in progress; waited $LOCK_WAIT_SECONDS s"

# The list of a run that deleted nothing does not take the place of one that did; nor does a run that was cut short lose its own.
keep_list() {
  [[ -s $LIST.now ]] || return 0
  if [[ -e $LIST ]]; then mv --force -- "$LIST" "$LIST.before"; fi
  mv --force -- "$LIST.now" "$LIST"
} 2>/dev/null
# The list is in memory; the journal keeps the largest of it.
LARGEST=()
tell_deleted() {
  ((DELETED_COUNT > 0)) && has python3 || return 0
  deadline_in 20
  mapfile -t LARGEST < <(bounded python3 -I -c "${DELETER:-$(node_file deleter.py && node_file delete-files.py)}" largest "$LIST" 100)
  if [[ -z $PREFIX ]] && has logger; then printf '%s\n' "${LARGEST[@]}" | timeout 5 logger --tag headroom-reclaim || true; fi
} 2>/dev/null

require_measure BEFORE
require_measure NOW
if [[ $DRY_RUN == false ]]; then keep_list || true; fi
for step in "${STEPS[@]}"; do run_step "$step"; done
keep_list || true # what is told below says how much there was
tell_deleted
emit_result true '' members
