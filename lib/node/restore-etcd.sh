#!/usr/bin/env bash
# Brings etcd back from a snapshot, on a control-plane node of kubeadm's layout. Nothing is deleted: the old data is moved aside.
#   verify   downloads the snapshot and checks it; touches nothing
#   restore  verifies; stops the static pods; moves the data aside; restores this member as the only one of a new cluster; starts
#            etcd, waits for its health, starts the rest, waits for the API server. When anything fails, everything is put back as it was.
#   stop     stops the static pods of the control plane here: before another member is restored
#   start    starts them again
#   join     after `stop` here and `restore` there: moves the data aside, joins the restored member as a learner, is promoted
# Three members: verify; stop on two; restore on the third; join on the two, one after the other.
#
# Usage: restore-etcd.sh [--dry-run] [--help]
#   HEADROOM_ACTION          verify, restore, stop, start or join (default verify)
#   HEADROOM_CONFIRM         RESTORE, for every action but verify (default no)
#   HEADROOM_SNAPSHOT_KEY    ENV/INSTANCE/TIME.db in the bucket (default latest: the newest good one)
#   HEADROOM_BUCKET          the bucket of snapshots (default none, which verify and restore refuse)
#   HEADROOM_BUCKET_OWNER    the account that must own the bucket (default none, which they refuse too)
#   HEADROOM_ENVIRONMENT     the environment's name (default unknown)
#   HEADROOM_MEMBER_ADDRESS  join: IPv4 address of the restored member, with a port unless it is 2379 (default none)
#   HEADROOM_WAIT_SECONDS    for pods to stop, for etcd to be healthy, for the API server to be ready, 10-900 each (default 240)
#   HEADROOM_DRY_RUN         true: verify and check, change nothing (default false)
# Output: one JSON line. Exit: 0 done, 1 failed and everything put back, 2 bad setting, 3 refused: nothing was touched.
set -o errexit -o nounset -o pipefail
source "$(dirname "${BASH_SOURCE[0]}")/etcd-member.sh" # headroom:include

begin restore-etcd "$@"
text_setting ACTION verify '^(verify|restore|stop|start|join)$'
text_setting CONFIRM no '^(no|RESTORE)$'
text_setting SNAPSHOT_KEY latest "^latest\$|$SNAPSHOT_NAME"
text_setting BUCKET none '^[a-z0-9][a-z0-9.-]{2,62}$'
text_setting BUCKET_OWNER none '^(none|[0-9]{12})$'
text_setting ENVIRONMENT unknown '^[a-z][a-z0-9-]{0,31}$'
text_setting MEMBER_ADDRESS none '^(none|[0-9]{1,3}(\.[0-9]{1,3}){3}(:[0-9]{2,5})?)$'
setting WAIT_SECONDS 240 10 900

places
readonly WORK=$PREFIX/var/lib/headroom/etcd-restore
STEP=nothing MEMBERS='' ASIDE='' LEARNER='' REMOTE_URL=''

clean() {
  rm --recursive --force -- "$WORK"
  remove_tool
}
ended() { # CODE LINE: a signal, a full disk, a mistake in here: whatever it was, nothing stays half done
  if [[ $STEP != nothing ]]; then put_back || log 'NOT EVERYTHING COULD BE PUT BACK'; fi
  clean
  on_exit "$1" "$2"
}
trap 'code=$?; line=$LINENO; ended "$code" "$line"' EXIT

put_back() {
  local failed=0
  log "putting everything back, after: $STEP"
  if [[ -f $MANIFESTS/etcd.yaml && $STEP != holding ]]; then
    hold_pods && wait_until_stopped || failed=1
  fi
  if [[ -n $LEARNER ]]; then etcdctl_bounded "$REMOTE_URL" member remove "$LEARNER" || log "the learner $LEARNER could not be removed"; fi
  if [[ $STEP == replaced && -e $ETCD_DATA/member ]]; then move_member_to "$(beside_data failed-restore)" || failed=1; fi
  if [[ -n $ASIDE && -e $ASIDE/member ]]; then
    { mv --no-target-directory -- "$ASIDE/member" "$ETCD_DATA/member" && rmdir -- "$ASIDE"; } || failed=1
  fi
  if [[ -f $HELD/etcd.yaml.before ]]; then mv --force -- "$HELD/etcd.yaml.before" "$HELD/etcd.yaml" || failed=1; fi
  # A member whose join failed stays stopped: with others like it, it would be the old cluster again beside the new one.
  if [[ $ACTION != join ]]; then release_pods "${PODS[@]}" || failed=1; fi
  STEP=nothing
  return "$failed"
}
abandon() { # MESSAGE
  local kept='everything was put back'
  if [[ $ACTION == join ]]; then kept='its old data was put back and it stays stopped'; fi
  if put_back; then fail "$1; $kept"; fi
  fail "$1; AND NOT EVERYTHING COULD BE PUT BACK: look at $ETCD_DATA*, $HELD"
}

