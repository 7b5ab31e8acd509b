#!/usr/bin/env bash
# Usage: finish-disk.sh DISK ROOT_OFFSET GUEST_TREE PLAN KUBERNETES_DIRECTORY CNI_DIRECTORY
# As root. Makes a composed disk of the quick lab the real one's: Kubernetes' programs, the guest's files, and all images in
# containerd's store, which emulation would need minutes for. Leaves no loop device, no mount and no process behind.
set -o errexit -o nounset -o pipefail

readonly disk="$1" offset="$2" guest_tree="$3" plan="$4" kubernetes="$5" cni="$6"
readonly here="${BASH_SOURCE[0]%/*}"

if [[ "${HEADROOM_OWN_NAMESPACE:-}" != 1 ]]; then
  HEADROOM_OWN_NAMESPACE=1 exec unshare --mount --propagation private bash "${BASH_SOURCE[0]}" "$@"
fi

readonly root="${disk}.mount" scratch="${disk}.layers"
containerd=''
cleanup() {
  [[ -z "${containerd}" ]] || kill "${containerd}" 2> /dev/null || true # it has ended
  [[ -z "${containerd}" ]] || wait "${containerd}" || true # by the signal
  umount --recursive "${root}" 2> /dev/null || true # not mounted yet, or already unmounted
  rmdir "${root}" 2> /dev/null || true # never recursively: should an unmount have failed, that would empty the disk
  rm --recursive --force --one-file-system "${scratch}"
}
trap cleanup EXIT
trap 'exit 143' TERM INT HUP

mkdir --parents "${root}" "${scratch}"
chown --reference="${disk%/*}" "${scratch}" # who builds by sudo can delete what a killed build left
mount --options "loop,offset=${offset}" "${disk}" "${root}"

tar --create --directory "${guest_tree}" --owner 0 --group 0 --mode 'u=rwX,go=rX' . |
  tar --extract --directory "${root}" --no-overwrite-dir
install --mode 0755 "${kubernetes}/kubernetes" "${root}/usr/bin/kubernetes"
for name in kubeadm kubectl kubelet; do ln --symbolic kubernetes "${root}/usr/bin/${name}"; done
install --directory "${root}/opt/cni/bin"
install --mode 0755 --target-directory "${root}/opt/cni/bin" "${cni}"/*
rm --force "${root}/etc/containerd/config.toml" # the bootstrap writes its own where there is none

readonly images="${root}/usr/local/lib/headroom-drill/images"
rm --force "${images}"/{pause,etcd,kube-apiserver,kube-controller-manager,kube-scheduler}.tar # stand-ins

mount -t proc proc "${root}/proc"
mount -t tmpfs tmpfs "${root}/run"
mount -t tmpfs tmpfs "${root}/tmp"
mount -t tmpfs tmpfs "${root}/dev"
mknod --mode 666 "${root}/dev/null" c 1 3
mknod --mode 666 "${root}/dev/zero" c 1 5
mknod --mode 666 "${root}/dev/urandom" c 1 9
mkdir --parents "${root}/run/import"
cat > "${root}/run/import/config.toml" << 'CONFIG'
version = 2
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt", "io.containerd.tracing.processor.v1.otlp", "io.containerd.internal.v1.tracing"]
CONFIG
chroot "${root}" containerd --config /run/import/config.toml --root /var/lib/containerd --state /run/import/state \
  --address /run/import/socket > "${disk}.containerd.log" 2>&1 &
containerd=$!
ctr() { chroot "${root}" ctr --address /run/import/socket --namespace k8s.io "$@"; }
for tries in {1..60}; do
  ctr version > /dev/null 2>&1 && break
  [[ "${tries}" -lt 60 ]] || { tail --lines 20 "${disk}.containerd.log" >&2; exit 1; }
  sleep 0.5
done
for archive in "${images}"/*.tar; do
  ctr images import - < "${archive}" > /dev/null
  rm --force "${archive}"
done
python3 "${here}/make-images.py" "${plan}" "${root}" "${scratch}" | ctr images import - > /dev/null
# Pinned: the sandbox's image, as the CRI does when it pulls it (containerd@v2.2.9 internal/cri/labels/labels.go), and the
# workload's, which no registry has.
names="$(ctr images list --quiet | grep --extended-regexp '/(pause|app-in-use):')"
for image in ${names}; do
  ctr images label "${image}" io.cri-containerd.pinned=pinned > /dev/null
done
kill "${containerd}"
wait "${containerd}" || true # by the signal
containerd=''
rm --force "${disk}.containerd.log"
chroot "${root}" systemctl --quiet enable drill-net.service drill-cpus.service
umount --recursive "${root}"
