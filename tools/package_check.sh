#!/bin/bash
# Installs the Debian package in a clean minimal Debian 12 and runs the program there.
#
#   tools/package_check.sh CACHE_FOLDER [PACKAGE.deb]
#
# The same minimal system as tools/bare_debian.sh, without a compiler. Needs root and debootstrap.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
[ $# -ge 1 ] || { echo "usage: tools/package_check.sh CACHE_FOLDER [PACKAGE.deb]" >&2; exit 2; }
package=${2:-$(ls "$here"/build/package/muai_*.deb)}

script='
set -e
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
apt-get -qq update
apt-get -qq install -y --no-install-recommends ./muai.deb >/dev/null
muai --version
mkdir -p /tmp/notes /tmp/data
printf "The lighthouse keeper lights the lamp at dusk. He puts it out at dawn.\n" >/tmp/notes/a.txt
export MUAI_DATA_DIR=/tmp/data MUAI_OFFLINE=1
cd /tmp
muai ask --from /tmp/notes "When does the lighthouse keeper light the lamp?" | tee answer
grep -q dusk answer
muai cite check last
apt-get -qq remove -y muai >/dev/null
[ ! -e /usr/bin/muai ]
'
exec "$here/tools/bare_debian.sh" --with "$package:muai.deb" --command "$script" "$1"
