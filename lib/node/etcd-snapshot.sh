#!/usr/bin/env bash
# Saves this node's etcd to the bucket: saved through the local member, verified, uploaded with a sidecar that says what is
# in it, read again. The sidecar comes last: a snapshot without one is not a good one. Then a file takes its time, from which the
# guard tells CloudWatch the age of the last good one.
# A systemd timer runs it (PrepareEtcdSnapshots installs that); safe to run by hand at any time.
#
# Usage: etcd-snapshot.sh [--dry-run] [--help]
#   HEADROOM_BUCKET         the bucket for the snapshot (default none, which is refused)
#   HEADROOM_BUCKET_OWNER   the account that must own the bucket (default none, which is refused)
#   HEADROOM_ENVIRONMENT    the environment's name, first part of the key (default unknown)
#   HEADROOM_INSTANCE_ID    second part of the key (default unknown: read from the machine)
#   HEADROOM_SAVE_SECONDS   limit of saving and of each upload, 10-3600 (default 600)
#   HEADROOM_LAG_SECONDS    how far a member may lag behind another one, 0-3600 (default 60)
#   HEADROOM_FOLDER         where the file is kept until it is uploaded (default /var/lib/headroom/etcd-snapshot)
#   HEADROOM_DRY_RUN        true: check, save nothing (default false)
# Output: one JSON line with key, bytes, sha256, hash, revision, keys, version, and furthest: the snapshot of the highest revision,
# this one unless etcd lost its data.
# Exit: 0 saved, 1 failed, 2 bad setting, 3 no room on the disk, or another run is in progress: nothing saved.
set -o errexit -o nounset -o pipefail
source "$(dirname "${BASH_SOURCE[0]}")/etcd-common.sh" # headroom:include

begin etcd-snapshot "$@"
text_setting BUCKET none '^[a-z0-9][a-z0-9.-]{2,62}$'
text_setting BUCKET_OWNER none '^(none|[0-9]{12})$'
text_setting ENVIRONMENT unknown '^[a-z][a-z0-9-]{0,31}$'
text_setting INSTANCE_ID unknown '^(unknown|i-[0-9a-f]{8,17})$'
text_setting FOLDER /var/lib/headroom/etcd-snapshot '^/[A-Za-z0-9._/-]+$'
setting SAVE_SECONDS 600 10 3600
setting LAG_SECONDS 60 0 3600

# shellcheck disable=SC2153 # text_setting sets FOLDER
readonly WORK=$PREFIX$FOLDER SAVED=$PREFIX/var/lib/headroom/etcd-saved
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html
readonly MAX_PUT_BYTES=$((5 * 1024 * MIB))
clean() {
  rm --recursive --force -- "$WORK"
  remove_tool
}
trap 'code=$?; line=$LINENO; clean; on_exit "$code" "$line"' EXIT

# A Nitro instance has its id in its firmware.
require_instance_id() {
  [[ $INSTANCE_ID == unknown ]] || return 0
  INSTANCE_ID=${AWS_SSM_INSTANCE_ID:-}
  if [[ -z $INSTANCE_ID && -r /sys/class/dmi/id/board_asset_tag ]]; then INSTANCE_ID=$(</sys/class/dmi/id/board_asset_tag); fi
  [[ $INSTANCE_ID =~ ^i-[0-9a-f]{8,17}$ ]] || fail 'cannot determine the instance ID of this node; set HEADROOM_INSTANCE_ID'
}

members() { # NAME=URL,...
  deadline_in 30
  etcdctl_at "$ETCD_URL" member list --write-out=simple | awk -F ', ' '$2 == "started" { printf "%s%s=%s", sep, $3, $4; sep = "," }'
}

# compare_with_earlier FOLDER: sets FURTHEST and FURTHEST_REVISION to this snapshot, or to an earlier one that had gone further.
compare_with_earlier() {
  local earlier before
  FURTHEST=$key FURTHEST_REVISION=$SNAPSHOT_REVISION
  before=$(date --utc --date="$LAG_SECONDS seconds ago" +%Y%m%dT%H%M%SZ)
  earlier=$(newest_key "$before.db") || fail "s3://$BUCKET cannot be listed$(because 120)"
  [[ -n $earlier ]] || return 0
  deadline_in 60
  download "${earlier%.db}.json" "$1/earlier.json" || fail "s3://$BUCKET/${earlier%.db}.json cannot be downloaded$(because 100)"
  # A bucket may hold snapshots of a cluster that was here before.
  [[ $(json_text cluster "$(<"$1/earlier.json")") == "$CLUSTER_ID" ]] || return 0
  read_furthest "$1/earlier.json" "$earlier"
  # One that retention removed cannot be restored.
  if ((FURTHEST_REVISION > SNAPSHOT_REVISION)) && is_there "$FURTHEST"; then
    log "etcd went back: it is at revision $SNAPSHOT_REVISION, and $FURTHEST was at $FURTHEST_REVISION"
  else
    FURTHEST=$key FURTHEST_REVISION=$SNAPSHOT_REVISION
  fi
}

