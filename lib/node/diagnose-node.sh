#!/usr/bin/env bash
# Says what is wrong with this node: scope, facts, recent changes, then each finding with its evidence and the next command,
# the likely cause before what follows from it. Read-only.
#
# Usage: diagnose-node.sh [--dry-run] [--help]
#   HEADROOM_CERTIFICATE_DAYS  a certificate that ends in fewer days is a finding, 1-365 (default 30)
#   HEADROOM_CLOCK_SECONDS     a clock that is off by more is a finding, 1-86400 (default 30)
#   HEADROOM_LOOK_BACK_HOURS   how far back changes are recent, 1-168 (default 24)
#   HEADROOM_ENVIRONMENT       the environment's name, for the next commands (default unknown)
# Output: one JSON line, DiagnoseResult; the same for people, in full, on standard error.
# Exit: 0 it has looked (findings or none), 1 failed, 2 bad setting, 3 a system that Headroom does not know.
set -o errexit -o nounset -o pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh" # headroom:include
source "$(dirname "${BASH_SOURCE[0]}")/node-state.sh" # headroom:include
source "$(dirname "${BASH_SOURCE[0]}")/recent-changes.sh" # headroom:include

begin diagnose-node "$@"
setting CERTIFICATE_DAYS 30 1 365
setting CLOCK_SECONDS 30 1 86400
setting LOOK_BACK_HOURS 24 1 168
ENVIRONMENT=${HEADROOM_ENVIRONMENT:-unknown}
[[ $ENVIRONMENT =~ ^[a-z][a-z0-9-]{0,31}$ ]] || bad_usage "HEADROOM_ENVIRONMENT must be an environment's name, got '$ENVIRONMENT'"

readonly FULL_PERMILLE=950
readonly KUBERNETES=$PREFIX/etc/kubernetes CURRENT=$PREFIX/var/lib/kubelet/pki/kubelet-client-current.pem
INSTANCE=${AWS_SSM_INSTANCE_ID:-INSTANCE}
FINDINGS=() FACTS=() RECENT=()

