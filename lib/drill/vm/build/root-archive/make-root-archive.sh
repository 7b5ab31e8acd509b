#!/usr/bin/env bash
# Usage: make-root-archive.sh SUITE MIRROR COMPONENTS PACKAGES OUTPUT_DIRECTORY OWNER [APT_OPTION...]
# As root. Writes root.tar, and the kernel and initial RAM disk out of it, into OUTPUT_DIRECTORY, owned by OWNER (UID:GID).
set -o errexit -o nounset -o pipefail

readonly suite="$1" mirror="$2" components="$3" packages="$4" output="$5" owner="$6"
readonly here="${BASH_SOURCE[0]%/*}"
shift 6

options=()
for option in "$@"; do
  options+=("--aptopt=${option}")
done

# The hook is there before the kernel is, so that its first initial RAM disk can mount both kinds of root.
# shellcheck disable=SC2016 # $1 is expanded by mmdebstrap's shell
mmdebstrap --quiet --variant=minbase --components="${components}" --include="${packages}" "${options[@]}" \
  --essential-hook='mkdir --parents "$1/etc/initramfs-tools/hooks"' \
  --essential-hook="upload ${here}/initramfs-hook.sh /etc/initramfs-tools/hooks/headroom" \
  --essential-hook='chmod 0755 "$1/etc/initramfs-tools/hooks/headroom"' \
  "${suite}" "${output}/root.tar" "${mirror}"

tar --extract --file "${output}/root.tar" --directory "${output}" --wildcards './boot/vmlinuz-*' './boot/initrd.img-*'
mv "${output}"/boot/vmlinuz-* "${output}/kernel"
mv "${output}"/boot/initrd.img-* "${output}/initrd"
rmdir "${output}/boot"
chown --recursive "${owner}" "${output}"
chmod --recursive u=rwX,go=rX "${output}"
