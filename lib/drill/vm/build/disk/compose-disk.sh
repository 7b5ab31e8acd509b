#!/usr/bin/env bash
# Usage: compose-disk.sh ROOT_TAR GUEST_TREE CRICTL OUTPUT_RAW DISK_BYTES ext4|xfs LAYOUT OWNER [OVERLAY_DIRECTORY]
# As root. Writes a raw disk whose root filesystem is ROOT_TAR plus the guest's files. LAYOUT says where root lies:
#   partition         on the last partition of a GPT
#   partition-behind  on a partition with a swap partition right behind it
#   lvm               on a logical volume, whose physical volume is the last partition of a GPT
#   whole-disk        on the bare disk
# Leaves no loop device and no mount behind, also when it is killed: the mount namespace is its own.
set -o errexit -o nounset -o pipefail

readonly root_tar="$1" guest_tree="$2" crictl="$3" disk="$4" disk_bytes="$5" fs="$6" layout="$7" owner="$8"
readonly overlay="${9:-}"
readonly here="${BASH_SOURCE[0]%/*}"

if [[ "${HEADROOM_OWN_NAMESPACE:-}" != 1 ]]; then
  HEADROOM_OWN_NAMESPACE=1 exec unshare --mount --propagation private bash "${BASH_SOURCE[0]}" "$@"
fi

readonly root="${disk}.mount"
loop=''
cleanup() {
  if [[ -n "${loop}" ]]; then
    umount --recursive "${root}" 2> /dev/null || true # not mounted yet, or already unmounted
    losetup --detach "${loop}" 2> /dev/null || true # detached by the last unmount
  fi
  rmdir "${root}" 2> /dev/null || true # never recursively: should an unmount have failed, that would empty the disk
}
trap cleanup EXIT
trap 'exit 143' TERM INT HUP

mkdir --parents "${root}"
rm --force "${disk}"
truncate --size "${disk_bytes}" "${disk}"
readonly mib=1048576
readonly swap_bytes=$((256 * mib))
# From 1 MiB on, and 1 MiB short of the end, where the backup table lives.
offset="${mib}"
size=$((disk_bytes - 2 * mib))
device=/dev/vda1
swap=''
partition_table() { # TYPE [LINE]
  printf 'label: gpt\nstart=2048, size=%d, type=%s, name=root\n%s\n' $((size / 512)) "$1" "${2:-}" | sfdisk --quiet "${disk}"
}
attach() { losetup --find --show --offset "${offset}" --sizelimit "${size}" "${disk}"; }

case "${layout}" in
  whole-disk) offset=0 size="${disk_bytes}" device=/dev/vda ;;
  partition) partition_table L ;;
  partition-behind)
    size=$((size - swap_bytes))
    partition_table L "start=$(((offset + size) / 512)), size=$((swap_bytes / 512)), type=S, name=swap"
    swap="$(losetup --find --show --offset $((offset + size)) --sizelimit "${swap_bytes}" "${disk}")"
    mkswap --label swap "${swap}" > /dev/null
    losetup --detach "${swap}"
    swap='LABEL=swap none swap defaults,nofail 0 0'
    ;;
  lvm)
    device=/dev/mapper/drill-root
    partition_table V
    loop="$(attach)"
    # No device mapper is needed: nothing is activated here, and the volume's one segment begins at a known offset.
    lvm_offline() {
      lvm "$@" --driverloaded n --devices "${loop}" --config 'backup { backup = 0 archive = 0 }' --quiet > /dev/null
    }
    lvm_offline pvcreate --dataalignment 1m "${loop}"
    lvm_offline vgcreate drill "${loop}"
    lvm_offline lvcreate --activate n --zero n --wipesignatures n --name root --extents 100%FREE drill
    extents=$(((size - mib) / (4 * mib)))
    losetup --detach "${loop}"
    offset=$((offset + mib)) size=$((extents * 4 * mib))
    ;;
  *) echo "unknown layout ${layout}" >&2; exit 2 ;;
