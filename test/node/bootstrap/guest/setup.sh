#!/usr/bin/env bash
# Usage: setup.sh INSTANCE_ID INDEX HOST...
# As root in the drill's VM: takes back what makes its image a member of a cluster, and puts up what a new instance meets
# in AWS. HOSTs are the names that the stand-in answers for. INDEX 0 has no such tag.
set -o errexit -o nounset -o pipefail
readonly instance=$1 index=$2 state=/srv/stand-in
shift 2

systemctl disable --now kubelet.service 2>/dev/null
for pod in $(crictl pods --quiet); do crictl rmp --force "$pod" >/dev/null; done
rm --recursive --force /etc/systemd/system/kubelet.service /etc/kubernetes /usr/local/bin/amazon-cloudwatch-agent-ctl \
  /etc/containerd/config.toml /etc/apt/sources.list /etc/apt/sources.list.d/* /var/lib/kubelet/* /var/lib/etcd

metadata=$state/metadata/latest/meta-data
mkdir --parents "$metadata/placement" "$metadata/tags/instance"
printf '%s' "$instance" | tee "$state/instance-id" >"$metadata/instance-id"
printf 10.0.0.7 >"$metadata/local-ipv4"
printf eu-central-1b >"$metadata/placement/availability-zone"
if [[ $index != 0 ]]; then printf '%s' "$index" >"$metadata/tags/instance/headroom:index"; fi

cat "$state/ca.crt" >>/etc/ssl/certs/ca-certificates.crt
printf '127.0.0.1 %s\n' "$@" >>/etc/hosts
for kind in web metadata api; do
  cat >"/etc/systemd/system/stand-in-$kind.service" <<UNIT
[Unit]
Before=headroom-bootstrap.service
[Service]
ExecStartPre=-/usr/sbin/ip address add 169.254.169.254/32 dev lo
ExecStart=/usr/bin/python3 $state/server.py $kind
[Install]
WantedBy=multi-user.target
UNIT
done
systemctl daemon-reload
systemctl enable --now stand-in-web.service stand-in-metadata.service
