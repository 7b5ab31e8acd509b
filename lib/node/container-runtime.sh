#!/usr/bin/env bash
# The container runtime, asked with root's crictl over root's socket; sourced after common.sh, never run. Which container is which
# is the runtime's to say: a process may call itself anything.

# crictl reads its endpoint from here or from /etc/crictl.yaml, and has no default. A variable that is set and empty hides the
# file ("--runtime-endpoint is not set", cri-tools v1.36.0), so it is unset where the file is to count.
cri() {
  local name=CONTAINER_RUNTIME_ENDPOINT setting
  setting=$name=${CONTAINER_RUNTIME_ENDPOINT:-unix:///run/containerd/containerd.sock}
  if [[ -z ${CONTAINER_RUNTIME_ENDPOINT:-} && -e /etc/crictl.yaml ]]; then setting=--unset=$name; fi
  env "$setting" timeout --kill-after=2 12 crictl --timeout=10s "$@" </dev/null 3>&- 4>&-
}

# of_container CONTAINER NAMESPACE: sets LABELS, crictl's filter. The kubelet labels each container so
# (kubernetes v1.36 pkg/kubelet/types/labels.go).
# shellcheck disable=SC2034 # read by those who source this
of_container() { LABELS=(--label "io.kubernetes.container.name=$1" --label "io.kubernetes.pod.namespace=$2"); }

# all_have_ended IDS: of containers that the runtime calls running. containerd cannot record an exit on a full disk, and tries
# again after up to 5 minutes (run of containerd 1.6 on a full xfs; backOffMaxDuration in containerd@v2.3.4
# internal/cri/server/events/events.go).
all_have_ended() {
  local id pid
  for id in $1; do
    pid=$(cri inspect --output go-template --template "$(field .info.pid)" "$id") || return 1
    is_number "$pid" && ((pid > 0)) && has_ended "$id" "$pid" || return 1
  done
}
# has_ended CONTAINER PID: its first process. Linux gives a pid again, to a thread too, which has a folder in /proc as well: only
# what is in the container's cgroup, which has its id in its name, is the container (containerd@v2.3.4 internal/cri/server/helpers.go,
# getCgroupsPath; proc_pid_cgroup(5)). No where it cannot be told.
has_ended() {
  local folder=${PREFIX:-}/proc/$2 groups
  if groups=$(cat -- "$folder/cgroup" 2>/dev/null); then
    [[ -n $groups && $groups != *"$1"* ]]
  else
    [[ ! -d $folder ]]
  fi
}
