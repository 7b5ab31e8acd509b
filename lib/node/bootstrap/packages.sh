# shellcheck shell=bash
# containerd and Kubernetes' packages.

readonly KUBERNETES_PACKAGES=(kubelet kubeadm kubectl cri-tools kubernetes-cni)

kubernetes_packages() {
  local version=$HEADROOM_KUBERNETES_VERSION key=/etc/headroom/kubernetes.asc repository
  # shellcheck source=worker-version.sh
  if ! is_control_plane; then source "$HERE/worker-version.sh"; fi
  repository=https://pkgs.k8s.io/core:/stable:/v${version%.*}
  mkdir --parents /etc/headroom
  if have apt-get; then
    fetch "$RUN/key.asc" "$repository/deb/Release.key"
    verify_key "$RUN/key.asc"
    write_file "$key" 0644 <"$RUN/key.asc"
    echo "deb [signed-by=$key] $repository/deb/ /" | write_file /etc/apt/sources.list.d/kubernetes.list 0644
    install_packages "kubelet=$version-*" "kubeadm=$version-*" "kubectl=$version-*" cri-tools kubernetes-cni
    apt-mark hold "${KUBERNETES_PACKAGES[@]}"
  else
    fetch "$RUN/key.asc" "$repository/rpm/repodata/repomd.xml.key"
    verify_key "$RUN/key.asc"
    write_file "$key" 0644 <"$RUN/key.asc"
    write_file /etc/yum.repos.d/kubernetes.repo 0644 <<REPOSITORY
[kubernetes]
name=Kubernetes
baseurl=$repository/rpm/
enabled=1
gpgcheck=1
repo_gpgcheck=1
gpgkey=file://$key
exclude=${KUBERNETES_PACKAGES[*]}
REPOSITORY
    install_packages "kubelet-$version" "kubeadm-$version" "kubectl-$version" cri-tools kubernetes-cni
  fi
  systemctl enable kubelet.service
}

# containerd_config VERSION PAUSE_IMAGE: layouts of 1.x and 2.x. The folder of CNI plugins is written out: Debian's default is
# /usr/lib/cni, and kubernetes-cni has them elsewhere. bin_dirs is known from 2.1 on, where bin_dir is deprecated
# (containerd@v2.2.9 internal/cri/config/config.go).
containerd_config() {
  local runtime='plugins."io.containerd.grpc.v1.cri"' plugins='bin_dirs = ["/opt/cni/bin"]'
  case $1 in 1.* | 2.0*) plugins='bin_dir = "/opt/cni/bin"' ;; esac
  echo '# Headroom'
  if [[ $1 == 1.* ]]; then
    printf 'version = 2\n[%s]\nsandbox_image = "%s"\n' "$runtime" "$2"
  else
    runtime="plugins.'io.containerd.cri.v1.runtime'"
    printf "version = 3\n[plugins.'io.containerd.cri.v1.images'.pinned_images]\nsandbox = \"%s\"\n" "$2"
  fi
  printf '[%s.cni]\n%s\n' "$runtime" "$plugins"
  printf '[%s.containerd.runtimes.runc]\nruntime_type = "io.containerd.runc.v2"\n' "$runtime"
  printf '[%s.containerd.runtimes.runc.options]\nSystemdCgroup = true\n' "$runtime"
}

# at_least LEAST VERSION
at_least() { printf '%s\n' "$1" "$2" | sort --version-sort --check=quiet; }

# A containerd that others configured keeps its configuration; a package's default is replaced.
container_runtime() {
  local config=/etc/containerd/config.toml version pause
  if ! have containerd; then
    touch "$STATE/containerd-installed"
    install_packages containerd
  fi
  version=$(containerd --version | awk '{print $3}')
  version=${version#v}
  if ! at_least "$HEADROOM_CONTAINERD_AT_LEAST" "$version"; then
    echo "containerd is $version, Kubernetes $HEADROOM_KUBERNETES_VERSION needs $HEADROOM_CONTAINERD_AT_LEAST or later:" \
      'use an image or a package source that has it' >&2
    return 1
  fi
  if [[ ! -e $config || -e $STATE/containerd-installed ]] || grep --quiet '^# Headroom' "$config"; then
    pause=$(kubeadm config images list --kubernetes-version "$(kubeadm version --output short)" | grep /pause:)
    containerd_config "$version" "$pause" | write_file "$config" 0644
    containerd config dump >/dev/null
    systemctl restart containerd.service
  fi
  systemctl enable --now containerd.service
}
