#!/bin/bash
# Finds a real llama-server for the tests, or fetches one.
#
#   tools/llama_server.sh FOLDER
#
# Prints the path of the first that runs: the one on PATH, $MUAI_LLAMA_SERVER, FOLDER/llama-server
# of an earlier call, else the newest of a later Debian suite, put into FOLDER (20 MB of packages,
# an index of 10 MB that is not kept). Those programs are built for a newer C library, so they run
# through their own loader, by small scripts beside llama-server (llama-quantize, llama-fit-params).
#
# The system stays untouched: apt works on a state of its own with one signed source, the machine's
# own Debian mirror. Any user may do this. Exits 1 when there is no server, with the reason in one
# line in FOLDER/why.
set -euo pipefail
export LC_ALL=C

[ $# = 1 ] || { echo "llama_server.sh: say the folder" >&2; exit 2; }
mkdir -p "$1"
folder=$(cd "$1" && pwd)
log=$folder/fetch.log
programs=(llama-server llama-quantize llama-fit-params)
suites=(forky sid trixie-backports)
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

say() { printf 'llama_server: %s\n' "$*" >&2; }
die() { say "$*"; printf '%s\n' "$*" >"$folder/why"; exit 1; }

# True when it starts and says its version; a program for another machine does not.
works() {
  [ -n "$1" ] && [ -x "$1" ] && timeout 20 "$1" --version </dev/null >>"$log" 2>&1
}

found() { printf '%s\n' "$1"; exit 0; }

# The address of the Debian archive that this machine uses. Reads its sources, not its lists.
mirror() {
  apt-get --print-uris update 2>/dev/null |
    sed -n "s#^'\(.*\)/dists/\(bookworm\|trixie\|stable\)/InRelease' .*#\1#p" | head -n 1
}

own_apt() {  # own_apt STATE PROGRAM ARGS...
  local state=$1 program=$2
  shift 2
  "$program" -qq -o Dir::Etc::SourceList=/dev/null -o "Dir::Etc::SourceParts=$state/sources" \
    -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null \
    -o "Dir::State::lists=$state/lists" -o "Dir::State::status=$state/status" \
    -o "Dir::State::extended_states=$state/extended" -o "Dir::Cache=$state/cache" \
    -o "APT::Architectures=$(dpkg --print-architecture)" \
    -o APT::Sandbox::User= -o APT::Get::AllowUnauthenticated=false -o Acquire::Languages=none \
    -o Acquire::Retries=3 -o Debug::NoLocking=true -o APT::Default-Release= "$@" </dev/null
}

open_state() {  # open_state STATE MIRROR SUITE: true when the suite has the packages
  rm -rf "$1"
  mkdir -p "$1"/{sources,lists/partial,cache/archives/partial,debs}
  printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nTargets: Packages\nSigned-By: %s\n' \
    "$2" "$3" "$keyring" >"$1/sources/debian.sources"
  # What the programs depend on and the tests do not need counts as installed.
  local name
  for name in wget debconf openssl-provider-legacy; do
    printf 'Package: %s\nStatus: install ok installed\nVersion: 999\nArchitecture: all\n' "$name"
    printf 'Multi-Arch: foreign\nMaintainer: none\nDescription: not needed\n\n'
  done >"$1/status"
  own_apt "$1" apt-get update >>"$log" 2>&1 &&
    own_apt "$1" apt-cache show llama.cpp-tools >>"$log" 2>&1
}

packages() {  # packages STATE: the programs and what they need
  own_apt "$1" apt-get install -s --no-install-recommends llama.cpp-tools llama.cpp-tools-extra \
    2>>"$log" | awk '$1 == "Inst" { print $2 }' | grep -v -E '^(gcc-.*-base|libc-gconv-)'
}

backend() {  # backend FOLDER: the file for the best instruction set that this processor has
  local flags name needed
  flags=" $(sed -n 's/^\(flags\|Features\)[ \t]*: //p' /proc/cpuinfo | head -n 1) "
  while read -r name needed; do
    local has=1 flag
    for flag in $needed; do
      case $flags in *" $flag "*) ;; *) has= ;; esac
    done
    if [ -n "$has" ] && [ -f "$1/libggml-cpu-$name.so" ]; then
      printf '%s\n' "$1/libggml-cpu-$name.so"
      return 0
    fi
  done <<'END'
skylakex avx512f avx512cd avx512bw avx512dq avx512vl avx2 fma f16c bmi2
haswell avx2 fma f16c bmi2
sandybridge avx
sse42 sse4_2
x64
armv8.0_1
END
  return 1
}

write_scripts() {  # write_scripts ROOT
  local root=$1 loader libraries engine name
  loader=$(find "$root/usr/lib64" "$root/usr/lib" -name 'ld-linux-*.so.*' 2>/dev/null | head -n 1)
  libraries=$(dirname "$(find "$root/usr/lib" -name 'libllama.so.*' | head -n 1)")
  engine=$(backend "$(find "$root/usr/lib" -type d -name 'backends*' | head -n 1)") ||
    die "the fetched llama.cpp has no code for this processor"
  for name in "${programs[@]}"; do
    printf '#!/bin/sh\nGGML_BACKEND_PATH=%q exec %q --library-path %q %q "$@"\n' "$engine" \
      "$loader" "$libraries:$libraries/llama" "$root/usr/bin/$name" >"$folder/$name.new"
    chmod +x "$folder/$name.new"
    mv "$folder/$name.new" "$folder/$name"
  done
}

fetch() {
  command -v apt-get >/dev/null || die "no llama-server on PATH, and no apt-get to fetch one with"
  [ -r "$keyring" ] || die "no llama-server on PATH, and no $keyring to check a fetched one with"
  local uri suite='' state=$folder/apt names deb
  uri=$(mirror || true)
  [ -n "$uri" ] || die "no llama-server on PATH, and this machine has no Debian package source"
  for suite in "${suites[@]}" ''; do
    [ -n "$suite" ] || die "no later Debian suite gave llama.cpp-tools ($log)"
    say "looking for llama.cpp in Debian $suite"
    if open_state "$state" "$uri" "$suite"; then break; fi
  done
  mapfile -t names < <(packages "$state")
  [ ${#names[@]} -gt 0 ] || die "llama.cpp-tools of Debian $suite can't be installed ($log)"
  say "fetching ${#names[@]} packages of Debian $suite (14 MB)"
  (cd "$state/debs" && own_apt "$state" apt-get download "${names[@]}" >>"$log" 2>&1) ||
    die "the packages could not be fetched ($log)"
  rm -rf "$folder/root.new" "$folder/root"
  for deb in "$state"/debs/*.deb; do dpkg-deb -x "$deb" "$folder/root.new"; done
  rm -rf "$state" "$folder"/root.new/usr/share "$folder"/root.new/usr/lib/*/gconv
  mv "$folder/root.new" "$folder/root"
  write_scripts "$folder/root"
  works "$folder/llama-server" || die "the fetched llama-server does not run ($log)"
  say "have $("$folder/llama-server" --version 2>&1 | grep -m 1 -i version)"
}

: >"$log"
for candidate in "$(command -v llama-server || true)" "${MUAI_LLAMA_SERVER:-}"; do
  if works "$candidate"; then found "$candidate"; fi
done
if [ -d "$folder/root" ]; then
  write_scripts "$folder/root"  # the processor may be another one than last time
  if works "$folder/llama-server"; then found "$folder/llama-server"; fi
fi
fetch
found "$folder/llama-server"
