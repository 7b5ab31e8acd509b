# shellcheck shell=bash
# Join secrets, by SecureString parameters with short lives: never in an argument, a log or a file outside /run. They are below a
# path of this creation of the stack, so what a former cluster of the same name left there is not seen.
#   worker         {endpoint, token, caCertHash, expiresAt}: 24 h, renewed by a control plane's timer from 12 h on
#   control-plane  {endpoint, certificateKey, expiresAt}: 2 h, after init or when {endpoint, wantedBy, expiresAt} asks for it
#   cluster        {endpoint, initialisedBy}: plain text, the stack's; no second cluster is initialised while the first is down

kube() { kubectl --kubeconfig=/etc/kubernetes/admin.conf --cache-dir=/run/headroom-kubectl --request-timeout=30s "$@"; }
in_hours() { date --utc --date="+$1 hours" +%Y-%m-%dT%H:%M:%SZ; }
field() { if [[ $2 =~ \"$1\":\"([^\"]*)\" ]]; then printf '%s' "${BASH_REMATCH[1]}"; fi; } # NAME JSON

# parameter NAME: prints its value. Returns 4 when there is none, 1 when that cannot be told.
parameter() {
  local error=$RUN/aws-error.$BASHPID status=1
  aws ssm get-parameter --region "$HEADROOM_REGION" --name "$HEADROOM_JOIN_PARAMETERS/$1" --with-decryption \
    --query Parameter.Value --output text 2>"$error" && status=0
  if [[ $status -ne 0 ]] && grep --quiet ParameterNotFound "$error"; then status=4; fi
  if [[ $status -eq 1 ]]; then cat "$error" >&2; fi
  rm --force "$error"
  return "$status"
}

# put_parameter NAME JSON [EXPIRES_AT]: a secret, which has an end, or plain text
put_parameter() {
  local file=$RUN/put.json kind='"Type":"String"' policies
  if [[ -n ${3:-} ]]; then
    policies='[{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"'$3'"}}]'
    kind='"Type":"SecureString","KeyId":"'$HEADROOM_KMS_KEY_ID'","Tier":"Advanced","Policies":"'${policies//\"/\\\"}'"'
  fi
  (umask 077 && printf '{"Name":"%s",%s,"Overwrite":true,"Value":"%s"}' \
    "$HEADROOM_JOIN_PARAMETERS/$1" "$kind" "${2//\"/\\\"}" >"$file")
  retry aws ssm put-parameter --region "$HEADROOM_REGION" --cli-input-json "file://$file" >/dev/null
  rm --force "$file"
}

# usable JSON SECONDS: whether it is of this cluster and good for so long; says in `why` why not.
usable() {
  local endpoint ends
  endpoint=$(field endpoint "$1") ends=$(field expiresAt "$1")
  if [[ -z $1 ]]; then
    why='there is none'
  elif [[ $endpoint != "$HEADROOM_API_ENDPOINT" ]]; then
    why="it belongs to another cluster, at $endpoint"
  elif (($(date --date="${ends:-@0}" +%s) - $(date +%s) < $2)); then
    why="it expired at $ends"
  else
    return 0
  fi
  return 1
}

# await NAME FIELD: prints the parameter once it is usable and has the field, until `deadline`. A certificate key is asked for.
await() {
  local json why said='' ends
  while :; do
    why='it cannot be read'
    json=$(parameter "$1") || [[ $? -eq 4 ]] || json=unread
    if [[ $json != unread ]]; then
      if usable "$json" 300 && why='its certificate key was asked for' && [[ -n $(field "$2" "$json") ]]; then
        printf '%s' "$json"
        return 0
      fi
      if [[ $1 == control-plane && $why != *'asked for' ]]; then
        ends=$(in_hours 2)
        put_parameter "$1" "{\"endpoint\":\"$HEADROOM_API_ENDPOINT\",\"wantedBy\":\"$node\",\"expiresAt\":\"$ends\"}" "$ends"
      fi
    fi
    if [[ $why != "$said" ]]; then echo "waiting for the parameter $HEADROOM_JOIN_PARAMETERS/$1: $why" >&2; fi
    said=$why
    if ((SECONDS >= deadline)); then
      echo "cannot join: the parameter $HEADROOM_JOIN_PARAMETERS/$1 did not become usable in time: $why." \
        "Is a control plane up at $HEADROOM_API_ENDPOINT?" >&2
      return 1
    fi
    sleep "${HEADROOM_POLL_SECONDS:-10}"
  done
}

publish_token() {
  local token hash ends
  token=$(kubeadm token create --kubeconfig /etc/kubernetes/admin.conf --ttl 24h --description Headroom)
  hash=$(openssl x509 -pubkey -noout -in /etc/kubernetes/pki/ca.crt | openssl pkey -pubin -outform der | sha256sum)
  ends=$(in_hours 24)
  put_parameter worker "{\"endpoint\":\"$HEADROOM_API_ENDPOINT\",\"token\":\"$token\",\"caCertHash\":\"sha256:${hash%% *}\",\"expiresAt\":\"$ends\"}" "$ends"
  echo "join token renewed until $ends"
}

publish_certificates() {
  local key ends config=$RUN/certificates.yaml
  key=$(od --address-radix=n --format=x1 --read-bytes=32 /dev/urandom | tr --delete ' \n')
  (umask 077 && printf 'apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\ncertificateKey: %s\n---
apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: %s\n' "$key" "$(kubeadm version --output short)" >"$config")
  kubeadm init phase upload-certs --upload-certs --skip-certificate-key-print --config "$config"
  rm --force "$config"
  ends=$(in_hours 2)
  put_parameter control-plane "{\"endpoint\":\"$HEADROOM_API_ENDPOINT\",\"certificateKey\":\"$key\",\"expiresAt\":\"$ends\"}" "$ends"
  echo "certificates uploaded for joining control planes until $ends"
}

# One member acts: of those that are Ready, or of all, the first by name.
is_leader() {
  local nodes
  nodes=$(kube get nodes --selector=node-role.kubernetes.io/control-plane \
    --output=jsonpath='{range .items[*]}{.metadata.name} {.status.conditions[?(@.type=="Ready")].status}{"\n"}{end}' |
    awk '{print ($2 != "True"), $1}' | sort)
  read -r _ nodes <<<"$nodes"
  [[ $nodes == "$(imds instance-id)" ]]
}

# Every two minutes on each control plane: two reads, and seldom more.
refresh_join() {
  local token certificates why token_due=false asked=false
  token=$(parameter worker) || [[ $? -eq 4 ]]
  certificates=$(parameter control-plane) || [[ $? -eq 4 ]]
  usable "$token" 43200 || token_due=true
  if [[ -n $(field wantedBy "$certificates") ]] && usable "$certificates" 0; then asked=true; fi
  [[ $token_due$asked == *true* ]] || return 0
  is_leader || return 0
  if [[ $token_due == true ]]; then publish_token; fi
  if [[ $asked == true ]]; then publish_certificates; fi
}

# On a new cluster's first member everything is due; whoever joined it later leaves that to the timer.
join_parameters() {
  is_control_plane && [[ -e /etc/kubernetes/admin.conf ]] || return 0
  local published
  if [[ -e $STATE/initialiser ]]; then
    published=$(parameter cluster) || [[ $? -eq 4 ]]
    if [[ $(field endpoint "$published") != "$HEADROOM_API_ENDPOINT" ]]; then
      publish_token
      publish_certificates
      put_parameter cluster "{\"endpoint\":\"$HEADROOM_API_ENDPOINT\",\"initialisedBy\":\"$(imds instance-id)\"}"
    fi
  fi
  systemctl enable --now headroom-join.timer
}
