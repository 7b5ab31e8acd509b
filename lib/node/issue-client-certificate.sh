#!/usr/bin/env bash
# Lets the cluster sign a certificate for an operator's client, from a request whose key never leaves the operator's
# machine. Runs on a control-plane node. The same request again gives the same certificate.
#
# Usage: issue-client-certificate.sh [--dry-run] [--help]
#   HEADROOM_REQUEST             the certificate signing request, DER in base64; none ends with exit 2 (default none)
#   HEADROOM_EXPIRATION_SECONDS  how long it is valid, 600-86400; the cluster may make it shorter (default 28800)
#   HEADROOM_DRY_RUN             true: only check the request (default false)
# Output: one JSON line with user, group, certificate and authority (DER in base64; nothing in it is secret). With both it
#   is longer than other scripts' lines: it is read by GetCommandInvocation, never by Automation.
# Exit: 0 ok, 1 not issued, 2 bad setting, 3 refused: the request asks for another user or group than allowed.
set -o errexit -o nounset -o pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh" # headroom:include

begin issue-client-certificate "$@"
LINE_LIMIT=20000 # GetCommandInvocation keeps 24,000
text_setting REQUEST none '^(none|[A-Za-z0-9+/]{100,4000}={0,2})$'
setting EXPIRATION_SECONDS 28800 600 86400

readonly KUBECONFIG_FILE="$PREFIX/etc/kubernetes/admin.conf"
readonly AUTHORITY_FILE="$PREFIX/etc/kubernetes/pki/ca.crt"
# Never system:…, which the API server and its components use among themselves.
readonly SUBJECT='^subject=CN=(headroom:[A-Za-z0-9@._-]{1,55}),O=(kubeadm:cluster-admins|headroom:[a-z0-9-]{1,40})$'

if [[ $REQUEST == none ]]; then bad_usage 'HEADROOM_REQUEST is not set'; fi
if ! has openssl; then fail 'openssl is not installed'; fi

FOLDER=$(mktemp --directory /run/headroom-certificate.XXXXXX)
leave() {
  local code=$1
  rm --recursive --force -- "$FOLDER"
  on_exit "$code" "$2"
}
trap 'leave $? $LINENO' EXIT
deadline_in 90

base64 --decode <<<"$REQUEST" >"$FOLDER/request.der" || bad_usage 'HEADROOM_REQUEST is not base64'
# Before 3.1 openssl tells of a signature that does not fit, and ends with 0.
if ! seen=$(bounded openssl req -inform DER -in "$FOLDER/request.der" -noout -verify -subject -nameopt RFC2253 2>&1) ||
  ! grep --quiet --extended-regexp '(^|self-signature )verify OK$' <<<"$seen"; then
  refuse 'HEADROOM_REQUEST is not a certificate signing request signed with its own key'
fi
subject=$(grep '^subject=' <<<"$seen")
[[ $subject =~ $SUBJECT ]] || refuse "the request is for '$subject'; it must match $SUBJECT"
readonly USER_NAME=${BASH_REMATCH[1]} GROUP_NAME=${BASH_REMATCH[2]}
identity() { printf '"user":%s,"group":%s' "$(json_string "$USER_NAME" 80)" "$(json_string "$GROUP_NAME" 60)"; }
if [[ $DRY_RUN == true ]]; then
  emit_result true '' "$(identity)"
  exit 0
fi

if ! has kubectl; then fail 'kubectl is not installed: is this a control-plane node?' "$(identity)"; fi
if [[ ! -r $KUBECONFIG_FILE ]]; then fail "$KUBECONFIG_FILE does not exist: is this a control-plane node?" "$(identity)"; fi
if [[ ! -r $AUTHORITY_FILE ]]; then fail "$AUTHORITY_FILE does not exist" "$(identity)"; fi
# Its cache would go to the root filesystem.
kube() { bounded kubectl --kubeconfig "$KUBECONFIG_FILE" --cache-dir /run/headroom-kubectl --request-timeout 20s "$@"; }

name="headroom-$(sha256sum "$FOLDER/request.der" | cut --characters=1-32)"
pem=$(bounded openssl req -inform DER -in "$FOLDER/request.der" -outform PEM | base64 --wrap=0)
printf '{"apiVersion":"certificates.k8s.io/v1","kind":"CertificateSigningRequest","metadata":{"name":"%s"},' "$name" >"$FOLDER/request.json"
printf '"spec":{"request":"%s","signerName":"kubernetes.io/kube-apiserver-client","expirationSeconds":%d,' \
  "$pem" "$EXPIRATION_SECONDS" >>"$FOLDER/request.json"
printf '"usages":["digital signature","client auth"]}}\n' >>"$FOLDER/request.json"

present=$(kube get certificatesigningrequest "$name" --ignore-not-found --output name) ||
  fail 'the API server does not answer' "$(identity)"
if [[ -z $present ]]; then
  kube create --filename "$FOLDER/request.json" || fail "the API server rejected the request$(because 120)" "$(identity)"
fi
kube certificate approve "$name" || fail "$name cannot be approved$(because 120)" "$(identity)"

certificate=''
for ((look = 0; look < 20; look += 1)); do
  certificate=$(kube get certificatesigningrequest "$name" --output 'jsonpath={.status.certificate}') || certificate=''
  if [[ -n $certificate ]]; then break; fi
  sleep 1
done
if [[ -z $certificate ]]; then
  fail "$name was approved, but not signed within 20 s: is kube-controller-manager running?" "$(identity)"
fi
base64 --decode <<<"$certificate" >"$FOLDER/certificate.pem"
der() { bounded openssl x509 -in "$1" -outform DER | base64 --wrap=0; }
issued=$(der "$FOLDER/certificate.pem") || fail 'what was issued is not a certificate' "$(identity)"
authority=$(der "$AUTHORITY_FILE") || fail "$AUTHORITY_FILE is not a certificate" "$(identity)"
emit_result true '' "$(identity),\"certificate\":\"$issued\",\"authority\":\"$authority\""
