# shellcheck shell=bash
# What every part of the bootstrap uses.
failed=()

have() { command -v "$1" >/dev/null 2>&1; }

# Runs a function and sets `status`; errexit would be off inside `if try` or `try ||`, hence the detour.
try() {
  set +o errexit
  (
    set -o errexit
    "$1"
  )
  status=$?
  set -o errexit
}

section() {
  local status
  echo "headroom: $1"
  try "$1"
  if [[ $status -ne 0 ]]; then failed+=("$1"); fi
}

retry() {
  local attempt
  for attempt in 1 2 3 4; do
    "$@" && return 0
    sleep "$((attempt * ${HEADROOM_RETRY_SECONDS:-10}))"
  done
  "$@"
}

# write_file PATH MODE, content from stdin: whole or not at all.
write_file() {
  mkdir --parents "${1%/*}"
  (umask 077 && cat >"$1.new")
  chmod "$2" "$1.new"
  mv --force "$1.new" "$1"
}

# fetch FILE URL: by https only, wherever it is sent on to.
fetch() { retry curl --proto '=https' --fail --silent --show-error --location --max-time 300 --output "$1" "$2"; }

imds() {
  local address=http://169.254.169.254/latest token
  token=$(curl --fail --silent --max-time 5 --request PUT --header 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$address/api/token")
  # From standard input, so that no process list shows the token.
  printf 'header = "X-aws-ec2-metadata-token: %s"\n' "$token" |
    curl --fail --silent --max-time 5 --config - "$address/meta-data/$1"
}

# A half-way init or join left its mark: kubeadm writes kubelet.conf long before it is done.
is_member() { [[ -e /etc/kubernetes/kubelet.conf && ! -e $STATE/kubeadm-started ]]; }

is_control_plane() { [[ $HEADROOM_ROLE == control-plane ]]; }

# The end of the log, for the reader of the failed stack, without anything that looks like a secret.
log_tail() {
  sleep 1 # for tee
  tail --bytes 900 "$RUN/log" | tr --delete --complement '\n -~' |
    sed --regexp-extended 's/[a-z0-9]{6}\.[a-z0-9]{16}|[0-9a-f]{64}/(redacted)/g; s/[\\"]/\\&/g; s/$/\\n/' | tr --delete '\n'
}

# Reports to the alarm bootstrap-failed, by the CloudWatch agent, and to the stack that waits. No stack waits at a later launch.
signal() {
  local id reason='all sections done' failed=0
  [[ $1 == SUCCESS ]] || failed=1
  # That no agent listens yet is not a failure: the stack hears of it below.
  (printf 'headroom_bootstrap_failed:%d|g|#environment:%s' "$failed" "$HEADROOM_ENVIRONMENT" >/dev/udp/127.0.0.1/18125) 2>/dev/null || true
  [[ -n ${HEADROOM_SIGNAL_URL:-} ]] || return 0
  id=$(imds instance-id) || id=$(uname --nodename)
  [[ $1 == SUCCESS ]] || reason=$(log_tail)
  printf '{"Status":"%s","Reason":"%s","UniqueId":"%s","Data":"%s"}' "$1" "$reason" "$id" "$HEADROOM_NODE_GROUP" >"$RUN/signal.json"
  printf 'url = "%s"\n' "$HEADROOM_SIGNAL_URL" |
    curl --fail --silent --show-error --max-time 30 --retry 3 --request PUT --header 'Content-Type:' \
      --data-binary "@$RUN/signal.json" --config - || echo 'headroom: the signal was not accepted'
}
