#!/usr/bin/env bash
# Shared by the node scripts; sourced, never run. The contract is README.md beside this file.
# Needs only bash, coreutils, util-linux, awk, sed, grep. Writes nothing to the root filesystem: it may be full.

# Appended, so that a drill or a test can put stand-ins in front.
export PATH="${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"
export LC_ALL=C TMPDIR=/run
umask 077

# shellcheck disable=SC2034 # not every script needs every unit
readonly KIB=1024 MIB=1048576 GIB=1073741824
# Run Command keeps 2,500 bytes of both streams together, and 1,215 of standard output when both are long (amazon-ssm-agent 3.3,
# iohandler.go TruncateOutput; measured). The JSON line, its line break included, survives whole.
LINE_LIMIT=1200

SCRIPT_NAME=unknown
DRY_RUN=false
EMITTED=false

# Standard output carries the JSON line and nothing else, whatever a tool prints; 4 is the caller's standard error.
exec 3>&1 4>&2 1>&2

# shown TEXT: one line in which nothing acts on a terminal: no control character (those of C1 too, which UTF-8 writes in two bytes),
# none that turns the direction of writing. Names, journals and tool output are untrusted.
shown() {
  local text=${1//[$'\n\r\t']/ }
  text=${text//[[:cntrl:]]/?}
  text=${text//$'\xc2'[$'\x80'-$'\x9f']/?}
  text=${text//$'\xe2\x80'[$'\x8b'-$'\x8f'$'\xa8'-$'\xae']/?}
  text=${text//$'\xd8\x9c'/?} text=${text//$'\xef\xbb\xbf'/?}
  printf '%s' "${text//$'\xe2\x81'[$'\xa0'-$'\xaf']/?}"
}
log() {
  local text="$*"
  # A log that cannot be written must not stop the work.
  printf 'headroom %s: %.300s\n' "$SCRIPT_NAME" "$(shown "${text:0:400}")" >&4 || true
}

# What tools print goes to /run/headroom/log; what the script itself says stays on standard error. One earlier run is kept.
TOOL_OUTPUT=''
collect_tool_output() {
  local file=/run/headroom/log/$SCRIPT_NAME
  mkdir --parents -- "${file%/*}" 2>/dev/null || return 0
  if [[ -e $file ]]; then mv --force -- "$file" "$file.before" 2>/dev/null || return 0; fi
  { : >"$file"; } 2>/dev/null || return 0
  exec 1>>"$file" 2>&1
  TOOL_OUTPUT=/proc/$$/fd/2 # the file may have another name by the next run
}
tool_output_bytes() { if [[ -n $TOOL_OUTPUT ]]; then stat --dereference --format=%s -- "$TOOL_OUTPUT"; else printf 0; fi; }
# tool_cause LIMIT [BYTES]: the cause in what tools have printed last, or first since the output had that many bytes.
tool_cause() {
  local which=last
  if [[ -n ${2:-} ]]; then which=first; fi
  [[ -n $TOOL_OUTPUT ]] || return 0
  tail --bytes=+$((${2:-0} + 1)) -- "$TOOL_OUTPUT" 2>/dev/null | tail --bytes=65536 | cause_of "$1" "$which"
}
# because LIMIT [BYTES]: `: CAUSE`, or nothing.
because() {
  local cause
  cause=$(tool_cause "$@")
  printf '%s' "${cause:+: $cause}"
}

# Reads lines of a log or of a tool, chooses the one that tells the cause, and takes the cause out of it. klog and logfmt carry it
# in err="…" or error="…", often far behind (kubernetes klog v2, structured logging). A text that is too long keeps its
# beginning, and the cause and the file whatever their place.
# shellcheck disable=SC2016 # awk's own
readonly CAUSE_PROGRAM='
function value(line, key,    out, at, one) {
  at = index(" " line, " " key "=\"")
  if (!at) return ""
  out = ""
  for (at += length(key) + 2; at <= length(line); at++) {
    one = substr(line, at, 1)
    if (one == "\"") break
    if (one == "\\") { one = substr(line, ++at, 1); if (one == "n" || one == "t") one = " "; if (one == "\\") one = "" }
    out = out one
  }
  return out
}
function told(line,    cause, message, time) {
  if (match(line, /^[EFWI][0-9][0-9][0-9][0-9] [0-9:.]+ +[0-9]+ [^ ]+\] /)) {
    time = substr(line, 7, 8) " "
    line = substr(line, RSTART + RLENGTH)
  }
  cause = value(line, "err")
  if (cause == "") cause = value(line, "error")
  message = line ~ /^"/ ? value("m=" line, "m") : value(line, "msg")
  if (cause != "") line = (message == "" ? "" : message ": ") cause
  gsub(/[ \t\r]+/, " ", line)
  sub(/^ ?(\| )?/, "", line) # growpart indents so
  gsub(/"/, "\047", line)
  return time line
}
function fitted(text, limit,    phrase, file, rest) {
  if (length(text) <= limit) return text
  if (match(tolower(text), PHRASES)) phrase = substr(text, RSTART, RLENGTH)
  rest = text
  while (match(rest, /(^|[^A-Za-z0-9._:\/-])\/[A-Za-z0-9._+@-]+(\/[A-Za-z0-9._+@-]+)+/)) {
    file = substr(rest, RSTART, RLENGTH)
    rest = substr(rest, RSTART + RLENGTH)
  }
  sub(/^[^\/]*/, "", file)
  rest = limit - length(phrase) - 12
  if (file != "" && rest < length(file)) file = rest < 8 ? "" : "..." substr(file, length(file) - rest + 4)
  phrase = phrase (phrase != "" && file != "" ? " " : "") file
  # With neither the end is the better half.
  if (phrase == "") phrase = substr(text, length(text) - int(limit * 0.6) + 1)
  rest = limit - length(phrase) - 5
  return substr((rest > 0 ? substr(text, 1, rest) " ... " : "") phrase, 1, limit)
}
BEGIN {
  DISK = "no space left on device|disk quota exceeded|read-only file system|input/output error|structure needs cleaning"
  PHRASES = DISK "|unexpected end of json input|permission denied|no such file or directory|not a directory|connection refused"
  PHRASES = PHRASES "|certificate has expired|unknown authority|no route to host|deadline exceeded|i/o timeout|unknown flag|device is busy"
  ERRORS = DISK "|error|fail|cannot|can.t |could not|couldn.t|unable|refused|denied|panic|fatal|invalid|no such|not found"
  ERRORS = ERRORS "|not permitted|unbound|readonly"
}
wanted == "whole" { text = text (NR > 1 ? " " : "") $0; next }
/^[ \t]*$/ || /^[a-z@.-]+\.service: / || /[Rr]estore appears to have gone OK/ { next }
{ last = $0; low = tolower($0); bad = low ~ DISK }
!bad && (/^[IW][0-9][0-9][0-9][0-9] / || /level=(info|warn|debug)/ || low !~ ERRORS) { next }
wanted == "first" { if (first == "" || (bad && !told_disk)) { first = $0; told_disk = bad } next }
{ line[++n] = $0; heavy[n] = bad || low ~ /^panic:|^f[0-9][0-9][0-9][0-9] |level=fatal|"command failed"/ }
END {
  if (wanted == "whole") { print fitted(text, limit); exit }
  if (wanted == "first") chosen = first == "" ? last : first
  else {
    chosen = line[n]
    for (i = n; i > n - 20 && i > 0; i--) if (heavy[i]) { chosen = line[i]; break }
  }
  if (chosen != "") print fitted(told(chosen), limit)
}'
# cause_of LIMIT [first|last], lines from standard input: a tool tells the cause first, a journal last; at most LIMIT bytes.
cause_of() { awk -v limit="$1" -v wanted="${2:-first}" "$CAUSE_PROGRAM" || true; }
# brief LIMIT TEXT: the text, or as much of it as tells the cause.
brief() { if ((${#2} <= $1)); then printf '%s' "$2"; else awk -v limit="$1" -v wanted=whole "$CAUSE_PROGRAM" <<<"$2"; fi; }

# json_string TEXT [LIMIT]: a JSON string whose text is at most LIMIT bytes after escaping (default 120).
# Line breaks and tabs become a space; other control characters, those that turn the direction of writing, and bytes that are not
# UTF-8 become `?`; a cut text ends in `...`.
json_string() {
  local text=$1 limit=${2:-120} out='' piece byte more index=0 next length
  if ((${#text} <= limit)) && [[ $text != *[!\ -~]* && $text != *[\"\\]* ]]; then
    printf '"%s"' "$text"
    return
  fi
  text=$(shown "${text:0:limit+4}")
  length=${#text}
  while ((index < length)); do
    piece=${text:index:1}
    printf -v byte '%d' "'$piece"
    ((byte &= 255)) || true # 0 is not a failure
    more=0
    if ((byte == 34 || byte == 92)); then
      piece="\\$piece"
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
    ((byte &= 255)) || true # 0 is not a failure
    ((byte >= low && byte <= high)) || return 0
    low=128 high=191
  done
  UTF8_EXTRA=$wanted
}

# emit_result OK ERROR [MEMBERS]: prints the JSON line. ERROR '' is left out. MEMBERS is text like `"a":1,"b":[]`, or a function
# with its arguments that prints it: it is asked again with less TEXT_LIMIT (bytes of a text) and ROWS (entries of a list) until
# the line fits. Figures have no limit and must fit; the function puts what counts first.
readonly SHAPES=('160 20' '120 20' '90 20' '120 8' '60 20' '90 6' '60 6' '90 4' '60 4' '60 3' '40 3' '40 2' '24 2' '24 1' '12 1' '12 0')
TEXT_LIMIT=160 ROWS=20
emit_result() {
  local ok=$1 error=$2 shape line='' members='' limit
  shift 2
  for shape in "${SHAPES[@]}"; do
    read -r TEXT_LIMIT ROWS <<<"$shape"
    if [[ ${1:-} == [a-z]* ]]; then members=$("$@"); else members=${1:-}; fi
    line=$(envelope "$ok" "$error" 240 "$members")
    if ((${#line} < LINE_LIMIT)) || [[ ${1:-} != [a-z]* ]]; then break; fi
  done
  # Members that were given as text cannot shrink; the error can.
  for limit in 120 80; do
    if ((${#line} >= LINE_LIMIT)); then line=$(envelope "$ok" "$error" "$limit" "$members"); fi
  done
  if ((${#line} >= LINE_LIMIT)); then line=$(envelope "$ok" "$error" 240 ''); fi
  printf '%s\n' "$line" >&3
  EMITTED=true
}
envelope() { # OK ERROR ERROR_LIMIT MEMBERS
  printf '{"headroom":1,"script":"%s","ok":%s,"dryRun":%s' "$SCRIPT_NAME" "$1" "$DRY_RUN"
  if [[ -n $2 ]]; then printf ',"error":%s' "$(json_string "$(brief "$3" "$2")" "$3")"; fi
  printf '%s}' "${4:+,$4}"
}

# json_list LIMIT TEXT...: an array of texts, each of at most LIMIT bytes and TEXT_LIMIT, at most ROWS of them.
json_list() {
  local limit=$(($1 < TEXT_LIMIT ? $1 : TEXT_LIMIT)) text out=''
  shift
  for text in "${@:1:ROWS}"; do out+=",$(json_string "$text" "$limit")"; done
  printf '[%s]' "${out#,}"
}
# more_json COUNT: `,"more":N` where N of the list's entries have no room.
more_json() { if (($1 > ROWS)); then printf ',"more":%d' $(($1 - ROWS)); fi; }

# What prepare-node.sh and remove-headroom.sh did, and what they left alone and why.
CHANGES=() SKIPS=()
changes_json() {
  local more=$(((${#CHANGES[@]} > ROWS ? ${#CHANGES[@]} - ROWS : 0) + (${#SKIPS[@]} > ROWS ? ${#SKIPS[@]} - ROWS : 0)))
  printf '"changed":%s,"skipped":%s' "$(json_list 90 "${CHANGES[@]}")" "$(json_list 90 "${SKIPS[@]}")"
  if ((more > 0)); then printf ',"more":%d' "$more"; fi
}

die() { # EXIT_CODE MESSAGE [MEMBERS], as emit_result takes them
  local code=$1
  shift
  log "$1"
  emit_result false "$@"
  exit "$code"
}
fail() { die 1 "$@"; }
bad_usage() { die 2 "$@"; }
refuse() { die 3 "$@"; }

on_exit() {
  local code=$1
  [[ $EMITTED == true ]] && return
  emit_result false "stopped unexpectedly with exit code $code near line $2$(because 150)"
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
  collect_tool_output
}

# remove_in FOLDER NAME...: removes files of that folder itself, not of what a link in its place, or on the way to it, leads to: the
# working directory stays the one that was looked at, whatever is renamed meanwhile.
remove_in() {
  local folder=$1
  shift
  (cd -P -- "$folder" && [[ $(env pwd -P) == "$folder" ]] && rm --force -- "${@/#/./}")
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

# The name of an image, + for any characters, for KEEP_IMAGES.
# shellcheck disable=SC2034 # of the scripts that include this one
readonly IMAGE='[A-Za-z0-9+][A-Za-z0-9_:@+-]*([./][A-Za-z0-9_:@+-]+)*'

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
  timeout --kill-after=5 "$left" "$@" </dev/null 3>&- 4>&-
}

# bash finds a file by name that cannot be run, where there is none that can.
has() { [[ -x $(type -P "$1") ]]; }
# Braces of crictl's templates are put together here: an SSM document would read them as its own.
field() { printf '%s%s%s' '{''{' "$1" '}''}'; }
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

# http_answer PORT PATH [SCHEME [IDENTITY]]: prints `STATUS BODY`, one line; empty when nothing answers. curl only where it is
# installed. IDENTITY: a client certificate and its key, without .crt and .key.
http_answer() {
  local port=$1 path=$2 scheme=${3:-http} key=${4:-$PREFIX/etc/kubernetes/pki/apiserver-kubelet-client}
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

# last_error UNIT LIMIT [SINCE [WORD]]: the cause in the last 300 lines of a unit's journal, at most LIMIT bytes, of lines with WORD.
# SINCE is journalctl's, '' for any time.
last_error() {
  timeout 5 journalctl --unit="$1" --lines=300 --output=cat --no-pager --quiet ${3:+--since="$3"} 2>/dev/null |
    awk -v word="${4:-}" 'index($0, word)' | cause_of "$2" last || true # an unreadable journal reports no error
}

# deleted_open SECONDS: prints `BYTES PID NAME` of files on MOUNT_POINT's device that are deleted but still open, the 64 biggest
# first, each file once, and one more line, `BYTES 0 others`. Needs no lsof: a link count of 0 in
# /proc/PID/fd says it. Only files whose link there ends in `(deleted)` are asked for it: they are few, and a dead server's files are
# not among them. Anyone may open any number of files, so nothing here holds them all.
deleted_open() {
  local device bytes pid
  has find && has xargs || return 0
  device=$(stat --format=%d -- "$MOUNT_POINT") || return 0
  {
    # shellcheck disable=SC2016 # the inner shell expands its own arguments
    printf '%s\0' /proc/[0-9]*/fd |
      timeout "$1" xargs --null sh -c 'exec find -P "$@" -maxdepth 1 -lname "* (deleted)" -print0' find |
      timeout "$1" xargs --null --no-run-if-empty stat --dereference --format='%h %d %i %b %B %n' || true # processes exit meanwhile
  } 2>/dev/null | awk -v device="$device" '
    $1 != 0 || $2 != device || $4 <= 0 || ($3 in seen) { next }
    known < 50000 { seen[$3]; known++ } # beyond, a file that is held twice counts twice
    {
      size = $4 * $5
      split($6, part, "/")
      place = count < 64 ? ++count : least
      if (place == least && size <= bytes[least]) { others += size; next }
      if (place == least) others += bytes[least]
      bytes[place] = size
      pid[place] = part[3]
      if (count < 64) next
      least = 1
      for (one = 2; one <= 64; one++) if (bytes[one] < bytes[least]) least = one
    }
    END {
      for (one = 1; one <= count; one++) printf "%.0f %d\n", bytes[one], pid[one]
      if (others) printf "%.0f 0\n", others
    }' | sort --numeric-sort --reverse --buffer-size=1M | while read -r bytes pid; do
    if ((pid == 0)); then
      printf '%s 0 others\n' "$bytes"
    else
      printf '%s %s %s\n' "$bytes" "$pid" "$(tr --complement --delete '[:print:]' <"/proc/$pid/comm" 2>/dev/null || echo ended)"
    fi
  done
}
