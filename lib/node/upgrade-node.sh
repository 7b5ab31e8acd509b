#!/usr/bin/env bash
# Brings this node to a version of Kubernetes: kubeadm's package, kubeadm upgrade, then kubelet and kubectl. Drained before,
# uncordoned after, by others. Safe to run again: each step does what is missing. Stops at the first step that fails.
#
# Usage: upgrade-node.sh [--dry-run] [--help]
#   HEADROOM_TARGET_VERSION  e.g. 1.36.3; none is refused (default none)
#   HEADROOM_MODE            apply: plan and upgrade the cluster, on its first control-plane node; node: follow it (default node)
#   HEADROOM_WAIT_SECONDS    how long the kubelet may take to answer, 10-900 (default 180)
#   HEADROOM_DRY_RUN         true: look whether it could begin (default false)
# Output: one JSON line, UpgradeResult. Exit: 0 ok, 1 failed, 2 bad setting, 3 refused, nothing was changed.
set -o errexit -o nounset -o pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh" # headroom:include
RUN=/run/headroom
source "$(dirname "${BASH_SOURCE[0]}")/package-key.sh" # headroom:include

begin upgrade-node "$@"
text_setting TARGET_VERSION none '^(none|1\.[0-9]{1,3}\.[0-9]{1,3})$'
text_setting MODE node '^(apply|node)$'
setting WAIT_SECONDS 180 10 900

readonly MIN_FREE_MIB=2048 # kubeadm keeps a copy of etcd and pulls the images of the new version
FROM='' STEPS=()

members() {
  local list='' step
  for step in "${STEPS[@]}"; do list+=",$step"; done
  printf '"from":%s,"to":"%s","mode":"%s","steps":[%s]%s' "$(json_string "$FROM" 20)" "$TARGET_VERSION" "$MODE" "${list#,}" \
    "${1:+,\"next\":$(json_string "$1" 240)}"
}
again() { # what to type when the cause is gone: every step can be run again
  printf '%s; then start UpgradeNode again' "$1"
}
# step NAME COMMAND...: runs it, with its output as progress; its last line is the reason when it fails.
step() {
  local name=$1 next=$2 began=$SECONDS said code=0
  shift 2
  log "$name: $*"
  if [[ $(type -t "$1") == function ]]; then
    said=$("$@" 2>&1) || code=$?
  else
    said=$(timeout --kill-after=10 2000 "$@" </dev/null 3>&- 2>&1) || code=$?
  fi
  printf '%s
' "$said" # to the tools' output
  STEPS+=("[\"$name\",$( ((code == 0)) && printf true || printf false),$((SECONDS - began))]")
  ((code == 0)) || fail "$name failed with exit code $code: $(cause_of 180 <<<"$said")" "$(members "$(again "$next")")"
}

