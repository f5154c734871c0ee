#!/bin/bash
# Runs the README's two commands in a minimal Debian 12, from a fresh clone of this repository.
#
#   tools/bare_debian.sh [--only run|test] [--keep] CACHE_FOLDER
#   tools/bare_debian.sh --command SCRIPT [--with FILE:NAME] CACHE_FOLDER
#
# The second form runs SCRIPT there instead, with FILE copied beside the clone's files as NAME.
# CACHE_FOLDER keeps the untouched minimal system between calls; each call works in a copy. Needs
# root and debootstrap. Package sources, proxy, certificates and apt settings are this machine's.
# Prints what each command took; exits with the first failure. Uncommitted changes are not tested.
set -euo pipefail
repository=$(cd "$(dirname "$0")/.." && pwd)
export LC_ALL=C

say() { printf 'bare_debian: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

only='' keep='' cache='' script='' with=''
while [ $# -gt 0 ]; do
  case $1 in
    --only) only=$2; shift ;;
    --keep) keep=1 ;;
    --command) script=$2; shift ;;
    --with) with=$2; shift ;;
    -*) die "unknown option $1" ;;
    *) cache=$1 ;;
  esac
  shift
done
[ -n "$cache" ] || die "say where to keep the minimal system: tools/bare_debian.sh FOLDER"
[ "$(id -u)" = 0 ] || die "a chroot needs root"
command -v debootstrap >/dev/null || die "debootstrap is missing: apt-get install debootstrap"
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
base=$cache/base chroot=$cache/chroot

# The first source of this machine that serves bookworm itself; nothing is named here.
mirror() {
  local line
  # shellcheck disable=SC2016  # apt-get expands them
  line=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 2>/dev/null |
    awk '$2 == "bookworm" { print $1; exit }')
  [ -n "$line" ] || die "this machine has no package source for bookworm"
  echo "$line"
}

make_base() {
  [ ! -f "$cache/base.complete" ] || return 0
  say "making the minimal system in $base"
  rm -rf "$base"
  debootstrap --variant=minbase bookworm "$base" "$(mirror)" >"$cache/debootstrap.log" 2>&1 ||
    die "debootstrap failed: $cache/debootstrap.log"
  touch "$cache/base.complete"
}

inherit_sources() {  # apt's sources, keys, proxy and certificate settings; the machine's CA bundle
  rm -f "$chroot/etc/apt/sources.list"
  cp -a /etc/apt/sources.list* /etc/apt/trusted.gpg.d "$chroot/etc/apt/" 2>/dev/null || true
  # Third parties' repositories of this machine are not part of a minimal Debian.
  find "$chroot/etc/apt/sources.list.d" -type f 2>/dev/null | while read -r file; do
    grep -q -w bookworm "$file" || rm -f "$file"
  done
  if [ -d /etc/apt/apt.conf.d ]; then
    grep -l -r -i -E 'Acquire::|Verify-|CaInfo' /etc/apt/apt.conf.d 2>/dev/null |
      xargs -r cp -t "$chroot/etc/apt/apt.conf.d/"
  fi
  [ ! -f /etc/apt/apt.conf ] || cp /etc/apt/apt.conf "$chroot/etc/apt/"
  cp -L /etc/resolv.conf /etc/hosts "$chroot/etc/" 2>/dev/null || true
  local bundle=/etc/ssl/certs/ca-certificates.crt
  if [ -f "$bundle" ]; then
    install -D -m 644 "$bundle" "$chroot$bundle"
  fi
}

unmount_all() {
  local folder
  for folder in "$chroot/dev/pts" "$chroot/proc"; do
    if mountpoint -q "$folder"; then umount -l "$folder"; fi
  done
}

# Never deletes a tree that still holds a mount.
clean_up() {
  unmount_all
  if [ -z "$keep" ]; then remove_chroot; fi
}

remove_chroot() {
  ! grep -q " $chroot/" /proc/mounts || die "something is mounted under $chroot"
  rm -rf --one-file-system "$chroot"
}

make_chroot() {
  mkdir -p "$chroot"
  unmount_all
  remove_chroot
  cp -a "$base" "$chroot"
  inherit_sources
  # Every machine and every container has these two.
  mount -t proc proc "$chroot/proc"
  mount -t devpts devpts "$chroot/dev/pts"
  git clone -q --no-local --depth 1 "file://$repository" "$chroot/muai"
  # What a slim image does: no documentation is unpacked.
  printf 'path-exclude /usr/share/doc/*\npath-exclude /usr/share/man/*\n' \
    >"$chroot/etc/dpkg/dpkg.cfg.d/slim"
}

inside() {  # with an empty environment but for PATH and what reaches the package archive
  local settings=(PATH=/usr/sbin:/usr/bin:/sbin:/bin)
  local name
  for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY SSL_CERT_FILE; do
    [ -z "${!name:-}" ] || settings+=("$name=${!name}")
  done
  nice chroot "$chroot" /usr/bin/env -i "${settings[@]}" /bin/bash -c "cd /muai && $1" </dev/null
}

timed() {  # timed NAME COMMAND
  local start=$SECONDS
  say "$1: $2"
  inside "$2" || die "$1 failed after $((SECONDS - start)) s"
  say "$1: $((SECONDS - start)) s"
}

first_command() {  # the README's first line that begins with ./dev run
  grep -m 1 '^\./dev run ' "$repository/README.md" || die "README.md has no ./dev run line"
}

make_base
trap clean_up EXIT
make_chroot
[ -z "$with" ] || cp "${with%:*}" "$chroot/muai/${with##*:}"
if [ -n "$script" ]; then
  inside "$script"
  exit
fi
command=$(first_command)
if [ "$only" != test ]; then
  timed "first answer" "$command"
  timed "second answer" "$command"
fi
if [ "$only" != run ]; then
  timed "tests" "./dev test"
fi
say "the README's commands hold on a bare Debian 12"
