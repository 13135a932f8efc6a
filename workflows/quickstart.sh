#!/usr/bin/env bash
# From a fresh Debian 12 to motifs found in the demo sequences: packages, build, `cislens discover`.
#
#   ./workflows/quickstart.sh [OUT]      OUT: where the results go, default build/demo (replaced when it is there)
set -euo pipefail

case "${1:-}" in
  -h | --help)
    sed -n '2,4s/^# \{0,1\}//p' "$0"
    exit 0
    ;;
esac
out=$(realpath --canonicalize-missing "${1:-$(dirname "$0")/../build/demo}")
replace=()
[ $# -gt 0 ] || replace=(--force)

cd "$(dirname "$0")/.."
. workflows/setup.sh

ensure_packages build
build_release OFF

say "looking for motifs in data/demo.fa"
build/bin/cislens discover data/demo.fa --motif-db data/known_motifs.meme -o "$out" "${replace[@]}"

# The table by the names in its header, so that a new column does not shift it.
awk -F '\t' '
  NR == 1 { for (i = 1; i <= NF; ++i) column[$i] = i; next }
  NR == 2 { printf "\n%-10s %-24s %7s %9s  %s\n", "motif", "consensus", "sites", "E-value", "looks like" }
  {
    printf "%-10s %-24s %7d %9.2g  %s\n", $column["motif"], $column["consensus"], $column["sites"],
           $column["holdout_e"], ($column["match"] == "." ? "-" : $column["match"])
  }
  END { printf "\n%d motif%s found in data/demo.fa\n", NR - 1, (NR == 2 ? "" : "s") }
' "$out/motifs.tsv"
printf '%s\n' "report         $out/report.html   (open it in a browser, it needs no network)" \
              "motifs         $out/motifs.meme" \
              "binding sites  $out/sites.bed"
