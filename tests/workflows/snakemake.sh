#!/usr/bin/env bash
# The Snakefile runs from a sheet of samples to a joined scan; says "skipped" where snakemake is not installed.
#   tests/workflows/snakemake.sh CISLENS    CISLENS: the program; SNAKEMAKE: another snakemake than that of the PATH
set -euo pipefail

cislens=$(realpath "$1")
root=$(cd "$(dirname "$0")/../.." && pwd)
snakemake=${SNAKEMAKE:-snakemake}
if ! command -v "$snakemake" > /dev/null; then
  echo "skipped: snakemake is not installed"
  exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
  echo "failed: $1"
  cat run.txt log/* results/log/* 2> /dev/null | tail -40
  exit 1
}
steps() { "$snakemake" -s "$root/workflows/snakemake/Snakefile" --cores 2 --configfile my.yaml > run.txt 2>&1; }

small=(--positives 150 --length 60 --quiet --no-provenance)
"$cislens" simulate -o with --motif-names CTCF --max-sites 1 "${small[@]}"
"$cislens" simulate -o without --no-motifs --seed 9 "${small[@]}"
printf 'sample\tsequences\tbackground\n' > samples.tsv
printf 'ctcf\twith.fa\twithout.fa\nempty\twithout.fa\t.\n' >> samples.tsv
cat > my.yaml << YAML
cislens: $cislens
samples: samples.tsv
motif_db: $root/data/known_motifs.meme
discover: {options: "--epochs 2 --channels 32 --heads 2 --ffn 0 --no-pairs --quiet", threads: 1}
scan: {shards: 2, sequences: with.fa, options: "--no-tracks --quiet", threads: 1}
YAML

steps || fail "the steps did not run to the end"
for file in ctcf/report.html ctcf/motifs.tsv empty/report.html ctcf.scan/sites.bed empty.scan/predictions.tsv; do
  [ -e "results/$file" ] || fail "results/$file is missing"
done
grep -q CTCF results/ctcf/motifs.tsv || fail "the planted motif was not found"
[ "$(wc -l < results/empty/motifs.tsv)" = 1 ] || fail "a motif where none is"
[ ! -e results/empty.scan/sites.bed ] || fail "sites where no motif was found"
grep -q 'without.fa' results/ctcf/params.json || fail "the background was not given to discover"
[ ! -e results/ctcf.parts/1 ] || fail "parts of the scan are left"
"$cislens" scan with.fa -m results/ctcf -o whole --no-tracks --quiet
cmp whole/sites.bed results/ctcf.scan/sites.bed || fail "the joined scan is not that of one run"

steps || fail "a second run fails"
grep -q 'Nothing to be done' run.txt || fail "a second run does something"

printf 'this is no sequence\n' > broken.fa
printf 'sample\tsequences\nbroken\tbroken.fa\n' > samples.tsv
! steps || fail "broken input is no failure"
grep -q 'cislens: error: .*broken.fa' results/log/broken.discover.txt || fail "the log does not say what is wrong"
echo "1 passed, 0 failed"
