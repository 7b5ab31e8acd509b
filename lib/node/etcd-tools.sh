#!/usr/bin/env bash
# Runs etcdctl and etcdutl; sourced by etcd-common.sh, never run. They are those of the image that root's manifest of etcd names, in
# a container of their own with the files that they need and no others: no program of a container runs with the host's rights, and
# what runs is chosen by a file of root's, not by what a process calls itself. Where containerd cannot run the image: PATH.

readonly TOOL=headroom-etcd-tool TOOL_SAID=/run/headroom/etcd-tool.out # one at a time, which take_lock holds
TOOLS='' ETCDUTL=''
# What a tool sees of the host beside the certificates: `PATH ro` or `PATH rw`.
SEES=()

# What a run that was killed has left: its task, its container, its writable layer.
remove_tool() {
  [[ $TOOLS == image ]] || return 0
  rm --force -- "$TOOL_SAID"
  # Mostly there is nothing.
  timeout 20 ctr --namespace k8s.io tasks rm --force "$TOOL" >/dev/null 2>&1 || true
  timeout 20 ctr --namespace k8s.io containers rm "$TOOL" >/dev/null 2>&1 || true
  timeout 20 ctr --namespace k8s.io snapshots rm "$TOOL" >/dev/null 2>&1 || true
}

# etcd_tool PROGRAM ARGUMENTS...: by the deadline. Its output goes through a file: on a busy node `ctr run` closes its pipes before all
# of it was copied, with exit code 0 (containerd 1.6 on a loaded machine, measured). Both streams are in it; what etcd logs is stderr.
etcd_tool() {
  local seen code=0
  local -a mounts=()
  if [[ $TOOLS == path ]]; then
    bounded "$@"
    return
  fi
  for seen in "${SEES[@]}"; do mounts+=(--mount "type=bind,src=${seen% *},dst=${seen% *},options=rbind:${seen##* }"); done
  : >"$TOOL_SAID" || return 1
  bounded ctr --namespace k8s.io run --rm --net-host --log-uri "file://$TOOL_SAID" "${mounts[@]}" "$ETCD_IMAGE" "$TOOL" "$@" || code=$?
  if ((code > 0)); then
    cat -- "$TOOL_SAID" >&2
  else
    sed '/^{"level":/d' -- "$TOOL_SAID"
    sed '/^{"level":/!d' -- "$TOOL_SAID" >&2
  fi
  # From `timeout`: ctr was killed, or may not have had the time to clear up.
  if ((code >= 124)); then remove_tool; fi
  return "$code"
}

# find_tools: sets TOOLS, and ETCDUTL (before etcd 3.5 etcdctl does its work).
find_tools() {
  if [[ -z $PREFIX && $ETCD_IMAGE =~ ^[A-Za-z0-9][A-Za-z0-9._:/@-]*$ ]] && has ctr; then
    TOOLS=image
    remove_tool
  else
    TOOLS=path
  fi
  if ! has_tool etcdctl; then
    [[ $TOOLS == image ]] || return 1
    TOOLS=path
    has_tool etcdctl || return 1
  fi
  ETCDUTL=etcdctl
  # shellcheck disable=SC2034 # read by those who source this
  if has_tool etcdutl; then ETCDUTL=etcdutl; fi
}
has_tool() {
  if [[ $TOOLS == path ]]; then
    has "$1"
    return
  fi
  deadline_in 180 # a container is started for it, on a node that may be short of everything
  if etcd_tool "$1" version >/dev/null; then return 0; fi
  remove_tool # what a container that did not start has left
  return 1
}

# etcdctl_at URL ARGUMENTS...: with the certificates that kubeadm makes for health checks.
etcdctl_at() {
  local url=$1 pki="$PREFIX/etc/kubernetes/pki/etcd"
  local -a more=("${SEES[@]}")
  local -a SEES=("$pki/ca.crt ro" "$pki/healthcheck-client.crt ro" "$pki/healthcheck-client.key ro" "${more[@]}")
  shift
  etcd_tool etcdctl --endpoints="$url" --cacert="$pki/ca.crt" --cert="$pki/healthcheck-client.crt" \
    --key="$pki/healthcheck-client.key" "$@"
}