# ---- the snapshot

# Downloads and judges; sets KEY, MEMBERS.
verify() {
  local size sidecar both
  require_bucket
  # shellcheck disable=SC2153 # text_setting sets it
  KEY=$SNAPSHOT_KEY
  if [[ $KEY == latest ]]; then
    KEY=$(newest_key '~') || fail "the bucket $BUCKET cannot be listed$(because 120)"
    [[ -n $KEY && $KEY != None ]] || refuse "the bucket $BUCKET has no good snapshot of $ENVIRONMENT"
  fi
  size=$(size_of "$KEY") ||
    refuse "s3://$BUCKET/$KEY is not there"
  is_number "$size" || fail "s3://$BUCKET/$KEY does not report its size"
  mkdir --parents -- "${WORK%/*}" || fail "cannot create ${WORK%/*}"
  # The file, and the data that is made of it.
  require_room "${WORK%/*}" $((2 * size))
  fresh_folder "$WORK"
  deadline_in 900
  download "$KEY" "$WORK/snapshot.db" || fail "s3://$BUCKET/$KEY cannot be downloaded$(because 100)"
  verify_snapshot "$WORK/snapshot.db" || refuse "$KEY is not a good snapshot: $WHY. Nothing was touched; choose another"
  download "${KEY%.db}.json" "$WORK/snapshot.json" || refuse "s3://$BUCKET/$KEY has no sidecar: it was never verified"
  sidecar=$(<"$WORK/snapshot.json")
  [[ $(json_text sha256 "$sidecar") == "$SNAPSHOT_SHA256" ]] ||
    refuse "s3://$BUCKET/$KEY is not what was saved: its checksum differs from the one in its sidecar. Nothing was touched; choose another"
  MEMBERS=$(json_text members "$sidecar")
  # The newest one may be of a cluster that was here before. Its data is only taken when asked for by name.
  read_cluster_id
  [[ $SNAPSHOT_KEY != latest || $(json_text cluster "$sidecar") == "$CLUSTER_ID" ]] ||
    refuse "the newest snapshot belongs to another cluster. Nothing was touched; name the one you want as SnapshotKey" \
      "\"newest\":$(json_string "$KEY" 90)"
  read_furthest "$WORK/snapshot.json" "$KEY"
  # By the newest, operators mean the one with their data; they must say which one that is.
  if [[ $SNAPSHOT_KEY == latest && $FURTHEST != "$KEY" ]] && is_there "$FURTHEST"; then
    both="\"newest\":$(json_string "$KEY" 90),\"furthest\":$(json_string "$FURTHEST" 90)"
    refuse "etcd lost its data before the newest snapshot, which is at revision $SNAPSHOT_REVISION; \
an earlier one was at $FURTHEST_REVISION. Nothing was touched; name one of the two as SnapshotKey" "$both"
  fi
}