# A bucket with a default lock takes nothing without a checksum, and a configuration on this node may switch it off
# (docs/contract.md, InvalidRequest of s3:PutObject).
export AWS_REQUEST_CHECKSUM_CALCULATION=when_supported
upload() { # FILE KEY: and read again
  local size
  deadline_in "$SAVE_SECONDS"
  if (($(stat --format=%s -- "$1") <= MAX_PUT_BYTES)); then
    s3api put-object --key "$2" --body "$1" >/dev/null || fail "s3://$BUCKET/$2 cannot be uploaded$(because 100)"
  else
    # In parts, and that command names no owner: the node's policy does, by aws:ResourceAccount.
    bounded aws s3 cp "$1" "s3://$BUCKET/$2" --only-show-errors || fail "aws s3 cp to s3://$BUCKET/$2 failed$(because 100)"
  fi
  size=$(size_of "$2") ||
    fail "s3://$BUCKET/$2 cannot be read after its upload"
  [[ $size == "$(stat --format=%s -- "$1")" ]] ||
    fail "s3://$BUCKET/$2 has $size bytes after the upload, expected $(stat --format=%s -- "$1")"
}

require_bucket
read_manifest "$PREFIX/etc/kubernetes/manifests/etcd.yaml" ||
  fail "no kubeadm etcd on this node: $PREFIX/etc/kubernetes/manifests/etcd.yaml does not exist or lacks the expected flags"
require_instance_id
take_lock
find_tools || fail "etcdctl was not found: neither in the image $ETCD_IMAGE nor in PATH"
etcd_readable "$ETCD_URL" ||
  fail "etcd at $ETCD_URL has no quorum or cannot be read: no snapshot is taken, since it could be stale or broken"
require_no_corruption "$ETCD_URL"
deadline_in 30
status=$(etcdctl_at "$ETCD_URL" endpoint status --write-out=json) || fail "etcd at $ETCD_URL does not report its status$(because 120)"
database_bytes=$(json_number dbSize "$status")
is_number "$database_bytes" || fail "etcd at $ETCD_URL does not report the size of its database"
mkdir --parents -- "${WORK%/*}" || fail "cannot create ${WORK%/*}"
require_room "${WORK%/*}" $((2 * database_bytes))
taken_at=$(date --utc +%Y%m%dT%H%M%SZ)
key=$ENVIRONMENT/$INSTANCE_ID/$taken_at.db
if [[ $DRY_RUN == true ]]; then
  emit_result true '' "\"key\":$(json_string "$key" 90),\"bytes\":$database_bytes"
  exit 0
fi

read_cluster_id
fresh_folder "$WORK"
deadline_in "$SAVE_SECONDS"
SEES=("$WORK rw")
etcdctl_at "$ETCD_URL" snapshot save "$WORK/snapshot.db" --command-timeout="${SAVE_SECONDS}s" >/dev/null ||
  fail "etcdctl snapshot save failed$(because 150)"
verify_snapshot "$WORK/snapshot.db" || fail "the snapshot is invalid and was not uploaded: $WHY"
compare_with_earlier "$WORK"
member_list=$(members) || member_list=''
printf '{"headroom":1,"key":"%s","takenAt":"%s","instance":"%s","cluster":"%s",%s,"furthest":"%s","furthestRevision":%d,"members":%s}\n' \
  "$key" "$taken_at" "$INSTANCE_ID" "$CLUSTER_ID" "$(snapshot_json)" "$FURTHEST" "$FURTHEST_REVISION" \
  "$(json_string "$member_list" 600)" >"$WORK/snapshot.json"
upload "$WORK/snapshot.db" "$key"
upload "$WORK/snapshot.json" "${key%.db}.json"

# lib/node/guard.sh reads its time.
touch -- "$SAVED" || log "cannot write $SAVED: the alarm etcd-snapshot-old will fire although the snapshot was saved"
emit_result true '' "\"key\":$(json_string "$key" 90),$(snapshot_json),\"furthest\":$(json_string "$FURTHEST" 90)"
