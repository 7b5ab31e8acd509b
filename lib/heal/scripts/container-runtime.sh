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