fact() { FACTS+=("$1: $2"); }
# finding RANK NAME EVIDENCE NEXT: the lower the rank, the more likely it is the cause of the others.
finding() {
  local evidence=${3//$'\t'/ } next=${4//$'\t'/ }
  FINDINGS+=("$1"$'\t'"$2"$'\t'"${evidence//$'\n'/ }"$'\t'"${next//$'\n'/ }")
}
last_words() { # UNIT: `; last error: …`, or nothing
  local line
  if ! has journalctl; then return; fi
  line=$(last_error "$1" 150)
  if [[ -n $line ]]; then printf '; last error: %s' "$line"; fi
}
heal_command() {
  if [[ $ENVIRONMENT == unknown ]]; then
    printf '/usr/local/lib/headroom/reclaim-disk.sh'
  else
    printf 'aws ssm start-automation-execution --document-name headroom-%s-HealNode --parameters InstanceId=%s' \
      "$ENVIRONMENT" "$INSTANCE"
  fi
}
# why_static CONTAINER: how it ended, and what the kubelet says of it, e.g. its back-off; empty without a runtime that answers.
why_static() {
  local why
  if [[ $CONTAINERD != active ]] || ! has crictl; then return 0; fi
  why=$(why_down 220 "$1" kube-system)
  # The back-off is what an operator waits for, up to five minutes; the rest of that line says nothing more.
  if [[ $why =~ back-off\ [0-9][0-9a-z]* ]]; then why="${why%%; kubelet: *}; kubelet: ${BASH_REMATCH[0]}"; fi
  printf '%s' "$why"
}
# container_log CONTAINER: a full disk leaves its log empty; then the kubelet's journal tells. A restart of the kubelet forgets the
# back-off, which may be five minutes.
container_log() {
  # shellcheck disable=SC2016 # the operator's shell expands it
  printf 'systemctl restart kubelet; sleep 30; crictl logs --tail 20 "$(crictl ps --all --latest --quiet --name %s)"; ' "$1"
  printf 'journalctl --unit kubelet --no-pager | grep %s | tail --lines=5' "$1"
}

look_at_disk() {
  local inodes
  require_measure ROOT
  inodes="$(decimal "$ROOT_INODES_PERMILLE") % of $ROOT_INODES inodes used"
  fact disk "$(decimal "$ROOT_PERMILLE") % used, $((ROOT_AVAILABLE / MIB)) MiB available, $inodes"
  if ((ROOT_PERMILLE >= FULL_PERMILLE)); then
    finding 10 disk-full "$(decimal "$ROOT_PERMILLE") % of $MOUNT_POINT used, $((ROOT_AVAILABLE / MIB)) MiB available" "$(heal_command)"
  fi
  if ((ROOT_INODES_PERMILLE >= FULL_PERMILLE)); then
    finding 11 inodes-full "$inodes on $MOUNT_POINT" "$(heal_command)"
  fi
}

# The offset that chrony measures; where it measures none, the hardware clock, which on EC2 the hypervisor keeps.
look_at_clock() {
  local tracking='' offset='' source rtc now
  if has chronyc; then tracking=$(timeout 5 chronyc -n tracking 2>/dev/null) || tracking=''; fi
  if [[ $tracking == *'Leap status'*Normal* ]]; then
    source='chrony'
    offset=$(sed -n 's/^System time *: *\([0-9]*\)\.[0-9]* seconds .*/\1/p' <<<"$tracking")
  elif [[ -r $PREFIX/sys/class/rtc/rtc0/since_epoch ]]; then
    source='the hardware clock'
    rtc=$(<"$PREFIX/sys/class/rtc/rtc0/since_epoch")
    now=$(date +%s)
    if is_number "$rtc"; then offset=$((now > rtc ? now - rtc : rtc - now)); fi
  fi
  if ! is_number "$offset"; then
    fact clock "not checked: neither chrony nor a hardware clock tells"
    return
  fi
  fact clock "$offset s from $source; the node says $(date --utc +%FT%TZ)"
  if ((offset > CLOCK_SECONDS)); then
    finding 20 clock-off "the node says $(date --utc +%FT%TZ), $offset s from $source" \
      'systemctl restart chrony 2>/dev/null || systemctl restart chronyd; sleep 5; chronyc makestep; chronyc tracking'
  fi
}

look_at_swap() {
  local swaps
  swaps=$(awk 'NR > 1 { printf "%s%s (%d MiB)", separator, $1, $3 / 1024; separator = ", " }' "$PREFIX/proc/swaps" 2>/dev/null) || swaps=''
  fact swap "${swaps:-off}"
  [[ -n $swaps ]] || return 0
  if [[ -n $CONFIGURATION ]] && grep --quiet --extended-regexp '^ *"?failSwapOn"?: *false' "$PREFIX$CONFIGURATION"; then return 0; fi
  finding 30 swap-on "swap is on: $swaps" \
    "swapoff --all && sed --in-place --regexp-extended '/[[:space:]]swap[[:space:]]/s/^/#/' /etc/fstab && systemctl restart kubelet"
}

look_at_runtime() {
  CONTAINERD=$(unit_state containerd)
  fact containerd "$CONTAINERD"
  case $CONTAINERD in
    active) ;;
    absent) if [[ $KUBELET != absent ]]; then
      finding 40 containerd-down 'containerd is not installed' 'apt-get install containerd || dnf install containerd'
    fi ;;
    *) finding 40 containerd-down "containerd is $CONTAINERD$(last_words containerd)" \
      'systemctl restart containerd; journalctl --unit containerd --lines 30 --no-pager' ;;
  esac
}

# Where the layouts have certificates, and kubeconfigs with some inside; each ends in NUL.
certificate_files() {
  local kops=$PREFIX/srv/kubernetes
  printf '%s\0' "$KUBERNETES"/pki/*.crt "$KUBERNETES"/pki/*/*.crt "$kops"/*.crt "$kops"/*/*.crt "$CURRENT" "$KUBERNETES"/*.conf \
    "$PREFIX"/var/lib/kubelet/kubeconfig
}
# `EPOCH NAME` of every certificate with an end: files, and those inside kubeconfigs.
certificate_ends() {
  local file end name
  while read -r -d '' file; do
    [[ -r $file ]] || continue
    name=$(shown "${file#"$PREFIX"}")
    if [[ $file == *.conf || $file == */kubeconfig ]]; then
      end=$(sed -n 's/^ *client-certificate-data: *//p' "$file" | sed -n 1p | base64 --decode 2>/dev/null |
        openssl x509 -noout -enddate 2>/dev/null) || continue
    else
      end=$(openssl x509 -noout -enddate -in "$file" 2>/dev/null) || continue
    fi
    end=$(date --date "${end#notAfter=}" +%s 2>/dev/null) || continue
    printf '%s %s\n' "$end" "$name"
  done < <(certificate_files) | sort --numeric-sort
}

