#!/usr/bin/env bash
# The whole way on a small genome: promoters from an annotation, their accessibility from a CRAM file, binding of 30
# factors from ChIP-exo peaks, two networks, motifs of every factor, sites and tracks for a browser, reports.
# Chromosomes are held out: no record of a test chromosome is seen in training.
#
#   ./workflows/yeast.sh [OUT [DATA]]    OUT: results, default build/yeast (replaced); DATA: benchmark data, default
#                                        ../shared/data (motifs/ and yeast/ in it); without them: "skipped: no data"
set -euo pipefail

case "${1:-}" in
  -h | --help)
    sed -n '2,7s/^# \{0,1\}//p' "$0"
    exit 0
    ;;
esac
root=$(cd "$(dirname "$0")/.." && pwd)
out=$(realpath --canonicalize-missing "${1:-$root/build/yeast}")
data=$(realpath --canonicalize-missing "${2:-$root/../shared/data}")
yeast=$data/yeast
database=$data/motifs/JASPAR2024_CORE_fungi_nr.meme
cislens=${CISLENS:-$root/build/bin/cislens}

if [ ! -f "$yeast/sacCer3.fa.gz" ] || [ ! -f "$database" ]; then
  echo "skipped: no data"
  exit 0
fi
if [ ! -x "$cislens" ]; then
  cd "$root"
  . workflows/setup.sh
  ensure_packages build
  build_release OFF
fi
mkdir -p "$out"
cd "$out"
genome=$yeast/sacCer3.fa.gz

# 1. Promoters (450 bp before the start codon to 50 behind it) and the log of the ATAC reads in each.
"$cislens" extract "$yeast/sgd_features.gff3.gz" -g "$genome" -o promoters --force \
  --attribute orf_classification=Verified,Uncharacterized \
  --bam "$yeast/atac_fragments.cram" --allow-cram --name ATAC --log2

# 2. 101 bp around every ChIP-exo location, and 500 bp to either side of it; a column a factor: 1 at its own locations,
#    NA where one lies off the middle (windows of several factors overlap), else 0.
peaks=()
for factor in $(tail -n +2 "$yeast/chexmix_factors.tsv" | cut -f 1); do
  peaks+=(--peaks "$yeast/chexmix/$factor.bed")
done
awk -v OFS='\t' '
  FNR == NR { length_of[$1] = $2; next }
  {
    middle = int(($2 + $3) / 2)
    for (shift = -500; shift <= 500; shift += 500) {
      start = middle + shift - 50
      if (start >= 0 && start + 101 <= length_of[$1]) print $1, start, start + 101, $1 ":" start "-" start + 101
    }
  }' "$yeast/sacCer3.chrom.sizes" "$yeast"/chexmix/*.bed | LC_ALL=C sort -u -k1,1 -k2,2n > locations.bed
"$cislens" extract locations.bed -g "$genome" -o windows --force "${peaks[@]}" --peaks-within 0

# 3. One network for the binding of all factors; motifs, sites and a report for each.
"$cislens" discover windows.fa --targets windows.targets.tsv -o binding --force --test 0.2 \
  --motif-db "$database" --start-motifs "$database" --channels 192 --readout-heads 16 \
  --mask-rate 0.02 --batch-size 32 --epochs 8 --no-seed-filters --max-motifs 3 --no-pairs

# 4. Another for accessibility.
"$cislens" train promoters.fa --targets promoters.targets.tsv -o accessibility --force --test 0.2 --epochs 8

# 5. What the first says about every promoter: sites of all motifs, and what each base is worth to binding of Reb1.
"$cislens" scan promoters.bed -g "$genome" -m binding --motifs binding/motifs.meme \
  --target Reb1 --gzip -o scan --force

# The best motif of each factor, and how good both networks are on the chromosomes held out.
awk -F '\t' '
  FNR == 1 { for (i = 1; i <= NF; ++i) column[$i] = i; next }
  FILENAME ~ /metrics/ { if ($column["metric"] == "AUROC") auroc[$1] = $column["value"]; next }
  FNR == 2 { printf "\n%-8s %9s %7s %7s  %-20s %s\n", "factor", "positives", "AUROC", "motifs", "best motif", "looks like" }
  { printf "%-8s %9d %7.3f %7d  %-20s %s\n", $1, $column["positives"], auroc[$1], $column["motifs"],
           $column["consensus"], $column["match"] }
' binding/metrics.tsv binding/targets.tsv
awk -F '\t' 'NR > 1 { printf "\naccessibility, %s: %s %.3f (95 %% %.3f to %.3f) on %d promoters held out", $1, $4, $5, $6, $7, $2 }
             END { print "" }' accessibility/metrics.tsv
printf '%s\n' "" "report   $out/binding/report.html" "sites    $out/scan/sites.bed.gz" \
              "track    $out/scan/attribution.bw"
