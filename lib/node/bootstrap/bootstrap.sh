#!/usr/bin/env bash
# Makes this instance a node of its cluster. Run again it resumes where it stopped; on a member it only renews what is Headroom's.
# Usage: bootstrap.sh [run]   without `run`: installs and starts the unit that runs it, so that a reboot goes on
# exit: 0 every section done, 1 at least one failed (named in the last line, and in the signal)
set -o errexit -o nounset -o pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly HERE UNITS=/etc/systemd/system LIBRARY=/usr/local/lib/headroom STATE=/var/lib/headroom RUN=/run/headroom-bootstrap
# shellcheck source=common.sh
source "$HERE/common.sh"
# shellcheck source=agents.sh
source "$HERE/agents.sh"
# shellcheck source=../package-key.sh
source "$HERE/package-key.sh"
# shellcheck source=packages.sh
source "$HERE/packages.sh"
# shellcheck source=join.sh
source "$HERE/join.sh"
# shellcheck source=kubeadm.sh
source "$HERE/kubeadm.sh"

# Needs no network, so that a node whose bootstrap fails keeps its disk all the same.
guard() {
  install -D --mode 0755 --target-directory "$LIBRARY" "$HERE/guard.sh" "$HERE/boot-extend.sh"
  install --mode 0644 --target-directory "$UNITS" "$HERE"/headroom-*.service "$HERE"/headroom-*.timer
  mkdir --parents "$STATE"
  systemctl daemon-reload
  systemctl enable headroom-boot-extend.service headroom-bootstrap.service
  systemctl enable --now headroom-guard.timer
  systemctl start headroom-guard.service
}

# What kubeadm's preflight asks of a node.
kernel() {
  printf 'overlay\nbr_netfilter\n' >/etc/modules-load.d/headroom.conf
  printf '%s = 1\n' net.ipv4.ip_forward net.bridge.bridge-nf-call-iptables net.bridge.bridge-nf-call-ip6tables |
    write_file /etc/sysctl.d/90-headroom.conf 0644
  modprobe --all overlay br_netfilter
  sysctl --quiet --load=/etc/sysctl.d/90-headroom.conf
  swapoff --all
}

# The unit reads it after a reboot. The signal's URL is presigned: for root only.
save_settings() {
  local name
  (umask 077 && for name in "${!HEADROOM_@}"; do printf '%s="%s"\n' "$name" "${!name}"; done >"$HERE/settings")
}

run() {
  local name before
  exec > >(tee "$RUN/log") 2>&1
  for name in guard ssm_agent cloudwatch_agent kernel; do section "$name"; done
  # Each needs the one before; a member is upgraded and reconfigured by its operators, never by a boot.
  if ! is_member; then
    before=${#failed[@]}
    for name in kubernetes_packages container_runtime aws_cli cluster; do
      if [[ ${#failed[@]} -eq $before ]]; then section "$name"; fi
    done
  fi
  if is_member; then
    for name in join_parameters manifests ready; do section "$name"; done
  fi
  if [[ ${#failed[@]} -gt 0 ]]; then
    echo "headroom: failed: ${failed[*]}"
    signal FAILURE
    exit 1
  fi
  touch "$STATE/bootstrapped"
  echo 'headroom: node is set up'
  signal SUCCESS
}

install --directory --mode 0700 "$RUN"
case ${1:-} in
  run) run ;;
  refresh) refresh_join ;;
  *)
    save_settings
    section guard
    rm --force "$STATE/bootstrapped"
    systemctl start headroom-bootstrap.service || {
      tail --lines 40 "$RUN/log" >&2
      exit 1
    }
    ;;
esac