# A full disk leaves such files: written, and empty (kubernetes#34956). The kubelet's own is a link to the one of its last rotation.
look_at_broken_certificates() {
  local file name target first='' count=0 next older
  while read -r -d '' file; do
    [[ $file == *.crt || $file == *.pem ]] || continue
    [[ -f $file || -L $file ]] || continue
    name=${file#"$PREFIX"}
    target=$(readlink -- "$file") || target=''
    if [[ $target == /* ]]; then file=$PREFIX$target; fi
    if [[ ! -e $file ]]; then
      name+=" links to $target, which is not there"
    elif [[ ! -s $file ]]; then
      name+="${target:+, a link to ${target##*/},} has 0 bytes"
    elif ! openssl x509 -noout -in "$file" 2>/dev/null; then
      name+=' holds no certificate that openssl can read'
    else
      continue
    fi
    count=$((count + 1))
    if [[ -z $first || $name == *kubelet-client-current* ]]; then first=$name; fi
  done < <(certificate_files)
  ((count > 0)) || return 0
  fact certificates "$count cannot be read"
  next="ls -l /etc/kubernetes/pki /etc/kubernetes/pki/etcd /var/lib/kubelet/pki; restore the file from a backup or from another node's"
  if [[ $first == *kubelet-client-current* ]]; then
    older=$(newest_client_certificate)
    if [[ -n $older ]]; then
      next="ln --symbolic --force $older /var/lib/kubelet/pki/kubelet-client-current.pem && systemctl restart kubelet"
    else
      # https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/troubleshooting-kubeadm/#kubelet-client-cert
      next="on a control plane: kubeadm kubeconfig user --org system:nodes --client-name system:node:$(node_name) >kubelet.conf; "
      next+='copy it here to /etc/kubernetes/kubelet.conf; rm /var/lib/kubelet/pki/kubelet-client-current.pem; systemctl restart kubelet'
      if [[ $LAYOUT != kubeadm ]]; then next='replace the node: its client certificate comes with its bootstrap'; fi
    fi
  fi
  finding 24 certificate-broken "$first$(if ((count > 1)); then printf '; %d in all' "$count"; fi)" "$next"
}

# The newest certificate of an earlier rotation that is good for another hour; nothing where there is none.
newest_client_certificate() {
  local file
  while read -r file; do
    if openssl x509 -noout -checkend 3600 -in "$file" >/dev/null 2>&1; then
      printf '%s' "${file#"$PREFIX"}"
      return
    fi
  done < <(printf '%s\n' "$PREFIX"/var/lib/kubelet/pki/kubelet-client-[0-9]*.pem | sort --reverse)
}

look_at_certificates() {
  local ends end name days count next
  has openssl || { fact certificates 'not checked: no openssl' && return; }
  look_at_broken_certificates
  ends=$(certificate_ends)
  [[ -n $ends ]] || { fact certificates 'none found that has an end' && return; }
  read -r end name <<<"$ends"
  days=$(((end - $(date +%s)) / 86400))
  if ((end < $(date +%s))); then days=$((days - 1)); fi
  fact certificates "the first to end is $name, $(date --utc --date "@$end" +%F), in $days days"
  ((days < CERTIFICATE_DAYS)) || return 0
  count=$(awk -v limit=$(($(date +%s) + CERTIFICATE_DAYS * 86400)) '$1 < limit { n++ } END { print n + 0 }' <<<"$ends")
  # kops has no kubeadm: a node gets new certificates when it is replaced.
  next='kubeadm certs renew all && '
  next+='crictl pods --namespace kube-system --label tier=control-plane --quiet | xargs --no-run-if-empty crictl stopp'
  if [[ $LAYOUT == kops && $ROLE == control-plane ]]; then
    next='kops rolling-update cluster --force --instance-group-roles control-plane --yes'
  fi
  if [[ $name == */kubelet-client-current.pem || $ROLE != control-plane ]]; then
    next='systemctl restart kubelet; journalctl --unit kubelet --no-pager | grep --ignore-case certificate | tail --lines=5'
  fi
  if ((days < 0)); then
    finding 25 certificate-expired "$name ended $(date --utc --date "@$end" +%F), $((-days)) days ago; $count in all" "$next"
  else
    finding 90 certificate-expiring "$name ends $(date --utc --date "@$end" +%F), in $days days; $count in all" "$next"
  fi
}

# A state file that was cut off ends the kubelet at each start. It says which, and that a person must remove it (kubernetes#135711).
look_at_kubelet_state() {
  local said file
  has journalctl || return 1
  said=$(timeout 5 journalctl --unit=kubelet --lines=300 --output=cat --no-pager --quiet 2>/dev/null |
    grep --extended-regexp --ignore-case '(delete|remove) .*(checkpoint|state)' | tail --lines=1) || return 1
  # The kubelet logs what probes of pods print: only such a file's name may become a command.
  file=$(grep --only-matching --extended-regexp '/var/lib/kubelet/([A-Za-z0-9_-]+/)?[A-Za-z0-9_-]*(checkpoint|state)[A-Za-z0-9_-]*' \
    <<<"$said" | sed -n 1p) || return 1
  finding 45 kubelet-state-broken "kubelet ends at each start: $(cause_of 130 last <<<"$said")" \
    "mv $file $file.broken && systemctl restart kubelet; journalctl --unit kubelet --lines 20 --no-pager"
}

look_at_kubelet() {
  local answer said
  if [[ $KUBELET == absent ]]; then
    fact kubelet 'not installed'
    finding 35 join-failed 'there is no kubelet on this node: its bootstrap did not get there' \
      'grep --ignore-case headroom /var/log/cloud-init-output.log | tail --lines=20'
    return
  fi
  answer=$(http_answer 10248 /healthz) || answer=''
  fact kubelet "unit $KUBELET, healthz: ${answer:-no answer}"
  if [[ -z $KUBECONFIG_FILE && -z $CONFIGURATION ]]; then
    said=$(grep --ignore-case --extended-regexp 'headroom: failed|error execution phase' \
      "$PREFIX/var/log/cloud-init-output.log" 2>/dev/null | tail --lines=1) || said=''
    finding 35 join-failed "the node never joined: neither a kubeconfig nor a configuration of the kubelet${said:+; $said}" \
      'tail --lines=50 /var/log/cloud-init-output.log'
    return
  fi
  [[ $answer != '200 '* ]] || return 0
  if look_at_kubelet_state; then return; fi
  said='systemctl restart kubelet; journalctl --unit kubelet --lines 30 --no-pager'
  # systemd starts it again and again, and it ends each time: one restart more changes nothing.
  if [[ $KUBELET == activating ]]; then
    said="journalctl --unit kubelet --lines 100 --no-pager | grep --extended-regexp '^(E[0-9]|F[0-9]|panic:)'"
  fi
  finding 50 kubelet-down "kubelet is $KUBELET, healthz: ${answer:-no answer on port 10248}$(last_words kubelet)" "$said"
}

look_at_cni() {
  local files said=''
  [[ $KUBELET != absent ]] || return 0
  files=$(find "$PREFIX/etc/cni/net.d" -maxdepth 1 -regex '.*\.\(conf\|conflist\|json\)' 2>/dev/null | wc --lines) || files=0
  fact cni "$files configurations in /etc/cni/net.d"
  ((files == 0)) || return 0
  if [[ $CONTAINERD == active ]] && has crictl; then
    said=$(timeout 10 crictl --timeout=8s info 2>/dev/null |
      sed -n 's/.*"message": *"\([^"]*cni[^"]*\)".*/\1/p' | sed -n 1p) || said=''
  fi
  finding 60 cni-missing "/etc/cni/net.d has no configuration${said:+; containerd: $said}" \
    "${ADMIN}get daemonsets --all-namespaces; ls -l /etc/cni/net.d /opt/cni/bin"
}

look_at_api_server() {
  local answer='' server host port why
  if [[ $ROLE == control-plane ]]; then
    answer=$(api_server_answer)
    port=$(api_server_port)
    fact api-server "${answer:-refused on 127.0.0.1:$port}"
    if [[ -z $answer ]]; then
      why=$(why_static kube-apiserver)
      finding 70 api-refused "nothing answers on 127.0.0.1:$port${why:+; kube-apiserver: $why}" "$(container_log kube-apiserver)"
    elif [[ $answer != '200 '* ]]; then
      finding 72 api-not-ready "readyz answers $answer" "${ADMIN}get --raw '/readyz?verbose'"
    fi
    return
  fi
  server=$(sed -n 's#^ *server: *https://\([^/ ]*\).*#\1#p' "$PREFIX$KUBECONFIG_FILE" 2>/dev/null | sed -n 1p) || server=''
  [[ -n $server ]] || return 0
  host=${server%:*} port=${server##*:}
  [[ $server == *:* ]] || port=443
  # shellcheck disable=SC2016 # the inner shell expands its own arguments
  if timeout 6 bash -c 'exec 5<>"/dev/tcp/$0/$1"' "$host" "$port" 2>/dev/null; then
    fact api-server "reachable at $server"
  else
    fact api-server "cannot be reached at $server"
    finding 70 api-refused "this node cannot connect to the API server at $server" \
      "getent hosts $host; curl --insecure --max-time 5 https://$server/readyz"
  fi
}

# Its quota reached, etcd reads and refuses every write until its alarm is disarmed; more disk does not help.
# https://etcd.io/docs/v3.6/op-guide/maintenance/#space-quota
etcd_makes_room() {
  local pki=/etc/kubernetes/pki/etcd
  if [[ $LAYOUT != kubeadm ]]; then
    printf 'etcdctl compact, defrag and alarm disarm: docs/operate.md#etcd-no-space'
    return
  fi
  # shellcheck disable=SC2016 # the operator's shell expands it
  printf 'e() { crictl exec "$(crictl ps -q --name "^etcd\\$")" etcdctl --endpoints=https://127.0.0.1:2379 --command-timeout=60s '
  printf '%s' "--cacert=$pki/ca.crt --cert=$pki/server.crt --key=$pki/server.key"
  # shellcheck disable=SC2016 # the same
  printf ' "$@"; }; e compact "$(e endpoint status -w json | grep -o "revision.:[0-9]*" | cut -d: -f2)" && e defrag && e alarm disarm'
}

look_at_etcd() {
  local answer why
  manifest_of etcd >/dev/null || return 0
  answer=$(etcd_answer) || answer=''
  fact etcd "${answer:-no answer}"
  case $answer in
    '200 '*'"health"'*'"true"'*) return 0 ;;
    *NOSPACE*)
      finding 64 etcd-no-space \
        'alarm NOSPACE: etcd has reached its quota and refuses every write; take a snapshot, then compact, defrag, disarm' \
        "$(etcd_makes_room)"
      return 0
      ;;
  esac
  why=$(why_static etcd)
  finding 65 etcd-unhealthy "etcd: ${answer:-no answer}${why:+; $why}" "$(container_log etcd)"
}

