#!/usr/bin/env bash
# The tables of docs/accuracy.md and docs/performance.md, one file each in OUT; goes on when one fails.
#
#   tests/bench/all.sh OUT [options of all commands, e.g. --quick or --threads 4]
set -uo pipefail

if [ $# -lt 1 ] || [ "${1:0:1}" = - ]; then
  sed -n '2,4s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
mkdir -p "$1"
out=$1
here=$(dirname "$0")
shift

status=0
# table NAME COMMAND...: what the command prints goes to the screen and to OUT/NAME.md.
table() {
  local name=$1
  shift
  echo "## $name: $*" >&2
  "$@" | tee "$out/$name.md" || status=1
}

table ctcf "$here"/ctcf.py "$@"
table threads "$here"/threads.py "$@"
table tf_chip "$here"/tf_chip.py "$@"
table planted "$here"/planted.py "$@"
table null "$here"/planted.py --null "$@"
table gue "$here"/gue.py "$@"
table extract "$here"/extract.py "$@"
table yeast "$here"/yeast.py "$@"
table gue_1000 "$here"/gue.py --train-size 1000 "$@"
exit "$status"
