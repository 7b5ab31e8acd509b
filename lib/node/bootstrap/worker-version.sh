# shellcheck shell=bash
# Which version of Kubernetes a worker installs. Only workers have this file.

# A kubelet must not be newer than the API server (https://kubernetes.io/releases/version-skew-policy/#kubelet). The environment
# file may name a version that the control planes do not have yet: a worker then takes theirs. The API server tells anyone its
# version (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#discovery-roles, system:public-info-viewer).
worker_version() {
  local wanted=$HEADROOM_KUBERNETES_VERSION file=$RUN/api-version server deadline=$((SECONDS + ${HEADROOM_JOIN_WAIT_SECONDS:-1500}))
  until curl --fail --silent --show-error --insecure --max-time 10 --output "$file" "https://$HEADROOM_API_ENDPOINT:6443/version"; do
    if ((SECONDS >= deadline)); then
      echo "the API server at $HEADROOM_API_ENDPOINT does not report its version: a worker must not be newer than it" >&2
      return 1
    fi
    sleep "${HEADROOM_POLL_SECONDS:-10}"
  done
  server=$(sed -n 's/.*"gitVersion": *"v\(1\.[0-9]*\.[0-9]*\)[^"]*".*/\1/p' "$file")
  # Nothing proves who answered. The join does; until then it may lower the version by one minor at most.
  if [[ $server == "$wanted" || $(printf '%s\n' "$server" "$wanted" | sort --version-sort | sed -n 1p) == "$wanted" ]]; then
    printf '%s' "$wanted"
  elif [[ -n $server ]] && ((10#$(minor "$server") >= 10#$(minor "$wanted") - 1)); then
    echo "Kubernetes $server instead of $wanted: the control planes are at $server. Upgrade them, then this node, with UpgradeNode" >&2
    printf '%s' "$server"
  else
    echo "the API server is at ${server:-an unknown version}, this node would be at $wanted: upgrade the control planes first (UpgradeNode)" >&2
    return 1
  fi
}
minor() {
  local rest=${1#*.}
  printf '%s' "${rest%%.*}"
}
version=$(worker_version)
