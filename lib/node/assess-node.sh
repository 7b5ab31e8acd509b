#!/usr/bin/env bash
# Measures a node's disk and what fills it. Read-only.
#
# Usage: assess-node.sh [--dry-run] [--help]
#   HEADROOM_TIME_BUDGET_SECONDS  time for finding big directories and open files, 1-600 (default 20)
#   HEADROOM_MOUNT_POINT          the filesystem to measure (default /)
# Output: one JSON line, AssessResult of README.md. Exit: 0 ok, 1 failed, 2 bad setting.
set -o errexit -o nounset -o pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh" # headroom:include
source "$(dirname "${BASH_SOURCE[0]}")/storage.sh" # headroom:include
source "$(dirname "${BASH_SOURCE[0]}")/node-state.sh" # headroom:include

begin assess-node "$@"
setting TIME_BUDGET_SECONDS 20 1 600

SKIPPED=()
readonly SCARCE_INODES_PERMILLE=700 # above this the files are counted, one by one
readonly CUT=999999999999999999 # sorts first in a list of sizes: du did not finish

# Other filesystems on block devices: `PERMILLE SIZE AVAILABLE INODES_PERMILLE PATH`, fullest first.
other_mounts() {
  local point type device seen
  seen=" $(stat --format=%d -- "$MOUNT_POINT") "
  while read -r _ point type _; do
    case $type in
      ext[234] | xfs | btrfs | vfat | zfs | f2fs | nfs*) ;;
      *) continue ;;
    esac
    point=$(printf '%b' "$point")
    [[ $point != "$MOUNT_POINT" && $type != nfs* ]] || continue # a dead NFS server would block us
    device=$(timeout 5 stat --format=%d -- "$point" 2>/dev/null) || continue
    [[ $seen != *" $device "* ]] || continue # bind mounts
    seen+="$device "
    measure M "$point" 2>/dev/null || continue
    ((M_SIZE > 0)) || continue
    printf '%d %d %d %d %s\n' "$M_PERMILLE" "$M_SIZE" "$M_AVAILABLE" "$M_INODES_PERMILLE" "${point//[$'\n\t']/?}"
  done </proc/self/mounts | sort --numeric-sort --reverse | sed -n 1,5p
}

# A name may hold a line break, which must not make two lines of it.
one_a_line() { tr '\n\0' '?\n'; }

# `BYTES PATH` of the biggest directories, three levels deep. du prints a directory when it is done with it, so a cut
# run still gives what it found; a directory that only repeats its biggest child is left out.
biggest_directories() {
  local seconds=$1 code=0
  {
    timeout --kill-after=2 "$seconds" du --null --one-file-system --block-size=1 --max-depth=3 -- "$MOUNT_POINT" 2>/dev/null || code=$?
    if ((code >= 124)); then printf '%s cut\0' "$CUT"; fi
  } | one_a_line | awk -v top="$MOUNT_POINT" -v cut="$CUT" '
    $1 == cut { print; next }
    { bytes = $1; sub(/^[0-9]+[ \t]+/, ""); if ($0 != top && bytes > 16777216) printf "%.0f %s\n", bytes, $0 }' |
    sort --numeric-sort --reverse | awk -v cut="$CUT" '
    $1 == cut { print; next }
    { path = substr($0, length($1) + 2); cover = 0
      for (i = 1; i <= kept; i++) if (index(names[i], path "/") == 1 && sizes[i] > $1 * 0.9) cover = 1
      names[++kept] = path; sizes[kept] = $1; lines[kept] = $0; covered[kept] = cover
      if (kept >= 60) exit }
    END { for (i = 1; i <= kept; i++) {
        for (j = i + 1; j <= kept; j++) if (index(names[j], names[i] "/") == 1 && sizes[j] > sizes[i] * 0.9) covered[i] = 1
        if (!covered[i] && shown++ < 5) print lines[i] } }' || true # awk exits first
}

# `COUNT PATH` of the directories with the most files, three levels deep. Counted file by file, so that an interrupted run also names the
# one that uses up the inodes; du prints a directory only when it is done with it.
most_files() {
  local code=0
  {
    timeout --kill-after=2 "$1" find "$MOUNT_POINT" -xdev -printf '%h\0' 2>/dev/null || code=$?
    if ((code >= 124)); then printf '%s cut\0' "$CUT"; fi
  } | one_a_line | awk -v top="${MOUNT_POINT%/}/" -v cut="$CUT" '
    $1 == cut { print; next }
    index($0 "/", top) == 1 {
      depth = split(substr($0, length(top) + 1), part, "/"); path = top
      for (i = 1; i <= depth && i <= 3; i++) path = path (i > 1 ? "/" : "") part[i]
      if (!(path in files) && known++ >= 50000) next # anyone may make as many directories as the disk has inodes
      files[path]++
    }
    END { for (path in files) if (files[path] >= 1000) printf "%d %s\n", files[path], path }' |
    sort --numeric-sort --reverse | sed -n 1,4p
}