# The other members of the manifest and of the snapshot, as NAME=URL lines.
other_members() {
  printf '%s,%s\n' "$ETCD_CLUSTER" "$MEMBERS" | tr , '\n' | sort --unique | while IFS='=' read -r name url; do
    if [[ $url =~ $MEMBER_URL && $url != "$ETCD_PEER_URL" ]]; then printf '%s=%s\n' "$name" "$url"; fi
  done
}
require_others_stopped() {
  local member address running=''
  while read -r member; do
    address=${member#*//}
    if listens "$address"; then running+=", ${member%%=*} ($address)"; fi
  done < <(other_members)
  [[ -z $running ]] ||
    refuse "other etcd members are still running: ${running#, }. \
A restore here would start a second cluster beside theirs; run Action=stop on them first"
}
next_commands() { # a JSON array: what to type for the others
  local member host
  local -a commands=()
  host=${ETCD_PEER_URL#*//}
  while read -r member; do
    commands+=("aws ssm send-command --document-name headroom-$ENVIRONMENT-RestoreEtcdMember --instance-ids ID-OF-${member%%=*} \
--parameters Action=join,Confirm=RESTORE,MemberAddress=${host%:*}")
  done < <(other_members)
  json_list 230 "${commands[@]}"
}

# ---- actions

# The data is in place: nothing is put back for this.
require_api_ready() {
  wait_until_api_ready ||
    fail "etcd is healthy, but the API server is not ready $WAIT_SECONDS s later: start DiagnoseNode on this node" \
      "\"action\":\"$ACTION\",\"oldData\":$(json_string "$ASIDE")"
}

require_confirmation() {
  [[ $CONFIRM == RESTORE ]] || refuse "Action=$ACTION changes etcd; set HEADROOM_CONFIRM=RESTORE (Confirm=RESTORE) to proceed"
}
would() {
  [[ $DRY_RUN == true ]] || return 1
  emit_result true '' "\"action\":\"$ACTION\",\"would\":$(json_string "$1" 200)"
}

stop_pods() {
  STEP=holding
  hold_pods || abandon "cannot move the manifests to $HELD"
  STEP=held
  wait_until_stopped || abandon "etcd and the API server have not stopped after $WAIT_SECONDS s"
}

restore_member() { # the data of the only member of a new cluster
  local made=$ETCD_DATA/restored-$STAMP
  local -a bump=() SEES=("$WORK rw" "$ETCD_DATA rw")
  # Clients that have seen later revisions must not believe that nothing changed since: https://etcd.io/docs/v3.6/op-guide/recovery/
  deadline_in 60
  if [[ $(etcd_tool "$ETCDUTL" snapshot restore --help 2>&1) == *--bump-revision* ]]; then
    bump=(--bump-revision 1000000000 --mark-compacted)
  fi
  deadline_in 600
  etcd_tool "$ETCDUTL" snapshot restore "$WORK/snapshot.db" --data-dir "$made" --name "$ETCD_NAME" \
    --initial-cluster "$ETCD_NAME=$ETCD_PEER_URL" --initial-advertise-peer-urls "$ETCD_PEER_URL" \
    --initial-cluster-token "headroom-$STAMP" "${bump[@]}" || return 1
  mv --no-target-directory -- "$made/member" "$ETCD_DATA/member" && rmdir -- "$made" && sync
}

restore() {
  local status revision owner=''
  verify
  require_others_stopped
  require_kubelet
  if would "restore $KEY (revision $SNAPSHOT_REVISION) as the only member, on $ETCD_NAME"; then return; fi
  stop_pods
  if [[ -d $ETCD_DATA ]]; then owner=$(stat --format=%u:%g -- "$ETCD_DATA"); fi
  mkdir --parents -- "$ETCD_DATA" || abandon "$ETCD_DATA cannot be created"
  set_data_aside || abandon "the data cannot be moved to $ASIDE"
  STEP=replaced
  restore_member || abandon "etcdutl snapshot restore failed$(because 100)"
  if [[ -n $owner ]]; then chown --recursive "$owner" "$ETCD_DATA/member" || abandon "the data cannot be given to $owner"; fi
  release_pods etcd || abandon "etcd's manifest cannot be put back"
  wait_until_healthy || abandon "etcd is not healthy $WAIT_SECONDS s after the restore"
  deadline_in 30
  status=$(etcdctl_at "$ETCD_URL" endpoint status --write-out=json) || abandon 'the restored etcd does not report its status'
  revision=$(json_number revision "$status")
  is_number "$revision" || abandon 'the restored etcd does not report its revision'
  ((revision >= SNAPSHOT_REVISION)) || abandon "the restored etcd is at revision $revision, below $SNAPSHOT_REVISION"
  release_pods "${PODS[@]}" || abandon 'the manifests cannot be put back'
  STEP=nothing
  require_api_ready
  emit_result true '' "\"action\":\"restore\",\"key\":$(json_string "$KEY" 90),$(snapshot_json),\
\"oldData\":$(json_string "$ASIDE"),\"next\":$(next_commands)"
}

etcdctl_bounded() { # URL ARGUMENTS...
  deadline_in 30
  etcdctl_at "$@"
}

# add_learner: prints etcdctl's answer. What a join that did not end has left is removed first.
add_learner() {
  local members stale
  members=$(etcdctl_bounded "$REMOTE_URL" member list --write-out=simple) || return 1
  stale=$(awk -F ', ' -v url="$ETCD_PEER_URL" '$4 == url { print $1 }' <<<"$members")
  if [[ -n $stale ]]; then etcdctl_bounded "$REMOTE_URL" member remove "$stale" >&2 || return 1; fi
  etcdctl_bounded "$REMOTE_URL" member add "$ETCD_NAME" --learner --peer-urls="$ETCD_PEER_URL"
}

join_member() {
  local answer cluster until
  [[ $MEMBER_ADDRESS != none ]] || bad_usage 'HEADROOM_MEMBER_ADDRESS must be the address of the restored member'
  [[ -f $HELD/etcd.yaml && ! -f $MANIFESTS/etcd.yaml ]] || refuse 'etcd is not stopped here; run Action=stop first'
  require_kubelet
  REMOTE_URL=${ETCD_URL%%//*}//$MEMBER_ADDRESS
  [[ $MEMBER_ADDRESS == *:* ]] || REMOTE_URL+=:2379
  etcd_healthy "$REMOTE_URL" || refuse "the restored member at $REMOTE_URL is not healthy"
  if would "join $REMOTE_URL as $ETCD_NAME"; then return; fi
  STEP=held
  wait_until_stopped || abandon "etcd has not stopped after $WAIT_SECONDS s"
  mkdir --parents -- "$ETCD_DATA" || abandon "$ETCD_DATA cannot be created"
  set_data_aside || abandon "the data cannot be moved to $ASIDE"
  STEP=replaced
  # etcd takes no member while another one, which has just joined, is not connected to all for some seconds.
  until=$((SECONDS + WAIT_SECONDS))
  until answer=$(add_learner); do
    ((SECONDS < until)) || abandon "the cluster at $REMOTE_URL did not accept a new member within $WAIT_SECONDS s$(because 100)"
    sleep 2
  done
  LEARNER=$(sed -n 's/^Member *\([0-9a-f]*\) added.*/\1/p' <<<"$answer")
  cluster=$(sed -n 's/^ETCD_INITIAL_CLUSTER="\(.*\)"$/\1/p' <<<"$answer")
  [[ -n $LEARNER && $cluster == *"$ETCD_PEER_URL"* ]] || abandon "etcdctl member add answered $answer"
  rewrite_manifest "$cluster" || abandon 'the manifest cannot be rewritten'
  release_pods etcd || abandon "etcd's manifest cannot be put back"
  until=$((SECONDS + WAIT_SECONDS))
  until etcdctl_bounded "$REMOTE_URL" member promote "$LEARNER" 2>/dev/null; do
    ((SECONDS < until)) || abandon "the member had not caught up with the cluster after $WAIT_SECONDS s"
    sleep 1
  done
  # From here on it is one that votes: taking it back could cost the cluster its majority.
  LEARNER='' STEP=nothing
  rm --force -- "$HELD/etcd.yaml.before"
  wait_until_healthy || fail "$ETCD_NAME was promoted but is not healthy after $WAIT_SECONDS s; see its log with crictl logs"
  release_pods "${PODS[@]}" || fail "etcd is running, but the manifests in $HELD cannot be put back"
  require_api_ready
  emit_result true '' "\"action\":\"join\",\"cluster\":$(json_string "$cluster" 600),\"oldData\":$(json_string "$ASIDE")"
}

if [[ $ACTION != verify ]]; then require_confirmation; fi
if ! read_manifest "$MANIFESTS/etcd.yaml" && ! read_manifest "$HELD/etcd.yaml"; then
  fail "no kubeadm etcd on this node: $MANIFESTS/etcd.yaml does not exist or lacks the expected flags"
fi
take_lock
find_tools || fail "etcdctl was not found: neither in the image $ETCD_IMAGE nor in PATH"
case $ACTION in
  verify)
    verify
    emit_result true '' "\"action\":\"verify\",\"key\":$(json_string "$KEY" 90),$(snapshot_json),\"members\":$(json_string "$MEMBERS" 600)"
    ;;
  restore) restore ;;
  stop)
    require_kubelet
    if would 'stop the static pods'; then exit 0; fi
    stop_pods
    STEP=nothing
    emit_result true '' '"action":"stop"'
    ;;
  start)
    require_kubelet
    if would 'start the static pods'; then exit 0; fi
    release_pods "${PODS[@]}" || fail "the manifests in $HELD cannot be put back"
    wait_until_healthy || fail "etcd is not healthy after $WAIT_SECONDS s"
    require_api_ready
    emit_result true '' '"action":"start"'
    ;;
  join) join_member ;;
esac
