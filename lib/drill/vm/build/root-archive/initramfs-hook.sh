#!/bin/sh
# initramfs-tools hook of the node image: drivers for every kind of root, whatever MODULES= says.
[ "${1:-}" = prereqs ] && exit 0
. /usr/share/initramfs-tools/hook-functions
manual_add_modules virtio_pci virtio_blk ext4 xfs dm_mod
