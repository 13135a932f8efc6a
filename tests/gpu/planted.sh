#!/usr/bin/env bash
# A motif planted in random sequences is found by both devices; a model trained on one predicts the same on the other.
#
#   tests/gpu/planted.sh CISLENS FOLDER TINY     TINY 1: little training, no motifs, for an emulated GPU
set -euo pipefail

cislens=$1
folder=$2
tiny=$3
here=$(dirname "$0")
rm -rf "$folder"
mkdir -p "$folder"
cd "$folder"

if ((tiny == 1)); then
  simulate=(--positives 24 --length 80)
  network=(--channels 32 --heads 2 --epochs 1)
else
  simulate=(--positives 2000 --length 200 --motif-names CTCF)
  network=()
fi
"$cislens" simulate -o planted "${simulate[@]}" --seed 7
"$cislens" train planted.fa -o model "${network[@]}" --device cuda --seed 7
for device in cpu cuda; do
  "$cislens" predict -m model planted.fa -o "$device.tsv" --device "$device"
done
"${PYTHON:-python3}" "$here/same_predictions.py" cpu.tsv cuda.tsv 1e-4

if ((tiny == 0)); then
  for device in cpu cuda; do
    "$cislens" discover planted.fa -o "$device" --seed 7 --device "$device"
    "$cislens" compare "$device/motifs.meme" --motif-db planted.motifs.meme -o "$device.compare.tsv"
    awk -F '\t' 'NR > 1 && $5 >= 0.9 { found = 1 } END { exit !found }' "$device.compare.tsv" || {
      echo "--device $device does not find the planted motif: no match with a correlation of 0.9" >&2
      exit 1
    }
  done
  echo "the planted motif is found on both devices, sites $(grep -vc '^[#t]' cpu/sites.bed) and" \
    "$(grep -vc '^[#t]' cuda/sites.bed); logits agree within 1e-4"
fi