# What CRI images hold: {"count":n,"bytes":n}, or null.
images_json() {
  local count bytes
  if ! has crictl; then
    SKIPPED+=('crictl: not installed') && IMAGES=null && return
  fi
  count=$(timeout 10 crictl --timeout=8s images --quiet 2>/dev/null | sort --unique | wc --lines) || count=''
  bytes=$(timeout 10 crictl --timeout=8s imagefsinfo 2>/dev/null |
    sed -n '/"usedBytes"/,/}/s/.*"value": *"\([0-9]*\)".*/\1/p' | awk '{ sum += $1 } END { printf "%.0f", sum }') || bytes=''
  if is_number "$count" && is_number "$bytes"; then
    IMAGES="{\"count\":$count,\"bytes\":$bytes}"
  else
    SKIPPED+=('crictl: no answer') && IMAGES=null
  fi
}

require_root ROOT
KUBELET=$(unit_state kubelet)
CONTAINERD=$(unit_state containerd)
HEALTHZ=false
if kubelet_healthy; then HEALTHZ=true; fi
has systemctl || SKIPPED+=('systemctl: not installed')
has python3 || SKIPPED+=('python3: not installed, so reclaim cannot delete files')
JOURNAL_BYTES=0
if [[ -d $PREFIX/var/log/journal ]]; then
  JOURNAL_BYTES=$(timeout 10 du --summarize --block-size=1 -- "$PREFIX/var/log/journal" 2>/dev/null | cut --fields=1) ||
    SKIPPED+=('journal: not measured within 10 s')
  is_number "$JOURNAL_BYTES" || JOURNAL_BYTES=0
fi
IMAGES=null
images_json
ERRORS=()
if has journalctl; then
  for unit in kubelet containerd; do
    line=$(last_error "$unit" 400)
    if [[ -n $line ]]; then ERRORS+=("$line"); fi
  done
fi
mapfile -t OPEN < <(deleted_open $((TIME_BUDGET_SECONDS / 2 + 1)))
OPEN_BYTES=0
for line in "${OPEN[@]}"; do OPEN_BYTES=$((OPEN_BYTES + ${line%% *})); done
mapfile -t MOUNTS < <(other_mounts)
LEFT=$((TIME_BUDGET_SECONDS - SECONDS))
MOST=()
if ((ROOT_INODES_PERMILLE >= SCARCE_INODES_PERMILLE)); then
  if has find; then mapfile -t MOST < <(most_files $((LEFT > 10 ? LEFT : 10))); else SKIPPED+=('find: not installed'); fi
fi
LEFT=$((TIME_BUDGET_SECONDS - SECONDS))
mapfile -t BIGGEST < <(biggest_directories $((LEFT > 1 ? LEFT : 1)))

members() {
  local limit=$TEXT_LIMIT out list='' line permille size available inodes path bytes pid name count rows=0
  out="\"root\":$(root_json ROOT),\"role\":\"$(node_role "$KUBELET")\""
  for line in "${MOUNTS[@]:0:ROWS}"; do
    read -r permille size available inodes path <<<"$line"
    list+=",[$(json_string "$path" $((limit < 40 ? limit : 40))),$size,$available,$(decimal "$permille"),$(decimal "$inodes")]"
  done
  out+=",\"mounts\":[${list#,}]"
  list=''
  for line in "${BIGGEST[@]:0:ROWS}"; do
    read -r bytes path <<<"$line"
    if [[ $bytes != "$CUT" ]]; then list+=",[$(json_string "$path" $((limit < 64 ? limit : 64))),$bytes]"; fi
  done
  out+=",\"biggest\":[${list#,}]"
  list=''
  for line in "${MOST[@]:0:ROWS}"; do
    read -r count path <<<"$line"
    if [[ $count != "$CUT" ]]; then list+=",[$(json_string "$path" $((limit < 64 ? limit : 64))),$count]"; fi
  done
  if [[ -n $list ]]; then out+=",\"mostFiles\":[${list#,}]"; fi
  list=''
  for line in "${OPEN[@]}"; do
    read -r bytes pid name <<<"$line"
    if ((rows++ < 3 && rows <= ROWS)); then list+=",[$pid,$(json_string "$name" 16),$bytes]"; fi
  done
  out+=",\"deletedOpen\":[${list#,}],\"deletedOpenBytes\":$OPEN_BYTES,\"journalBytes\":$JOURNAL_BYTES,\"images\":$IMAGES"
  out+=",\"kubelet\":$(json_string "$KUBELET" 16),\"kubeletHealthz\":$HEALTHZ,\"containerd\":$(json_string "$CONTAINERD" 16)"
  list=''
  for line in "${ERRORS[@]:0:ROWS}"; do list+=",$(json_string "$(brief "$limit" "$line")" "$limit")"; done
  printf '%s,"errors":[%s],"skipped":%s' "$out" "${list#,}" "$(json_list 60 "${SKIPPED[@]}")"
}

for line in "${BIGGEST[@]}"; do
  if [[ $line == "$CUT cut" ]]; then SKIPPED+=("du: cut after $TIME_BUDGET_SECONDS s, sizes are partial"); fi
done
for line in "${MOST[@]}"; do
  if [[ $line == "$CUT cut" ]]; then SKIPPED+=('find: cut, counts are partial'); fi
done
emit_result true '' members
