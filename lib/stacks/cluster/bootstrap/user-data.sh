#!/usr/bin/env bash
# First boot of a Headroom node: unpacks its files and starts them. `npx headroom user-data` shows what is packed.
set -o errexit -o nounset -o pipefail
set -o allexport
@@SETTINGS@@
set +o allexport
files=/usr/local/lib/headroom/bootstrap
install --directory --mode 0700 "$files"
cd "$files"
tr --delete '\n' <<'FILES' | basenc --z85 --decode | gunzip --quiet | bash
@@FILES@@
FILES
exec ./bootstrap.sh
