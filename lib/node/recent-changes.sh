#!/usr/bin/env bash
# What changed on a node lately; sourced after common.sh, never run. Fills RECENT with lines like `package TIME …`.

# recent_changes HOURS
recent_changes() {
  local since
  since=$(date --date "-$1 hours" '+%F %T')
  changed_packages "$since"
  changed_units "$since"
  changed_files "$since"
  last_boot "$1"
}

changed_packages() {
  local line at name log=$PREFIX/var/log/dpkg.log
  if [[ -r $log ]]; then
    while read -r line; do RECENT+=("package $line"); done < <(awk -v since="$1" '
      ($1 " " $2) >= since && ($3 == "upgrade" || $3 == "install" || $3 == "remove") { print $1 "T" $2, $3, $4, $6 }' "$log" |
      tail --lines=5)
  elif has rpm; then
    while read -r at name; do
      RECENT+=("package $(date --date "@$at" +%FT%T) install $name")
    done < <(timeout 20 rpm --query --all --queryformat '%{installtime} %{name}-%{version}-%{release}\n' |
      awk -v since="$(date --date "$1" +%s)" '$1 >= since' | sort --numeric-sort | tail --lines=5)
  fi
}

changed_units() {
  local unit told since
  has systemctl || return 0
  for unit in kubelet containerd; do
    told=$(timeout 5 systemctl show --property=NRestarts,ActiveEnterTimestamp "$unit.service" 2>/dev/null) || continue
    since=$(sed -n 's/^ActiveEnterTimestamp=//p' <<<"$told")
    if [[ -n $since && $(date --date "$since" '+%F %T' 2>/dev/null) > $1 ]]; then
      RECENT+=("unit $(date --date "$since" +%FT%T) $unit started, restarted $(sed -n 's/^NRestarts=//p' <<<"$told") times by systemd")
    fi
  done
}

changed_files() {
  local line
  # A name may hold a line break, which must not make two lines of it.
  while read -r line; do RECENT+=("file $line"); done < <(find "$PREFIX/etc/kubernetes" -type f -newermt "$1" \
    -printf '%TY-%Tm-%TdT%.8TT %p changed\0' 2>/dev/null | tr '\n\0' '?\n' | sort | tail --lines=5)
}

last_boot() {
  local seconds
  [[ -r $PREFIX/proc/uptime ]] || return 0
  read -r seconds _ <"$PREFIX/proc/uptime"
  if ((${seconds%.*} < $1 * 3600)); then RECENT+=("boot $(date --date "-${seconds%.*} seconds" +%FT%T) the node booted"); fi
}
