#!/bin/bash
# in_fresh_folder.sh PROGRAM COMMAND ARGS...: runs COMMAND in a temporary folder that is also its
# home, with MUAI naming the built program and `muai` on PATH. The folder is removed afterwards.
# Only scripts named llama_* are told where a llama-server is.
set -euo pipefail
folder=$(mktemp -d "${TMPDIR:-/tmp}/muai-test-XXXXXX")
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder"/{home,bin,work}
ln -s "$1" "$folder/bin/muai"
export MUAI=$1 HOME=$folder/home PATH=$folder/bin:$PATH TERM=dumb
unset XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME XDG_CACHE_HOME XDG_RUNTIME_DIR NO_COLOR
for name in $(compgen -e MUAI_); do
  case $name:${2##*/} in
    MUAI_SOURCE:* | MUAI_TEST_DATA:* | MUAI_TEST_PROGRAMS:* | MUAI_SOAK:*) ;;
    MUAI_LLAMA_SERVER:llama_*) ;;
    *) unset "$name" ;;
  esac
done
cd "$folder/work"
shift
"$@"
