#!/usr/bin/env bash
# Usage: unshare --mount --net --pid --fork --kill-child bash dnf-node.sh FOLDER LIBRARY MAIN SIZE <SCRIPT
# Runs SCRIPT as root on what looks like a new instance of Amazon Linux: this machine's root under an overlay in memory, with dnf
# and without apt-get and what a bootstrap installs. FOLDER/stand-in is what make-rpm-stand-in.sh made, LIBRARY this
# project's lib/, MAIN dnf.conf's [main],
# SIZE the disk's. On the loopback, whose names are all there is of the network, the stand-in answers.
set -o errexit -o nounset -o pipefail
readonly folder=$1 library=$2 main=$3 size=$4 memory=$1/memory root=$1/memory/root
mkdir --parents "$memory"
mount -t tmpfs -o "size=$size" tmpfs "$memory"
mkdir "$memory/upper" "$memory/work" "$root"
mount -t overlay -o "lowerdir=/,upperdir=$memory/upper,workdir=$memory/work" overlay "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"

rm --force "$root"/usr/{,local/}{bin,sbin}/{apt,apt-get,dpkg,snap,aws,containerd,crictl,kubeadm,kubectl,kubelet,amazon-*}
rm --recursive --force "$root"/etc/{apt,dnf,yum.repos.d,rpm,kubernetes,containerd,headroom} "$root"/var/{cache,lib,log}/dnf* \
  "$root"/var/lib/{rpm,headroom} "$root"/opt/aws
mkdir --parents "$root"/etc/{dnf/vars,yum.repos.d,rpm} "$root"/var/lib/rpm "$root"/srv/{stand-in,lib}
cp --recursive "$folder/stand-in/." "$root/srv/stand-in"
mount --bind "$library" "$root/srv/lib"
mount --options remount,bind,ro "$root/srv/lib"
echo '%_dbpath /var/lib/rpm' >"$root/etc/rpm/macros" # Debian has it at home
echo 2023 >"$root/etc/dnf/vars/releasever"
printf '[main]\n%b\n' "$main" >"$root/etc/dnf/dnf.conf"
cat >"$root/etc/yum.repos.d/amazonlinux.repo" <<'REPOSITORY'
[amazonlinux]
name=Amazon Linux
baseurl=https://cdn.amazonlinux.com/al2023/
gpgcheck=1
repo_gpgcheck=0
gpgkey=file:///srv/stand-in/amazon.asc
REPOSITORY
rm "$root/usr/bin/systemctl"
cat >"$root/usr/bin/systemctl" <<'SYSTEMCTL'
#!/bin/bash
echo "systemctl $*" >>/srv/stand-in/calls
[[ $1 != cat || ($2 == amazon-ssm-agent.service && -x /usr/bin/amazon-ssm-agent) ]]
SYSTEMCTL
chmod 0755 "$root/usr/bin/systemctl"

cat "$root/srv/stand-in/ca.crt" >>"$root/etc/ssl/certs/ca-certificates.crt"
rm --force "$root/etc/hosts" "$root/etc/resolv.conf"
echo '127.0.0.1 localhost pkgs.k8s.io cdn.amazonlinux.com' >"$root/etc/hosts"
ip link set lo up
for kind in web kubelet; do chroot "$root" python3 /srv/stand-in/server.py "$kind" >&2 & done
cat >"$root/srv/script" # not from standard input, which what it runs would read
for _ in {1..300}; do
  if (: </dev/tcp/127.0.0.1/443 && : </dev/tcp/127.0.0.1/10248) 2>/dev/null; then break; fi
  sleep 0.1
done
chroot "$root" bash /srv/script </dev/null
