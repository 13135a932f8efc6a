#!/usr/bin/env bash
# Collects what tests/gpu/run.sh needs on a machine that has a GPU, a Python and no build tools: programs, modules, the
# shared libraries they name (the C library is the machine's own) and the scripts.
#
#   tests/gpu/pack.sh FOLDER [BUILD]     FOLDER is made; BUILD: the build's folder [build]
#
# There:   FOLDER/tests/gpu/run.sh
# CISLENS_PACK_MIB: the most that may come together, in MiB [64].
set -euo pipefail

[[ $# -ge 1 ]] || { sed -n '2,8p' "$0"; exit 2; }
target=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${2:-$root/build}
limit_mib=${CISLENS_PACK_MIB:-64}

programs=(cislens test_ops test_train test_readout bench/gpu_ops_bench bench/step_bench)
for program in "${programs[@]}"; do
  [[ -x $build/bin/$program ]] || {
    echo "pack.sh: $build/bin/$program is missing; build it: cmake --build $build --target $(basename "$program")" >&2
    exit 2
  }
done
[[ -f $build/lib/cislens/cislens_cuda.so || -n ${CISLENS_CUDA_MODULE:-} ]] || {
  echo "pack.sh: $build/lib/cislens has no CUDA module; configure where nvcc is" >&2
  exit 2
}

mkdir -p "$target/build/bin/bench" "$target/build/lib/cislens" "$target/lib" "$target/data" "$target/tests/gpu" \
  "$target/tests/bench"
for program in "${programs[@]}"; do
  install -s "$build/bin/$program" "$target/build/bin/$program"
done
for module in "$build"/lib/cislens/*.so; do
  install "$module" "$target/build/lib/cislens/"
done
cp "$root"/tests/gpu/*.sh "$root"/tests/gpu/*.py "$target/tests/gpu/"
cp "$root"/tests/bench/{bench_torch_gpu,torch_worker}.py "$target/tests/bench/"
cp "$root"/data/demo.fa "$root"/data/known_motifs.meme "$target/data/"

# Everything but the C library's own parts, which belong to the loader of the machine.
ldd "${programs[@]/#/$build/bin/}" "$build"/lib/cislens/*.so | awk '$2 == "=>" && $3 ~ /^\// {print $3}' | sort -u |
  grep -vE '/(libc|libm|libdl|libpthread|librt|libresolv|libutil|libanl|libnsl|libnss_[a-z]*|ld-linux[^/]*)\.so' | while read -r library; do
  cp -L "$library" "$target/lib/"
done

size_mib=$(du -sm "$target" | cut -f1)
if ((size_mib > limit_mib)); then
  echo "pack.sh: $target holds $size_mib MiB, more than $limit_mib; build fewer architectures" >&2
  exit 1
fi
echo "pack.sh: $target holds $size_mib MiB; there: $target/tests/gpu/run.sh"
