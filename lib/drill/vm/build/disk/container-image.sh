#!/usr/bin/env bash
# Usage: container-image.sh NAME:TAG PAYLOAD_MIB BUSYBOX OUTPUT_TAR
# Writes a docker-archive image with one uncompressed layer: busybox, /www/readyz, /www/health and PAYLOAD_MIB of random bytes.
set -o errexit -o nounset -o pipefail

readonly name="$1" payload_mib="$2" busybox="$3" output="$4"
work="$(mktemp --directory "${output}.XXXXXX")"
readonly work
trap 'rm --recursive --force "${work}"' EXIT

mkdir --parents "${work}/root/bin" "${work}/root/www" "${work}/image"
install --mode 0755 "${busybox}" "${work}/root/bin/busybox"
printf 'ok' > "${work}/root/www/readyz"
printf '{"health":"true"}' > "${work}/root/www/health"
printf '%s' "${name}" > "${work}/root/name"
head --bytes "${payload_mib}M" /dev/urandom > "${work}/root/payload"

tar --create --file "${work}/image/layer.tar" --directory "${work}/root" --owner 0 --group 0 --numeric-owner .
layer="$(sha256sum "${work}/image/layer.tar" | cut --delimiter ' ' --fields 1)"
printf '{"architecture":"amd64","os":"linux","config":{"Entrypoint":["/bin/busybox","sleep","1000000000"]},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]},"history":[{"created_by":"headroom drill"}]}' \
  "${layer}" > "${work}/image/config.json"
printf '[{"Config":"config.json","RepoTags":["%s"],"Layers":["layer.tar"]}]' "${name}" > "${work}/image/manifest.json"
tar --create --file "${output}" --directory "${work}/image" manifest.json config.json layer.tar
