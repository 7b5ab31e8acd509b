#!/usr/bin/env bash
# Usage: make-stand-in.sh FOLDER
# Makes /srv/stand-in of the guest in FOLDER: an apt repository of stand-in packages, signed by a key that is thrown away,
# a certificate authority and a server's certificate. Prints the key's fingerprint.
set -o errexit -o nounset -o pipefail
readonly folder=$1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here
readonly repository=$folder/web/pkgs.k8s.io/core:/stable:/v1.36/deb
work=$(mktemp --directory)
trap 'rm --recursive --force "$work"' EXIT
# shellcheck source=trust.sh
source "$here/trust.sh"
mkdir --parents "$repository"
cp "$here"/guest/* "$folder"

package() { # NAME VERSION [FILE TARGET MODE]...
  local root=$work/$1-$2 name=$1 version=$2
  shift 2
  mkdir --parents "$root/DEBIAN"
  printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: test\nDescription: stand-in\n' "$name" "$version" >"$root/DEBIAN/control"
  while [[ $# -gt 0 ]]; do
    install -D --mode "$3" "$1" "$root$2"
    shift 3
  done
  dpkg-deb --build --root-owner-group -Zgzip "$root" "$repository/${name}_$version.deb" >/dev/null
}

printf '[Service]\nExecStart=/usr/bin/kubelet\nRestart=always\nRestartSec=10\n[Install]\nWantedBy=multi-user.target\n' >"$work/kubelet.service"
for version in 1.36.2-1.1 1.36.3-1.1 1.36.4-1.1; do
  package kubeadm "$version" "$here/stand-ins/kubeadm" /usr/bin/kubeadm 0755
  package kubectl "$version" "$here/stand-ins/kubectl" /usr/bin/kubectl 0755
  package kubelet "$version" "$here/stand-ins/kubelet" /usr/bin/kubelet 0755 "$work/kubelet.service" /usr/lib/systemd/system/kubelet.service 0644
done
package cri-tools 1.36.0-1.1
package kubernetes-cni 1.8.0-1.1
package awscli 2.0-1 "$here/stand-ins/aws" /usr/bin/aws 0755
package amazon-cloudwatch-agent 1.0-1 /bin/true /usr/bin/amazon-cloudwatch-agent-ctl 0755
agent=$folder/web/amazoncloudwatch-agent-eu-central-1.s3.eu-central-1.amazonaws.com/ubuntu/amd64/latest
mkdir --parents "$agent"
mv "$repository"/amazon-cloudwatch-agent_*.deb "$agent/amazon-cloudwatch-agent.deb"

cd "$repository"
for file in *.deb; do
  dpkg-deb --field "$file"
  printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "$file" "$(stat --format=%s "$file")" "$(sha256sum "$file" | cut --delimiter ' ' --fields 1)"
done >Packages
printf 'Origin: test\nDate: %s\nSHA256:\n %s %s Packages\n' "$(date --utc '+%a, %d %b %Y %H:%M:%S UTC')" \
  "$(sha256sum Packages | cut --delimiter ' ' --fields 1)" "$(stat --format=%s Packages)" >Release

make_key test
gpg --batch --quiet --digest-algo SHA512 --clearsign --output InRelease Release
gpg --armor --export >Release.key
gpg --batch --quiet --detach-sign "$agent/amazon-cloudwatch-agent.deb"
assets=$folder/web/amazoncloudwatch-agent.s3.amazonaws.com/assets
mkdir --parents "$assets"
cp Release.key "$assets/amazon-cloudwatch-agent.gpg"
end_keys
make_certificates "$folder"
fingerprint "$repository/Release.key"