number() {
  local major minor patch
  IFS=. read -r major minor patch <<<"$1"
  printf '%d' $((10#$major * 1000000 + 10#$minor * 1000 + 10#$patch))
}
minor() {
  local rest=${1#*.}
  printf '%d' $((10#${rest%%.*}))
}
installed() { kubelet --version 2>/dev/null | sed -n 's/^Kubernetes v\([0-9.]*\).*/\1/p'; }

preflight() {
  [[ $TARGET_VERSION != none ]] || refuse 'HEADROOM_TARGET_VERSION was not given' "$(members)"
  if ! has kubelet || ! has kubeadm; then refuse 'kubelet or kubeadm is not installed' "$(members)"; fi
  FROM=$(installed)
  [[ -n $FROM ]] || refuse 'kubelet tells no version' "$(members)"
  if (($(number "$TARGET_VERSION") < $(number "$FROM"))); then
    refuse "the kubelet is at $FROM: Kubernetes does not support downgrades" "$(members)"
  fi
  if (($(minor "$TARGET_VERSION") > $(minor "$FROM") + 1)); then
    refuse "upgrading from $FROM to $TARGET_VERSION would skip a minor version" \
      "$(members "start UpgradeNode with TargetVersion 1.$(($(minor "$FROM") + 1)).x first")"
  fi
  require_measure ROOT
  if ((ROOT_AVAILABLE < MIN_FREE_MIB * MIB)); then
    refuse "only $((ROOT_AVAILABLE / MIB)) MiB available on $MOUNT_POINT, an upgrade needs $MIN_FREE_MIB MiB" \
      "$(members 'start HealNode on this node, or raise its sizeGiB; then start UpgradeNode again')"
  fi
  if [[ -e $PREFIX/etc/kubernetes/manifests/etcd.yaml ]]; then
    local answer
    answer=$(http_answer 2381 /health) || answer=''
    [[ $answer != *NOSPACE* ]] || refuse "this node's etcd has reached its quota (alarm NOSPACE)" \
      "$(members 'start DiagnoseNode on this node: it names the commands compact, defrag and disarm')"
    [[ $answer == '200 '*'"health"'*'"true"'* ]] || refuse "this node's etcd is not healthy: ${answer:-no answer on port 2381}" \
      "$(members 'start DiagnoseNode on this node')"
  fi
}

# The file that the package manager believes is replaced by today's, once its fingerprint is found right.
refresh_key() { # SOURCE_FILE
  local key url
  key=$(sed -n 's/.*signed-by=\([^] ]*\).*/\1/p; s#^gpgkey=file://\(.*\)#\1#p' "$1" | sed -n 1p)
  [[ $key == /*.asc ]] || fail "$1 does not name the signing key's file" "$(members "$(again "write its armoured key's file into $1")")"
  case $1 in
    *.repo) url=rpm/repodata/repomd.xml.key ;;
    *) url=deb/Release.key ;;
  esac
  url=https://pkgs.k8s.io/core:/stable:/v1.$(minor "$TARGET_VERSION")/$url
  mkdir --parents "$RUN"
  step package-key "curl --head $url" curl --proto '=https' --fail --silent --show-error --location \
    --max-time 60 --retry 3 --output "$RUN/key.asc" "$url"
  step package-key "look at $url: it is not the key that signs Kubernetes' packages" verify_key "$RUN/key.asc"
  if cmp --quiet "$RUN/key.asc" "$PREFIX$key"; then return 0; fi
  { command install --mode 0644 "$RUN/key.asc" "$PREFIX$key.new" && mv --force "$PREFIX$key.new" "$PREFIX$key"; } ||
    fail "cannot write $key" "$(members)"
  # dnf keeps what it has read of the old one.
  rm --recursive --force "$PREFIX"/var/cache/dnf/kubernetes-*/pubring
}

# Packages of another minor version are in another repository.
repository() {
  local file changed=0
  for file in "$PREFIX"/etc/apt/sources.list.d/* "$PREFIX"/etc/yum.repos.d/*; do
    grep --quiet --no-messages 'pkgs\.k8s\.io/core:/stable:/v' "$file" || continue
    sed --in-place "s#\(pkgs\.k8s\.io/core:/stable:/v\)[0-9.]*/#\11.$(minor "$TARGET_VERSION")/#" "$file"
    refresh_key "$file"
    changed=1
  done
  ((changed == 1)) || fail 'no package source names pkgs.k8s.io/core:/stable:' \
    "$(members "$(again "add the repository core:/stable:/v1.$(minor "$TARGET_VERSION") of pkgs.k8s.io to the package sources")")"
}

# install PACKAGE...: exactly the version, held before and after.
install() {
  local name packages=()
  if has apt-get; then
    for name in "$@"; do packages+=("$name=$TARGET_VERSION-*"); done
    export DEBIAN_FRONTEND=noninteractive
    step "unhold-$1" 'apt-mark unhold kubeadm kubelet kubectl' apt-mark unhold "$@"
    step "install-$1" 'apt-get update; apt-cache madison kubeadm' apt-get --option DPkg::Lock::Timeout=300 \
      --option Dpkg::Options::=--force-confold --quiet --yes install "${packages[@]}"
    step "hold-$1" 'apt-mark hold kubeadm kubelet kubectl' apt-mark hold "$@"
  else
    for name in "$@"; do packages+=("$name-$TARGET_VERSION"); done
    step "install-$1" 'dnf --disableexcludes=kubernetes list --showduplicates kubeadm' \
      dnf --assumeyes --quiet --disableexcludes=kubernetes --setopt=kubernetes.skip_if_unavailable=0 install "${packages[@]}"
  fi
}

restart() {
  local until
  step kubelet-restart 'journalctl --unit kubelet --lines 50' systemctl daemon-reload
  step kubelet-restart 'journalctl --unit kubelet --lines 50' systemctl restart kubelet
  until=$((SECONDS + WAIT_SECONDS))
  until kubelet_healthy; do
    ((SECONDS < until)) || fail "the kubelet does not answer $WAIT_SECONDS s after its restart: $(last_error kubelet 160)" \
      "$(members 'journalctl --unit kubelet --lines 50; DiagnoseNode says more; then start UpgradeNode again')"
    sleep 3
  done
}

preflight
if [[ $DRY_RUN == true ]]; then
  emit_result true '' "$(members)"
  exit 0
fi
repository
if has apt-get; then step package-lists 'apt-get update' apt-get --option DPkg::Lock::Timeout=300 --quiet update; fi
install kubeadm
if [[ $(kubeadm version --output short) != "v$TARGET_VERSION" ]]; then
  fail "kubeadm is $(kubeadm version --output short) after its installation" "$(members 'type --all kubeadm; apt-cache policy kubeadm')"
fi
# kubeadm does not remember the patches of the init or join (https://kubernetes.io/docs/reference/setup-tools/kubeadm/kubeadm-upgrade/).
PATCHES=()
if [[ -d $PREFIX/etc/headroom/patches ]]; then PATCHES=(--patches "$PREFIX/etc/headroom/patches"); fi
if [[ $MODE == apply ]]; then
  step kubeadm-plan 'kubeadm upgrade plan' kubeadm upgrade plan "v$TARGET_VERSION"
  step kubeadm-apply "kubeadm upgrade apply v$TARGET_VERSION" kubeadm upgrade apply "v$TARGET_VERSION" --yes "${PATCHES[@]}"
else
  step kubeadm-node 'kubeadm upgrade node' kubeadm upgrade node "${PATCHES[@]}"
fi
install kubelet kubectl
restart
if [[ $(installed) != "$TARGET_VERSION" ]]; then
  fail "the kubelet is $(installed) after its installation" "$(members 'apt-cache policy kubelet; then start UpgradeNode again')"
fi
emit_result true '' "$(members)"
