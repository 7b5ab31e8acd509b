#!/usr/bin/env bash
# First boot of a Headroom node. Safe to run again: it writes the same files and skips what is installed.
# The guard comes first, since it needs no network; a section that fails does not stop the others.
# exit: 0 every section done, 1 at least one failed (named in the last line)
set -o errexit -o nounset -o pipefail

readonly REGION='@@REGION@@'
readonly LIBRARY=/usr/local/lib/headroom
readonly UNITS=/etc/systemd/system
failed=()

have() { command -v "$1" >/dev/null 2>&1; }

# Runs a section; errexit would be off inside `if section` or `section ||`, hence the detour.
section() {
  echo "headroom: $1"
  set +o errexit
  (
    set -o errexit
    "$1"
  )
  local status=$?
  set -o errexit
  if [[ ${status} -ne 0 ]]; then failed+=("$1"); fi
}

retry() {
  local attempt
  for attempt in 1 2 3 4; do
    "$@" && return 0
    sleep "$((attempt * 10))"
  done
  "$@"
}

# write_file PATH MODE, content from stdin.
write_file() {
  cat >"$1.new"
  chmod "$2" "$1.new"
  mv --force "$1.new" "$1"
}

install_packages() {
  if have apt-get; then
    export DEBIAN_FRONTEND=noninteractive
    retry apt-get -o DPkg::Lock::Timeout=300 --quiet update
    retry apt-get -o DPkg::Lock::Timeout=300 --quiet --yes install "$@"
    apt-get clean
  elif have dnf; then
    retry dnf --assumeyes --quiet install "$@"
    dnf clean packages
  else
    echo "neither apt-get nor dnf: cannot install $*" >&2
    return 1
  fi
}

guard() {
  mkdir --parents "${LIBRARY}" /var/lib/headroom
  write_file "${LIBRARY}/guard.sh" 0755 <<'HEADROOM_GUARD'
@@FILE guard.sh@@
HEADROOM_GUARD
  write_file "${LIBRARY}/boot-extend.sh" 0755 <<'HEADROOM_BOOT_EXTEND'
@@FILE boot-extend.sh@@
HEADROOM_BOOT_EXTEND
  write_file "${UNITS}/headroom-guard.service" 0644 <<'UNIT'
@@FILE headroom-guard.service@@
UNIT
  write_file "${UNITS}/headroom-guard.timer" 0644 <<'UNIT'
@@FILE headroom-guard.timer@@
UNIT
  write_file "${UNITS}/headroom-boot-extend.service" 0644 <<'UNIT'
@@FILE headroom-boot-extend.service@@
UNIT
  systemctl daemon-reload
  systemctl enable headroom-boot-extend.service
  systemctl enable --now headroom-guard.timer
  systemctl start headroom-guard.service
}

ssm_agent() {
  if ! have amazon-ssm-agent && ! systemctl cat snap.amazon-ssm-agent.amazon-ssm-agent.service >/dev/null 2>&1; then
    if have snap; then
      retry snap install amazon-ssm-agent --classic
    else
      install_packages amazon-ssm-agent
    fi
  fi
  local unit
  for unit in amazon-ssm-agent.service snap.amazon-ssm-agent.amazon-ssm-agent.service; do
    if systemctl cat "${unit}" >/dev/null 2>&1; then
      systemctl enable --now "${unit}"
      return 0
    fi
  done
  echo "no unit: taken as managed by the image"
}

# Its configuration comes from State Manager, once the SSM agent has registered.
cloudwatch_agent() {
  if have amazon-cloudwatch-agent-ctl || [[ -x /opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl ]]; then
    return 0
  fi
  if have dnf; then
    install_packages amazon-cloudwatch-agent
    return 0
  fi
  local suffix=amazonaws.com package architecture
  if [[ ${REGION} == cn-* ]]; then suffix=amazonaws.com.cn; fi
  architecture=$(dpkg --print-architecture)
  package=/run/amazon-cloudwatch-agent.deb
  retry curl --fail --silent --show-error --location --output "${package}" \
    "https://amazoncloudwatch-agent-${REGION}.s3.${REGION}.${suffix}/ubuntu/${architecture}/latest/amazon-cloudwatch-agent.deb"
  dpkg --install --skip-same-version "${package}"
  rm --force "${package}"
}

# What kubeadm's preflight asks of a node.
kernel() {
  printf 'overlay\nbr_netfilter\n' >/etc/modules-load.d/headroom.conf
  write_file /etc/sysctl.d/90-headroom.conf 0644 <<'SYSCTL'
net.ipv4.ip_forward = 1
net.bridge.bridge-nf-call-iptables = 1
net.bridge.bridge-nf-call-ip6tables = 1
SYSCTL
  modprobe --all overlay br_netfilter
  sysctl --quiet --load=/etc/sysctl.d/90-headroom.conf
  swapoff --all
}

# A containerd that is there already keeps its own configuration.
container_runtime() {
  if ! have containerd; then
    install_packages containerd
    mkdir --parents /etc/containerd
    containerd config default | sed 's/SystemdCgroup = false/SystemdCgroup = true/' |
      write_file /etc/containerd/config.toml 0644
    systemctl restart containerd.service
  fi
  systemctl enable --now containerd.service
}

main() {
  local name
  for name in guard ssm_agent cloudwatch_agent kernel container_runtime; do section "${name}"; done
  if [[ ${#failed[@]} -gt 0 ]]; then
    echo "headroom: failed: ${failed[*]}" >&2
    exit 1
  fi
  echo 'headroom: node is set up'
}

main