# What the cluster says of this node; with its own kubeconfig, which may read its own node and nothing else.
look_at_conditions() {
  local answer name type status reason message
  if [[ -z $KUBECONFIG_FILE ]] || ! has kubectl; then
    fact conditions 'not checked: no kubeconfig of the kubelet, or no kubectl'
    return
  fi
  name=$(node_name)
  if ! answer=$(timeout 12 kubectl --kubeconfig="$PREFIX$KUBECONFIG_FILE" --cache-dir /run/headroom-kubectl \
    --request-timeout=8s get node "$name" \
    --output='jsonpath={range .status.conditions[*]}{.type}{"|"}{.status}{"|"}{.reason}{"|"}{.message}{"\n"}{end}' 2>&1); then
    fact conditions "kubectl get node $name: $(cause_of 160 last <<<"$answer")"
    return
  fi
  while IFS='|' read -r type status reason message; do
    case $type=$status in
      DiskPressure=True) finding 80 disk-pressure "DiskPressure: $reason: $message" "$(heal_command)" ;;
      MemoryPressure=True | PIDPressure=True)
        finding 82 "${type,,}" "$type: $reason: $message" 'ps -e --sort=-rss --format pid,rss,nlwp,comm | sed -n 1,10p'
        ;;
      NetworkUnavailable=True)
        finding 84 network-unavailable "NetworkUnavailable: $reason: $message" 'ls -l /etc/cni/net.d /opt/cni/bin'
        ;;
      Ready=True) ;;
      Ready=*) finding 95 not-ready "Ready is $status: $reason: $message" "kubectl describe node $name" ;;
    esac
    fact "condition $type" "$status ${reason}"
  done <<<"$answer"
}

