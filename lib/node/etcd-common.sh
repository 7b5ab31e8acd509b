#!/usr/bin/env bash
# Shared by the scripts about etcd; sourced, never run. etcd is the static pod of kubeadm's layout: its manifest says where
# everything is. Nothing is installed for it: etcdctl and etcdutl are those of its image.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh" # headroom:include
source "$(dirname "${BASH_SOURCE[0]}")/etcd-tools.sh" # headroom:include
# Ubuntu has the aws command as a snap.
PATH+=:/snap/bin

manifest_flag() { # NAME: the value of etcd's flag in its manifest
  sed -n "s/^[[:space:]]*- [\"']\{0,1\}--$1=\([^\"']*\)[\"']\{0,1\}[[:space:]]*\$/\1/p" "$ETCD_MANIFEST" | sed -n 1p
}

# read_manifest FILE: sets ETCD_MANIFEST ETCD_NAME ETCD_FLAG_DATA ETCD_DATA ETCD_PEER_URL ETCD_CLUSTER ETCD_URL ETCD_IMAGE.
read_manifest() {
  local url
  ETCD_MANIFEST=$1
  [[ -r $ETCD_MANIFEST ]] || return 1
  ETCD_NAME=$(manifest_flag name)
  ETCD_FLAG_DATA=$(manifest_flag data-dir)
  # shellcheck disable=SC2034 # read by those who source this
  ETCD_DATA=$PREFIX$ETCD_FLAG_DATA
  ETCD_PEER_URL=$(manifest_flag initial-advertise-peer-urls)
  # shellcheck disable=SC2034 # read by restore-etcd.sh
  ETCD_CLUSTER=$(manifest_flag initial-cluster)
  ETCD_IMAGE=$(sed -n 's/^[[:space:]]*image:[[:space:]]*\([^[:space:]]*\)[[:space:]]*$/\1/p' "$ETCD_MANIFEST" | sed -n 1p)
  ETCD_URL=''
  while read -r url; do
    if [[ -z $ETCD_URL || $url == *//127.0.0.1:* ]]; then ETCD_URL=$url; fi
  done < <(manifest_flag listen-client-urls | tr , '\n')
  [[ $ETCD_NAME =~ ^[A-Za-z0-9._-]+$ && $ETCD_FLAG_DATA =~ ^/[A-Za-z0-9._/-]+$ ]] || return 1
  [[ $ETCD_PEER_URL =~ $MEMBER_URL && $ETCD_URL =~ $MEMBER_URL ]]
}
readonly MEMBER_URL='^https?://[A-Za-z0-9.-]+:[0-9]{2,5}$'

# A linearizable read: it says yes only where this member and a majority agree.
etcd_healthy() { # URL
  deadline_in 30
  etcdctl_at "$1" endpoint health --command-timeout=10s >/dev/null 2>&1
}

# What a snapshot needs: a linearizable read, which this member answers only when a majority agrees. `endpoint health` says no for any
# alarm as well; with NOSPACE etcd still reads, and just then one wants a snapshot (etcd@v3.6 etcdctl/ctlv3/command/ep_command.go).
etcd_readable() { # URL
  deadline_in 30
  etcdctl_at "$1" get headroom/health --consistency=l --keys-only --command-timeout=10s >/dev/null 2>&1
}
# A member whose data contradicts the others' must not become the newest good snapshot.
require_no_corruption() { # URL
  local alarms
  deadline_in 30
  alarms=$(etcdctl_at "$1" alarm list --command-timeout=10s) || fail "etcd at $1 does not list its alarms"
  [[ $alarms != *CORRUPT* ]] || fail "etcd has raised the alarm CORRUPT: its members disagree, so no snapshot is taken"
  if [[ -n $alarms ]]; then log "etcd has alarms, but is saved anyway: $alarms"; fi
}

json_number() { # NAME TEXT
  sed -n "s/.*\"$1\":\([0-9]\{1,\}\).*/\1/p" <<<"$2" | sed -n 1p
}
json_text() { # NAME TEXT
  sed -n "s/.*\"$1\":\"\([^\"\\]*\)\".*/\1/p" <<<"$2" | sed -n 1p
}

# verify_snapshot FILE: sets SNAPSHOT_BYTES _SHA256 _HASH _REVISION _KEYS _VERSION; else WHY. `snapshot status` reads the pages
# that it needs and does not look at the checksum behind them, which is what tells of a file that was cut or changed.
verify_snapshot() {
  local carried found status
  local -a SEES=("${1%/*} rw")
  SNAPSHOT_BYTES=$(stat --format=%s -- "$1") || { WHY="$1 cannot be read" && return 1; }
  if ((SNAPSHOT_BYTES < 4096 || SNAPSHOT_BYTES % 512 != 32)); then
    WHY="it has $SNAPSHOT_BYTES bytes, not a multiple of 512 plus a checksum of 32: it is truncated"
    return 1
  fi
  carried=$(tail --bytes=32 -- "$1" | od --address-radix=n --format=x1 --width=32 | tr --delete ' \n')
  found=$(head --bytes=-32 -- "$1" | sha256sum)
  if [[ ${found%% *} != "$carried" ]]; then
    WHY='its checksum does not match its content: it is truncated or was changed'
    return 1
  fi
  deadline_in 300
  if ! status=$(etcd_tool "$ETCDUTL" snapshot status "$1" --write-out=json); then
    WHY="etcdutl snapshot status rejects it$(because 100)"
    return 1
  fi
  SNAPSHOT_SHA256=$(sha256sum -- "$1") SNAPSHOT_SHA256=${SNAPSHOT_SHA256%% *}
  SNAPSHOT_HASH=$(json_number hash "$status")
  SNAPSHOT_REVISION=$(json_number revision "$status")
  SNAPSHOT_KEYS=$(json_number totalKey "$status")
  SNAPSHOT_VERSION=$(json_text version "$status")
  if ! is_number "$SNAPSHOT_REVISION"; then
    WHY='etcdutl snapshot status reports no revision'
    return 1
  fi
  # Of an etcd that the API server never wrote to, or that lost its data: as the newest snapshot it would hide the last good one.
  if ((SNAPSHOT_REVISION == 0)); then
    # shellcheck disable=SC2034 # read by those who source this
    WHY='it holds no keys: etcd is empty'
    return 1
  fi
}
snapshot_json() {
  printf '"bytes":%d,"sha256":"%s","hash":%s,"revision":%d,"keys":%s,"version":%s' "$SNAPSHOT_BYTES" "$SNAPSHOT_SHA256" \
    "${SNAPSHOT_HASH:-0}" "$SNAPSHOT_REVISION" "${SNAPSHOT_KEYS:-0}" "$(json_string "$SNAPSHOT_VERSION" 20)"
}

# Whose etcd this is: kubeadm makes its certificate authority once for a cluster, every member has it, and a restore leaves it.
read_cluster_id() { # sets CLUSTER_ID
  CLUSTER_ID=$(sha256sum <"$PREFIX/etc/kubernetes/pki/etcd/ca.crt") || fail "etcd's certificate authority cannot be read"
  # shellcheck disable=SC2034 # read by those who source this
  CLUSTER_ID=${CLUSTER_ID:0:16}
}

# require_room FOLDER BYTES: above the floor at which the guard releases its ballast.
require_room() {
  local floor
  measure ROOM "$1" || fail "df cannot read $1"
  floor=$((ROOM_SIZE / 100))
  ((floor >= 64 * MIB)) || floor=$((64 * MIB))
  ((ROOM_AVAILABLE >= floor + $2)) ||
    refuse "no room: $((ROOM_AVAILABLE / MIB)) MiB available at $1, needs $((($2 + floor) / MIB + 1)) MiB. Free the disk or grow it first"
}

# A file of an earlier run that was killed is of no use to anyone.
fresh_folder() { # FOLDER
  rm --recursive --force -- "$1"
  mkdir --parents -- "$1" || fail "cannot create $1"
}

# One snapshot or restore at a time on a node.
take_lock() {
  mkdir --parents /run/headroom
  exec 9>/run/headroom/etcd"${PREFIX//\//-}".lock || fail 'cannot open the lock in /run/headroom'
  flock --nonblock 9 || refuse 'another snapshot or restore of etcd is in progress on this node'
}

require_bucket() {
  [[ $BUCKET != none ]] || bad_usage 'HEADROOM_BUCKET must name the snapshot bucket, got none'
  [[ $BUCKET_OWNER != none ]] || bad_usage 'HEADROOM_BUCKET_OWNER must be the account that owns the bucket, got none'
  has aws || fail 'the aws command is not installed on this node'
}
# s3api COMMAND ARGUMENTS...: of a bucket that another account has taken, every call is refused.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
s3api() {
  local command=$1
  shift
  bounded aws s3api "$command" --bucket "$BUCKET" --expected-bucket-owner "$BUCKET_OWNER" "$@"
}
download() { s3api get-object --key "$1" "$2" >/dev/null; } # KEY FILE

readonly SNAPSHOT_NAME='^[a-z][a-z0-9-]{0,31}/i-[0-9a-f]{8,17}/[0-9]{8}T[0-9]{6}Z\.db$'
# newest_key BEFORE: of the good ones, whose TIME.db comes before that in the alphabet; ~ is after all. Prints nothing where none is.
newest_key() {
  deadline_in 60
  s3api list-objects-v2 --prefix "$ENVIRONMENT/" --query 'Contents[].Key' --output text |
    tr '\t' '\n' | sed -n 's/\.json$/.db/p' | { grep --extended-regexp "$SNAPSHOT_NAME" || true; } |
    awk -F / -v before="$1" '$NF < before { print $NF, $0 }' | sort | tail --lines=1 | cut --delimiter=' ' --fields=2
}

# size_of KEY: bytes in the bucket; fails where it is not there.
size_of() {
  deadline_in 60
  s3api head-object --key "$1" --query ContentLength --output text
}

# is_there KEY: asked by a list, whose failure is not taken for an absence.
is_there() {
  local keys
  deadline_in 60
  keys=$(s3api list-objects-v2 --prefix "$1" --query 'Contents[].Key' --output text) ||
    fail "s3://$BUCKET cannot be searched for $1"
  grep --quiet --line-regexp --fixed-strings -- "$1" <<<"${keys//$'\t'/$'\n'}"
}

# read_furthest FILE KEY: the sidecar's own snapshot, or the one of a higher revision that it names; sets FURTHEST FURTHEST_REVISION.
# A revision only ever rises, by a restore too: a lower one is that of an etcd that lost its data in between.
read_furthest() {
  local sidecar revision furthest
  sidecar=$(<"$1")
  FURTHEST=$2
  FURTHEST_REVISION=$(json_number revision "$sidecar")
  is_number "$FURTHEST_REVISION" || FURTHEST_REVISION=0
  revision=$(json_number furthestRevision "$sidecar")
  furthest=$(json_text furthest "$sidecar")
  if is_number "$revision" && [[ $furthest =~ $SNAPSHOT_NAME ]] && ((revision > FURTHEST_REVISION)); then
    # shellcheck disable=SC2034 # read by those who source this
    FURTHEST=$furthest
    FURTHEST_REVISION=$revision
  fi
}
