# shellcheck shell=bash
# Keys and certificates that are thrown away; sourced by what makes stand-ins. Needs `work`, a folder that is removed.
: "${work:?}"

# make_key NAME: the key with which gpg signs from here on, alone in a home of its own.
make_key() {
  export GNUPGHOME=$work/gnupg-$1
  mkdir --mode 0700 "$GNUPGHOME"
  gpg --batch --quiet --passphrase '' --quick-generate-key "$1 <$1@example.com>" rsa2048 sign 1d 2>/dev/null
  gpgconf --kill gpg-agent # gpg starts it again; none is to outlive the folder
}

end_keys() {
  for GNUPGHOME in "$work"/gnupg-*; do GNUPGHOME=$GNUPGHOME gpgconf --kill gpg-agent; done
}

fingerprint() { # FILE
  gpg --with-colons --show-keys "$1" 2>/dev/null | sed --quiet 's/^fpr:*\([0-9A-F]*\):$/\1/p'
}

# make_certificates FOLDER: ca.crt, and server.crt with server.key for $NAMES (e.g. DNS:localhost)
make_certificates() {
  openssl ecparam -name prime256v1 -genkey -noout -out "$work/ca.key"
  openssl req -x509 -new -key "$work/ca.key" -subj /CN=test-ca -days 7 -out "$1/ca.crt"
  openssl ecparam -name prime256v1 -genkey -noout -out "$1/server.key"
  openssl req -new -key "$1/server.key" -subj /CN=test -out "$work/server.csr"
  cat >"$work/names" <<<"subjectAltName=${NAMES:-DNS:localhost}"
  openssl x509 -req -in "$work/server.csr" -CA "$1/ca.crt" -CAkey "$work/ca.key" -CAcreateserial -CAserial "$work/serial" \
    -days 7 -extfile "$work/names" -out "$1/server.crt" 2>/dev/null
}