esac

loop="$(attach)"
case "${fs}" in
  ext4) mkfs.ext4 -q -E lazy_itable_init=0,lazy_journal_init=0 -L root "${loop}" ;;
  xfs) mkfs.xfs -q -L root "${loop}" ;;
  *) echo "unknown filesystem ${fs}" >&2; exit 2 ;;
esac
mount "${loop}" "${root}"
losetup --detach "${loop}" # for good at the unmount

tar --extract --file "${root_tar}" --directory "${root}" --numeric-owner --xattrs
copy_tree() { # SOURCE; modes as a fresh clone has them, whatever the umask of this one was
  tar --create --directory "$1" --owner 0 --group 0 --mode 'u=rwX,go=rX' . |
    tar --extract --directory "${root}" --no-overwrite-dir
}
copy_tree "${guest_tree}"
install --mode 0755 "${crictl}" "${root}/usr/local/bin/crictl"
printf '%s / %s defaults 0 0\n%s\n' "${device}" "${fs}" "${swap}" > "${root}/etc/fstab"
printf 'drill-node\n' > "${root}/etc/hostname"
printf '127.0.0.1 localhost drill-node\n' > "${root}/etc/hosts"
: > "${root}/etc/resolv.conf" # the build host's is of no use here, and private

busybox="${root}/bin/busybox"
[[ -x "${busybox}" ]] || busybox="${root}/usr/bin/busybox"
readonly images="${root}/usr/local/lib/headroom-drill/images"
mkdir --parents "${images}"
make_image() { bash "${here}/container-image.sh" "registry.invalid/$1" "$2" "${busybox}" "${images}/$3.tar"; }
make_image pause:3.10 0 pause
make_image kube-apiserver:v1.36.0 8 kube-apiserver
make_image kube-controller-manager:v1.36.0 1 kube-controller-manager
make_image kube-scheduler:v1.36.0 1 kube-scheduler
make_image etcd:3.6.8-0 1 etcd
make_image app-in-use:1.0 8 app-in-use
make_image app-old:0.8 24 app-old-08
make_image app-old:0.9 24 app-old-09
make_image batch-job:2.1 16 batch-job

# What reclaiming finds on a node that has lived for a while: package cache and rotated logs.
mkdir --parents "${root}/var/cache/apt/archives"
for package in linux-image-6.1.0-31 linux-image-6.1.0-32 linux-headers-6.1.0-32; do
  head --bytes 16M /dev/urandom > "${root}/var/cache/apt/archives/${package}_6.1.129-1_amd64.deb"
done
for number in 2 3 4; do
  head --bytes 12M /dev/urandom > "${root}/var/log/syslog.${number}.gz"
  touch --date "${number} weeks ago" "${root}/var/log/syslog.${number}.gz"
done
head --bytes 12M /dev/urandom > "${root}/var/log/syslog.1"
touch --date '8 days ago' "${root}/var/log/syslog.1"

mkdir --parents "${root}/var/log/journal" "${root}/var/lib/kubelet/pods" "${root}/etc/kubernetes/manifests"
systemd-machine-id-setup --root "${root}" > /dev/null 2>&1 || head --bytes 16 /dev/urandom | od --address-radix n \
  --format x1 | tr --delete ' \n' > "${root}/etc/machine-id"
mount -t proc proc "${root}/proc" # systemctl looks into it
chroot "${root}" systemctl --quiet enable containerd.service amazon-ssm-agent.service
# Timers that would clean, or write, at a moment of their own choosing.
chroot "${root}" systemctl --quiet mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer fstrim.timer \
  e2scrub_all.timer e2scrub_reap.service logrotate.timer systemd-tmpfiles-clean.timer man-db.timer motd-news.timer \
  xfs_scrub_all.timer serial-getty@ttyS0.service systemd-networkd-wait-online.service
umount "${root}/proc"

[[ -z "${overlay}" ]] || copy_tree "${overlay}"

umount "${root}"
loop=''
chown "${owner}" "${disk}"
