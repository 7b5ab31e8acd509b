#!/usr/bin/env bash
# Usage: make-rpm-stand-in.sh FOLDER
# Makes /srv/stand-in of dnf-node.sh in FOLDER: what pkgs.k8s.io and Amazon's repository would serve, signed by keys that are
# thrown away, a certificate authority and a server's certificate. variants/ has repositories to put in the place of 1.36's.
# Prints the fingerprint of the key of pkgs.k8s.io.
set -o errexit -o nounset -o pipefail
readonly folder=$1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here
readonly stable=$folder/web/pkgs.k8s.io/core:/stable: amazon=$folder/web/cdn.amazonlinux.com/al2023 variants=$folder/variants
for program in dnf rpmbuild rpmsign createrepo_c gpg gpg-agent openssl ip; do
  command -v "$program" >/dev/null || { echo "$program is missing; npm run setup:test installs it" >&2 && exit 1; }
done
work=$(mktemp --directory)
trap 'rm --recursive --force "$work"' EXIT
# shellcheck source=trust.sh
source "$here/trust.sh"
export HOME=$work GPG_TTY=none # rpm would keep a database at home
mkdir --parents "$work/built" "$folder" "$variants"
cp "$here"/guest/server.py "$folder"

program() { # NAME: from standard input
  (echo '#!/bin/sh' && cat) >"$work/files/$1"
  chmod 0755 "$work/files/$1"
}

# build VERSION: the packages of $work/spec, with the programs in $work/files, as pkgs.k8s.io numbers its releases.
build() {
  rpmbuild --quiet -bb --define "_topdir $work/rpmbuild" --define "_rpmdir $work/built" --define "programs $work/files" \
    --define '_build_name_fmt %%{NAME}-%%{VERSION}-%%{RELEASE}.rpm' --define "release_of $1" "$work/spec" >"$work/log" 2>&1 ||
    { cat "$work/log" >&2 && return 1; }
}

package() { # NAME REQUIRES [PROGRAM]
  printf '%%package -n %s\nSummary: stand-in\n' "$1"
  printf 'AutoReqProv: no\n%s' "${2:+Requires: $2$'\n'}"
  printf '%%description -n %s\nstand-in\n%%files -n %s\n%s\n' "$1" "$1" "${3:+/usr/bin/$3}"
}

spec() { # PACKAGES from standard input; what is left in $work/files is installed
  local packages
  packages=$(cat)
  cat >"$work/spec" <<SPEC
Name: stand-in
Version: %{release_of}
Release: 150500.1.1
Summary: stand-in
License: none
BuildArch: noarch
AutoReqProv: no
%description
stand-in
%install
mkdir --parents %{buildroot}/usr/bin
cp %{programs}/* %{buildroot}/usr/bin 2>/dev/null || true
$packages
SPEC
}

kubernetes() { # VERSION CRI_TOOLS_AT_LEAST
  rm --recursive --force "$work/files" && mkdir "$work/files"
  program kubelet <<<"echo 'Kubernetes v$1'"
  program kubectl <<<"echo 'Client Version: v$1'"
  program kubeadm <<PROGRAM
case "\$1 \$2" in
  'version --output') echo v$1 ;;
  'config images') echo registry.k8s.io/pause:3.10.1 ;;
  *) echo "kubeadm $1: \$*" >>/srv/stand-in/calls ;;
esac
PROGRAM
  { package kubelet kubernetes-cni kubelet && package kubectl '' kubectl && package kubeadm "cri-tools >= $2" kubeadm; } | spec
  build "$1"
}

others() { # VERSION NAME...: packages without a dependency, each with a program of its name, or of the one after a colon
  local version=$1 each
  shift
  rm --recursive --force "$work/files" && mkdir "$work/files"
  for each in "$@"; do program "${each#*:}" <<<"echo '${each#*:} v$version' 'v$version'"; done
  for each in "$@"; do package "${each%:*}" '' "${each#*:}"; done | spec
  build "$version"
}

for version in 1.36.2 1.36.3 1.36.4 1.36.5; do kubernetes "$version" 1.36.0; done
for version in 1.37.0 1.37.1; do kubernetes "$version" 1.37.0; done
others 1.36.0 cri-tools:crictl
others 1.37.0 cri-tools:crictl
others 1.8.0 kubernetes-cni:loopback
others 2.0.0 awscli:aws amazon-cloudwatch-agent:amazon-cloudwatch-agent-ctl amazon-ssm-agent containerd

# repository FOLDER NAME-VERSION...: of these packages as they are now; metadata signed by the present key.
repository() {
  local to=$1 each
  shift
  mkdir --parents "$to"
  for each in "$@"; do cp "$work/built/$each"-*.rpm "$to"; done
  createrepo_c --quiet --no-database "$to"
  gpg --batch --quiet --armor --detach-sign "$to/repodata/repomd.xml"
  gpg --armor --export >"$to/repodata/repomd.xml.key"
}
sign() { rpmsign --define '__gpg /usr/bin/gpg' --define "_gpg_name $1@example.com" --addsign "${@:2}" >/dev/null; }
release() { printf '%s\n' "kubelet-$1" "kubeadm-$1" "kubectl-$1"; }

make_key kubernetes
readonly home=$GNUPGHOME common=(cri-tools-1.36.0 kubernetes-cni-1.8.0)
mapfile -t v36 < <(release 1.36.2 && release 1.36.3 && release 1.36.4)
repository "$variants/unsigned" "${v36[@]}" "${common[@]}"
make_key amazon
sign amazon "$work"/built/*
repository "$amazon" awscli-2.0.0 amazon-cloudwatch-agent-2.0.0 amazon-ssm-agent-2.0.0 containerd-2.0.0
gpg --armor --export >"$folder/amazon.asc"
GNUPGHOME=$home repository "$variants/signed-by-another" "${v36[@]}" "${common[@]}"
export GNUPGHOME=$home
sign kubernetes "$work"/built/*
repository "$stable/v1.36/rpm" "${v36[@]}" "${common[@]}"
mapfile -t later < <(release 1.36.5)
repository "$variants/later" "${v36[@]}" "${later[@]}" "${common[@]}"
mapfile -t v37 < <(release 1.37.0 && release 1.37.1)
repository "$stable/v1.37/rpm" "${v37[@]}" cri-tools-1.37.0 kubernetes-cni-1.8.0
end_keys
make_certificates "$folder"
fingerprint "$stable/v1.36/rpm/repodata/repomd.xml.key"
