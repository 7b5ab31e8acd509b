# shellcheck shell=bash
# Package managers, and the agents by which AWS reaches the node.

install_packages() {
  if have apt-get; then
    export DEBIAN_FRONTEND=noninteractive
    retry apt-get -o DPkg::Lock::Timeout=300 --quiet update
    retry apt-get -o DPkg::Lock::Timeout=300 --quiet --yes --allow-change-held-packages install "$@"
    apt-get clean
  elif have dnf; then
    # Amazon Linux skips a repository whose signature is wrong, and would only miss the packages.
    retry dnf --assumeyes --quiet --disableexcludes=all --setopt=kubernetes.skip_if_unavailable=0 install "$@"
    dnf clean packages
  else
    echo "neither apt-get nor dnf: cannot install $*" >&2
    return 1
  fi
}

ssm_agent() {
  if ! have amazon-ssm-agent && ! systemctl cat snap.amazon-ssm-agent.amazon-ssm-agent.service >/dev/null 2>&1; then
    if have snap; then
      retry snap install amazon-ssm-agent --classic
    else
      install_packages amazon-ssm-agent
    fi
  fi
  local unit
  for unit in amazon-ssm-agent.service snap.amazon-ssm-agent.amazon-ssm-agent.service; do
    if systemctl cat "$unit" >/dev/null 2>&1; then
      systemctl enable --now "$unit"
      return 0
    fi
  done
  echo 'no unit found: assuming the image manages it'
}

# Measured from here on, so that no alarm takes a new node for silent. ConfigureAgent does the same, again and again.
# amazon-cloudwatch-agent@ab55b8d packaging/dependencies/amazon-cloudwatch-agent-ctl
cloudwatch_agent() {
  PATH=$PATH:/opt/aws/amazon-cloudwatch-agent/bin
  have amazon-cloudwatch-agent-ctl || install_cloudwatch_agent
  retry amazon-cloudwatch-agent-ctl -a append-config -m ec2 -s -c "ssm:/headroom/$HEADROOM_ENVIRONMENT/cloudwatch-agent/$HEADROOM_ROLE" ||
    echo 'the CloudWatch agent is not configured yet: State Manager will do it within half an hour'
}

install_cloudwatch_agent() {
  if ! have apt-get; then
    install_packages amazon-cloudwatch-agent
    return 0
  fi
  local suffix=amazonaws.com package=$RUN/amazon-cloudwatch-agent.deb url
  if [[ $HEADROOM_REGION == cn-* ]]; then suffix=amazonaws.com.cn; fi
  url=https://amazoncloudwatch-agent-$HEADROOM_REGION.s3.$HEADROOM_REGION.$suffix/ubuntu/$(dpkg --print-architecture)/latest/${package##*/}
  fetch "$package" "$url"
  fetch "$package.sig" "$url.sig"
  fetch "$RUN/agent.asc" https://amazoncloudwatch-agent.s3.amazonaws.com/assets/amazon-cloudwatch-agent.gpg
  # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/verify-CloudWatch-Agent-Package-Signature.html
  verify_key "$RUN/agent.asc" "${HEADROOM_AGENT_KEY:-937616F3450B7D806CBD9725D58167303B789C72}"
  verify_signature "$package.sig" "$package"
  install_packages "$package"
  rm --force "$package"
}

# SIGNATURE FILE, by RUN/key. apt brings one of the two; sqv (1.3, Debian 13) may refuse an old key that gpgv takes.
verify_signature() {
  if ! have gpgv && have sqv && sqv --keyring "$RUN/key" "$1" "$2"; then return 0; fi
  have gpgv || install_packages gpgv
  gpgv --quiet --keyring "$RUN/key" "$1" "$2"
}

aws_cli() {
  if have aws; then return 0; fi
  if have snap; then
    retry snap install aws-cli --classic
  else
    install_packages awscli
  fi
}
