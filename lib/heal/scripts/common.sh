#!/usr/bin/env bash
# Shared by the node scripts; sourced, never run. The contract is README.md beside this file.
# Needs only bash, coreutils, util-linux, awk, sed, grep. Writes nothing to the root filesystem: it may be full.

# Appended, so that a drill or a test can put stand-ins in front.
export PATH="${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"
export LC_ALL=C TMPDIR=/run
umask 077

# shellcheck disable=SC2034 # not every script needs every unit
readonly KIB=1024 MIB=1048576 GIB=1073741824
readonly LINE_LIMIT=1999 # Automation cuts a step's output; the JSON line must survive whole.

SCRIPT_NAME=unknown
DRY_RUN=false
EMITTED=false

# Standard output carries the JSON line and nothing else, whatever a tool prints.
exec 3>&1 1>&2

log() { printf 'headroom %s: %s\n' "$SCRIPT_NAME" "$*" >&2 || true; }

# json_string TEXT [LIMIT]: a JSON string whose text is at most LIMIT bytes after escaping (default 120).
# Control characters and bytes that are not UTF-8 become `?`; a cut text ends in `...`.
json_string() {
  local text=$1 limit=${2:-120} out='' piece byte more index=0 next length
  if ((${#text} <= limit)) && [[ $text != *[!\ -~]* && $text != *[\"\\]* ]]; then
    printf '"%s"' "$text"
    return
  fi
  text=${text:0:limit+4}
  length=${#text}
  while ((index < length)); do
    piece=${text:index:1}
    printf -v byte '%d' "'$piece"
    ((byte &= 255)) || true # 0 is no failure
    more=0
    if ((byte == 34 || byte == 92)); then
      piece="\\$piece"
    elif ((byte == 9 || byte == 10)); then
      piece=' '
    elif ((byte < 32 || byte == 127)); then
      piece='?'
    elif ((byte > 127)); then
      utf8_extra_bytes "$byte" "${text:index+1:3}"
      more=$UTF8_EXTRA
      if ((more == 0)); then piece='?'; else piece=${text:index:more+1}; fi
    fi
    next=$((index + 1 + more))
    if ((${#out} + ${#piece} + (next < length ? 3 : 0) > limit)); then
      out+='...'
      break
    fi
    out+=$piece
    index=$next
  done
  printf '"%s"' "$out"
}

# utf8_extra_bytes LEAD FOLLOWING: sets UTF8_EXTRA to the count of valid continuation bytes, 0 when malformed.
utf8_extra_bytes() {
  local lead=$1 following=$2 wanted=0 low=128 high=191 index byte
  UTF8_EXTRA=0
  if ((lead >= 194 && lead <= 223)); then wanted=1; fi
  if ((lead >= 224 && lead <= 239)); then wanted=2; fi
  if ((lead >= 240 && lead <= 244)); then wanted=3; fi
  case $lead in 224) low=160 ;; 237) high=159 ;; 240) low=144 ;; 244) high=143 ;; esac
  ((wanted > 0 && ${#following} >= wanted)) || return 0
  for ((index = 0; index < wanted; index++)); do
    printf -v byte '%d' "'${following:index:1}"
    ((byte &= 255)) || true # 0 is no failure
    ((byte >= low && byte <= high)) || return 0
    low=128 high=191
  done
  UTF8_EXTRA=$wanted
}

# emit_result OK ERROR [MEMBERS]: prints the JSON line. ERROR '' is left out; MEMBERS is text like `"a":1,"b":[]`.
emit_result() {
  local line
  line="{\"headroom\":1,\"script\":\"$SCRIPT_NAME\",\"ok\":$1,\"dryRun\":$DRY_RUN"
  if [[ -n $2 ]]; then line+=",\"error\":$(json_string "$2" 240)"; fi
  if [[ -n ${3:-} ]]; then line+=",$3"; fi
  printf '%s}\n' "$line" >&3
  EMITTED=true
}

# fits MEMBERS: whether the line with these members stays within the limit, an error text included.
fits() { ((${#1} <= LINE_LIMIT - 380)); }

# What prepare-node.sh and remove-headroom.sh did, and what they left alone and why.
CHANGES=() SKIPS=()
json_list() { # LIMIT TEXT...: an array of texts, each of at most LIMIT bytes
  local limit=$1 text out=''
  shift
  for text in "$@"; do out+=",$(json_string "$text" "$limit")"; done
  printf '[%s]' "${out#,}"
}
changes_json() {
  local limit text
  for limit in 90 60 40 24; do
    text="\"changed\":$(json_list "$limit" "${CHANGES[@]}"),\"skipped\":$(json_list "$limit" "${SKIPS[@]}")"
    if fits "$text"; then break; fi
  done
  printf '%s' "$text"
}

die() { # EXIT_CODE MESSAGE [MEMBERS]
  log "$2"
  emit_result false "$2" "${3:-}"
  exit "$1"
}
fail() { die 1 "$@"; }
bad_usage() { die 2 "$@"; }
refuse() { die 3 "$@"; }

on_exit() {
  local code=$1
  [[ $EMITTED == true ]] && return
  emit_result false "stopped unexpectedly with exit code $code near line $2"
}

# begin NAME ARGUMENTS...: reads --dry-run and --help, and the settings that every script has.
begin() {
  local script_file=$0
  SCRIPT_NAME=$1
  shift
  trap 'on_exit $? $LINENO' EXIT
  trap 'exit 143' TERM
  trap 'exit 130' INT
  case ${HEADROOM_DRY_RUN:-false} in
    true | false) DRY_RUN=${HEADROOM_DRY_RUN:-false} ;;
    *) bad_usage "HEADROOM_DRY_RUN must be true or false, got '$HEADROOM_DRY_RUN'" ;;
  esac
  while (($# > 0)); do
    case $1 in
      --dry-run) DRY_RUN=true ;;
      --help)
        sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$script_file" >&3
        EMITTED=true
        exit 0
        ;;
      *) bad_usage "unknown argument '$1'; see --help" ;;
    esac
    shift
  done
  MOUNT_POINT=${HEADROOM_MOUNT_POINT:-/}
  [[ $MOUNT_POINT == /* && -d $MOUNT_POINT ]] ||
    bad_usage "HEADROOM_MOUNT_POINT must be an absolute directory, got '$MOUNT_POINT'"
  # What stands in front of /etc, /var ...: empty on a node.
  PREFIX=${MOUNT_POINT%/}
}

# setting NAME DEFAULT MIN MAX: sets the variable NAME from HEADROOM_NAME.
setting() {
  local variable="HEADROOM_$1" value
  value=${!variable:-$2}
  [[ $value =~ ^[0-9]{1,9}$ ]] || bad_usage "$variable must be a whole number from $3 to $4, got '$value'"
  value=$((10#$value))
  ((value >= $3 && value <= $4)) || bad_usage "$variable must be a whole number from $3 to $4, got '$value'"
  printf -v "$1" '%d' "$value"
}

# text_setting NAME DEFAULT PATTERN: sets the variable NAME from HEADROOM_NAME.
text_setting() {
  local variable="HEADROOM_$1" value
  value=${!variable:-$2}
  [[ $value =~ $3 ]] || bad_usage "$variable must match $3, got '$value'"
  printf -v "$1" '%s' "$value"
}

# deadline_in SECONDS, then bounded COMMAND...: the command ends by the deadline (exit 124 when it did not by itself).
deadline_in() { DEADLINE=$((SECONDS + $1)); }
bounded() {
  local left=$((DEADLINE - SECONDS))
  ((left > 0)) || return 124
  timeout --kill-after=5 "$left" "$@" </dev/null 3>&-
}

# bash finds a file by name that cannot be run, where there is none that can.
has() { [[ -x $(type -P "$1") ]]; }
is_number() { [[ $1 =~ ^[0-9]+$ ]]; }
at_least_zero() { if (($1 > 0)); then printf '%d' "$1"; else printf 0; fi; }
decimal() { printf '%d.%d' $(($1 / 10)) $(($1 % 10)); }

# measure NAME [PATH]: sets NAME_SIZE NAME_USED NAME_AVAILABLE NAME_INODES NAME_INODES_USED (counts) and
# NAME_PERMILLE NAME_INODES_PERMILLE (0-1000), as df counts them. Fails when df cannot tell.
measure() {
  local name=$1 path=${2:-$MOUNT_POINT} line size used available inodes inodes_used value
  line=$(timeout 20 df --block-size=1 --output=size,used,avail,itotal,iused -- "$path" | tail --lines=1) || return 1
  read -r size used available inodes inodes_used <<<"$line" || return 1
  for value in "$size" "$used"; do is_number "$value" || return 1; done
  is_number "$available" || available=0 # negative: more in use than an unprivileged process may use
  is_number "$inodes" || inodes=0
  is_number "$inodes_used" || inodes_used=0
  printf -v "${name}_SIZE" '%d' "$size"
  printf -v "${name}_USED" '%d' "$used"
  printf -v "${name}_AVAILABLE" '%d' "$available"
  printf -v "${name}_INODES" '%d' "$inodes"
  printf -v "${name}_INODES_USED" '%d' "$inodes_used"
  printf -v "${name}_PERMILLE" '%d' "$(permille "$used" $((used + available)))"
  printf -v "${name}_INODES_PERMILLE" '%d' "$(permille "$inodes_used" "$inodes")"
}

permille() { if (($2 > 0)); then printf '%d' $((($1 * 1000 + $2 / 2) / $2)); else printf 0; fi; }

# figures_json NAME: the members of FilesystemFigures, from what `measure NAME` found.
figures_json() {
  local size="$1_SIZE" available="$1_AVAILABLE" used="$1_PERMILLE" inodes="$1_INODES_PERMILLE"
  printf '"sizeBytes":%d,"availableBytes":%d,"usedPercent":%s,"inodesUsedPercent":%s' \
    "${!size}" "${!available}" "$(decimal "${!used}")" "$(decimal "${!inodes}")"
}

# require_measure NAME: the figures of MOUNT_POINT, or the end of the script.
require_measure() { measure "$1" || fail "df cannot read $MOUNT_POINT"; }

# unit_state UNIT: systemd's ActiveState, or `absent`. A service's name may come without its suffix.
unit_state() {
  local state unit=$1
  [[ $unit == *.* ]] || unit+=.service
  has systemctl || { printf absent && return; }
  state=$(timeout 10 systemctl show --property=LoadState,ActiveState "$unit" 2>/dev/null) || state=''
  case $state in
    *LoadState=not-found* | '') printf absent ;;
    *) sed -n 's/^ActiveState=//p' <<<"$state" ;;
  esac
}

# http_answer PORT PATH [SCHEME]: prints `STATUS BODY`, one line; empty when nothing answers. curl only where it is installed.
http_answer() {
  local port=$1 path=$2 scheme=${3:-http} key="$PREFIX/etc/kubernetes/pki/apiserver-kubelet-client"
  local -a identity=()
  if has curl; then
    if [[ $scheme == https && -r $key.key ]]; then identity=(--cert "$key.crt" --key "$key.key"); fi
    timeout 8 curl --silent --insecure --max-time 6 --noproxy '*' "${identity[@]}" --write-out '\n%{http_code}' \
      "$scheme://127.0.0.1:$port$path" 2>/dev/null | awk '{ text = text last " "; last = $0 } END { if (last + 0) print last, text }'
  elif [[ $scheme == http ]]; then
    # shellcheck disable=SC2016 # the inner shell expands its own arguments
    timeout 8 bash -c 'exec 5<>"/dev/tcp/127.0.0.1/$0" && printf "GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n" "$1" >&5 &&
      cat <&5' "$port" "$path" 2>/dev/null | tr --delete '\r' |
      awk 'NR == 1 { code = $2 } body { text = text $0 " " } /^$/ { body = 1 } END { if (code + 0) print code, text }'
  fi
}

kubelet_healthy() {
  local answer
  answer=$(http_answer 10248 /healthz) || return 1
  [[ $answer == 200\ * ]]
}

# The last line of a unit's journal that tells of an error.
last_error() {
  timeout 5 journalctl --unit="$1" --lines=300 --output=cat --no-pager --quiet 2>/dev/null |
    grep --extended-regexp --ignore-case '^E[0-9]{4} |level=(error|fatal)|no space left|disk quota' | tail --lines=1 |
    sed 's/^\(E[0-9]* [0-9:.]*\) *[0-9]* /\1 /' || true # most journals tell of none
}

# deleted_open SECONDS: prints `BYTES PID NAME` of files on MOUNT_POINT's device that are deleted but still open, biggest
# first, each file once. Needs no lsof: a link count of 0 in /proc/PID/fd says it. Only files whose link there ends in
# `(deleted)` are asked for it: they are few, and a dead server's files are not among them.
deleted_open() {
  local until=$((SECONDS + $1)) device
  local -a links=(/proc/[0-9]*/fd/*) deleted
  device=$(stat --format=%d -- "$MOUNT_POINT") || return 0
  mapfile -t deleted < <(QUOTING_STYLE=c stat_until "$until" %N "${links[@]}" |
    sed -n 's|^"\(/proc/[0-9]*/fd/[0-9]*\)" -> ".* (deleted)"$|\1|p')
  stat_until "$until" '%h %d %i %b %B %n' --dereference "${deleted[@]}" | awk -v device="$device" '
    $1 == 0 && $2 == device && $4 > 0 && !seen[$3]++ { split($6, part, "/"); printf "%.0f %d\n", $4 * $5, part[3] }' |
    sort --numeric-sort --reverse | while read -r bytes pid; do
      printf '%s %s %s\n' "$bytes" "$pid" "$(tr --complement --delete '[:print:]' <"/proc/$pid/comm" 2>/dev/null || echo ended)"
    done
}

# stat_until SECONDS FORMAT [--dereference] PATH...: stat's lines, until then. What is gone meanwhile needs no report.
stat_until() {
  local until=$1 format=$2 many=500
  local -a option=()
  shift 2
  if [[ ${1:-} == --dereference ]]; then option=("$1") && shift; fi
  while (($# > 0 && SECONDS < until)); do
    timeout 5 stat "${option[@]}" --format="$format" "${@:1:many}" 2>/dev/null || true # processes end while we look
    shift $((many < $# ? many : $#))
  done
}