ROLE=unknown KUBELET=absent CONTAINERD=absent
if SYSTEM=$(unsupported_system); then refuse "not a node that Headroom knows: $SYSTEM"; fi
LAYOUT=$(node_layout)
KUBECONFIG_FILE=$(kubelet_kubeconfig) || KUBECONFIG_FILE=''
CONFIGURATION=$(kubelet_configuration) || CONFIGURATION=''
# On a worker, and on EKS, a command for the cluster is typed where its administrator is.
ADMIN=$(admin_kubeconfig) || ADMIN=''
ADMIN="kubectl ${ADMIN:+--kubeconfig $ADMIN }"
KUBELET=$(unit_state kubelet)
ROLE=$(node_role "$KUBELET")
look_at_disk
look_at_clock
look_at_swap
look_at_certificates
look_at_runtime
look_at_kubelet
look_at_cni
look_at_etcd
look_at_api_server
look_at_conditions
recent_changes "$LOOK_BACK_HOURS"

mapfile -t FINDINGS < <(printf '%s\n' "${FINDINGS[@]}" | sort --numeric-sort | sed '/^$/d')

# For people.
{
  printf '\nSCOPE  %s (%s, %s), kernel %s\n' "$(node_name)" "$ROLE" "$LAYOUT" "$(uname -r)"
  printf '\nFACTS\n'
  for line in "${FACTS[@]}"; do printf '  %s\n' "$(shown "$line")"; done
  printf '\nRECENT CHANGES (%d h)\n' "$LOOK_BACK_HOURS"
  for line in "${RECENT[@]}"; do printf '  %s\n' "$(shown "$line")"; done
  if ((${#RECENT[@]} == 0)); then printf '  none seen\n'; fi
  printf '\nFINDINGS, the most likely cause first\n'
  if ((${#FINDINGS[@]} == 0)); then printf '  none: by all that was looked at, this node is well\n'; fi
  for line in "${FINDINGS[@]}"; do
    IFS=$'\t' read -r _ name evidence next <<<"$line"
    printf '  %s\n    evidence: %s\n    next:     %s\n' "$name" "$(shown "$evidence")" "$(shown "$next")"
  done
} >&4

# A command is whole or not there: cut, it would be another one. The cause comes first, and its evidence counts more than the list
# of what follows from it.
members() {
  local list='' line name evidence next more count=$((ROWS < 6 ? ROWS : 6)) first
  for line in "${FINDINGS[@]:0:count}"; do
    IFS=$'\t' read -r _ name evidence next <<<"$line"
    if ((${#next} > 460 || TEXT_LIMIT < 40)); then next=''; fi
    list+=",{\"name\":$(json_string "$name" 32),\"evidence\":$(json_string "$(brief "$TEXT_LIMIT" "$evidence")" "$TEXT_LIMIT")"
    list+=",\"next\":$(json_string "$next" 520)}"
  done
  more=$((${#FINDINGS[@]} > count ? ${#FINDINGS[@]} - count : 0))
  first=$((${#RECENT[@]} > 4 ? ${#RECENT[@]} - 4 : 0))
  if ((ROWS < 8)); then first=$((${#RECENT[@]} > 1 ? ${#RECENT[@]} - 1 : 0)); fi
  printf '"role":"%s","node":%s,"findings":[%s],"more":%d,"recent":%s' "$ROLE" "$(json_string "$(node_name)" 64)" \
    "${list#,}" "$more" "$(json_list 70 "${RECENT[@]:first}")"
}
emit_result true '' members
