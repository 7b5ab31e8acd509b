# shellcheck shell=bash
# The signing key of Kubernetes' packages; sourced by the bootstrap and by upgrade-node.sh. Scratch files go to RUN.

# The key of pkgs.k8s.io for every minor; its end is put off under the same fingerprint
# (kubernetes/release#3818: nodes that kept the old file could not install packages any more).
readonly PACKAGE_KEY=${HEADROOM_PACKAGE_KEY:-DE15B14486CD377B9E876E1A234654DA9A296436}

# verify_key FILE [FINGERPRINT]: an armoured file with that one OpenPGP key and no other; leaves it in RUN/key, not armoured.
# Without gpg, which not every image has: the fingerprint of a version 4 key is the SHA-1 of its first packet
# (RFC 4880, 12.2), whose old-format header gpg writes.
verify_key() {
  local wanted=${2:-$PACKAGE_KEY} binary=$RUN/key at=0 tag b1 b2 b3 b4 header length keys=0 size found=''
  # What installs it reads the whole file: nothing is in it beside one block of base64.
  if ! { awk '
NR == 1 && /^-----BEGIN PGP PUBLIC KEY BLOCK-----$/ { part = 1; next }
part == 1 && /^[A-Z][A-Za-z]*: / { next }
part == 1 && /^$/ { part = 2; next }
part == 2 && /^[A-Za-z0-9+\/]+=*$/ { print; next }
part == 2 && /^=/ { part = 3; next }
part ~ /[23]/ && /^-----END PGP PUBLIC KEY BLOCK-----$/ { part = 4; next }
part == 4 && /^$/ { next }
{ part = 0; exit }
END { exit part != 4 }' <"$1" >"$RUN/key.text" &&
    base64 --decode "$RUN/key.text" >"$binary"; }; then
    echo "$1: not a single armoured key" >&2 && return 1
  fi
  size=$(stat --format=%s "$binary")
  while ((at < size)); do
    read -r tag b1 b2 b3 b4 < <(od --address-radix=n --format=u1 --skip-bytes=$at --read-bytes=5 "$binary") || true # short at the end
    case $((tag & 195)) in
      128) header=2 length=$b1 ;;
      129) header=3 length=$((b1 << 8 | b2)) ;;
      130) header=5 length=$((b1 << 24 | b2 << 16 | b3 << 8 | b4)) ;;
      *) echo "$1: not a key that can be verified" >&2 && return 1 ;;
    esac
    # The key comes first; user ids, subkeys and signatures follow. gpg and sqv take a key from other packets, too.
    case $((at > 0)):$((tag >> 2 & 15)) in
      ?:6 | 1:2 | 1:13 | 1:14) ;;
      *) echo "$1: not a key that can be verified" >&2 && return 1 ;;
    esac
    if (((tag >> 2 & 15) == 6)); then
      keys=$((keys + 1))
      found=$({
        printf '%b' "\\x99$(printf '\\x%02x' $((length >> 8)) $((length & 255)))"
        dd if="$binary" bs=1 skip=$((at + header)) count="$length" status=none
      } | sha1sum)
    fi
    at=$((at + header + length))
  done
  found=${found%% *}
  [[ $keys -eq 1 && ${found^^} == "$wanted" ]] ||
    { echo "$1: $keys keys, fingerprint ${found:-none}; must be $wanted" >&2 && return 1; }
}
