#!/usr/bin/env bash
# Everything that only a machine with a GPU can show, from built programs alone: the ops' tests, a planted motif found by
# both devices, the CUDA tools that look for wrong memory accesses, races and unset memory, and the benchmarks. Prints one
# table; exit status 0 when no line says "failed".
#
#   tests/gpu/run.sh [--tiny] [--only ops,planted,sanitizer,bench] [--out FOLDER]
#
# --tiny: sizes that an emulated GPU finishes. To try the script without a GPU:
#   CISLENS_CUDA_MODULE=$PWD/build/lib/cislens/cislens_cuda_emulated.so tests/gpu/run.sh --tiny
# --out: logs, tables and models [a temporary folder that is named at the end]
set -uo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
bin=$root/build/bin
tiny=0
only=ops,planted,sanitizer,bench
out=
while (($# > 0)); do
  case $1 in
    --tiny) tiny=1 ;;
    --only) only=$2; shift ;;
    --out) out=$2; shift ;;
    *) sed -n '2,12p' "$0"; exit 2 ;;
  esac
  shift
done
out=${out:-$(mktemp -d)}
mkdir -p "$out"
# Packed libraries serve our programs alone: Python and its packages bring or find their own.
system_libraries=${LD_LIBRARY_PATH:-}
export LD_LIBRARY_PATH=$root/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export PATH=$PATH:/usr/local/cuda/bin
export PYTHON=${PYTHON:-python3}
with_python() { env LD_LIBRARY_PATH="$system_libraries" "$PYTHON" "$@"; }
# cuBLASLt, where it came with a Python package.
packaged=$(with_python -c 'import glob, importlib.util as u
spec = u.find_spec("nvidia")
for folder in spec.submodule_search_locations if spec else []:
    for file in glob.glob(folder + "/**/libcublasLt.so.*", recursive=True):
        print(file.rsplit("/", 1)[0])' 2>/dev/null | head -n 1)
[[ -z $packaged ]] || export LD_LIBRARY_PATH=$LD_LIBRARY_PATH:$packaged
export CISLENS_REQUIRE_GPU=1

table=$out/table.md
printf '| check | result | seconds | detail |\n| --- | --- | ---: | --- |\n' >"$table"
failures=0

# line CHECK RESULT SECONDS DETAIL
line() {
  printf '| %s | %s | %s | %s |\n' "$@" | tee -a "$table"
  [[ $2 != failed ]] || failures=$((failures + 1))
}

# step NAME COMMAND...: its output goes to a log; the last line of it is the detail.
step() {
  local name=$1 log start status=0
  shift
  log=$out/${name//[^a-zA-Z0-9]/_}.log
  start=$SECONDS
  "$@" >"$log" 2>&1 || status=$?
  local detail
  detail=$(grep -v '^$' "$log" | tail -n 1 | tr '|' '/' | cut -c 1-160)
  if ((status == 0)); then
    line "$name" ok $((SECONDS - start)) "$detail"
  else
    line "$name" failed $((SECONDS - start)) "exit status $status: $detail; $log"
    tail -n 30 "$log" >&2
  fi
}

wanted() { [[ ,$only, == *,$1,* ]]; }

# test_program NAME FILTER: the tests whose device is the GPU; none at all is a failure.
test_program() {
  local output
  output=$("$bin/$1" --gtest_filter="$2" 2>&1)
  local status=$?
  printf '%s\n' "$output"
  ((status == 0)) || return "$status"
  local passed skipped
  passed=$(grep -cE '^\[       OK \]' <<<"$output")
  skipped=$(grep -cE '^\[  SKIPPED \] .*\(' <<<"$output")
  echo "$passed passed, $skipped skipped"
  ((passed > 0 && skipped == 0))
}

# env_test NAME=VALUE PROGRAM FILTER
env_test() {
  local -x "$1"
  test_program "$2" "$3"
}

step "a GPU is there" "$bin/cislens" doctor --device cuda
has_cublaslt() { "$bin/cislens" doctor | grep -q '^GPU products  cuBLASLt:'; }

if wanted ops; then
  filter='*/cuda'
  dense='*Linear*/cuda'
  ((tiny == 0)) || dense='*Linear*NaN*/cuda'
  ((tiny == 0)) || filter='*Optimizer*/cuda:*Linear*NaN*/cuda'
  step "ops against the reference" test_program test_ops "$filter"
  step "dense layers by own kernels" env_test CISLENS_CUBLASLT=0 test_ops "$dense"
  if has_cublaslt; then
    ((tiny == 1)) || step "dense layers by cuBLASLt" env_test CISLENS_CUBLASLT=1 test_ops "$dense"
  else
    line "dense layers by cuBLASLt" "not there" 0 "own kernels multiply"
  fi
  if ((tiny == 0)); then
    step "readout on the GPU" test_program test_readout '*/cuda'
    step "training on the GPU" test_program test_train '*/cuda'
  fi
fi

planted() { "$root/tests/gpu/planted.sh" "$bin/cislens" "$out/planted" "$tiny"; }
if wanted planted; then
  step "planted motif, CPU and GPU" planted
fi

# sanitize TOOL PROGRAM...: errors are an exit status of their own.
sanitize() {
  local tool=$1
  shift
  compute-sanitizer --tool "$tool" --error-exitcode 99 "$@"
}
if wanted sanitizer; then
  if command -v compute-sanitizer >/dev/null; then
    for tool in memcheck racecheck initcheck; do
      step "$tool, ops" sanitize "$tool" "$bin/test_ops" --gtest_filter='*MatchesReference*/cuda:*Bf16*/cuda'
      step "$tool, training step" sanitize "$tool" "$bin/bench/step_bench" --device cuda --length 60 --batch 5 \
        --channels 64 --heads 2 --blocks 2 --ffn 96 --repeats 1
    done
  else
    line "compute-sanitizer" "not there" 0 "memcheck, racecheck and initcheck did not run"
  fi
fi

bench() {
  local options=()
  ((tiny == 0)) || options=(--tiny --rounds 1)
  CISLENS_LIBRARIES=$LD_LIBRARY_PATH with_python "$root/tests/bench/bench_torch_gpu.py" --bench "$bin/bench" \
    "${options[@]}" | tee "$out/bench.md"
  local status=${PIPESTATUS[0]}
  echo "tables in $out/bench.md"
  return "$status"
}
# ops_bench OPTIONS...: the passes of an op behind each other.
ops_bench() {
  "$bin/bench/gpu_ops_bench" --device cuda "$@" >"$out/op.jsonl" || return
  cat "$out/op.jsonl"
  with_python -c 'import json, sys
for text in sys.stdin:
    line = json.loads(text)
    print("{what} {ms:.3f} ms, {tflop_per_s:.1f} TFLOP/s".format(ms=1e3 * line["seconds"], **line), end="; ")
print()' <"$out/op.jsonl"
}
if wanted bench; then
  if ((tiny == 1)); then
    step "dense layer" ops_bench --what linear --rows 130 --in 32 --out 40 --repeats 1
    step "stem" ops_bench --what stem --batch 2 --length 40 --channels 32 --repeats 1
  else
    dense_shapes() {
      step "dense 819200 x 128 x 384, $1" ops_bench --what linear --rows 819200 --in 128 --out 384 --precision "$2"
      step "dense 32768 x 512 x 2048, $1" ops_bench --what linear --rows 32768 --in 512 --out 2048 --precision "$2"
    }
    dense_shapes bf16 bf16
    CISLENS_CUBLASLT=0 dense_shapes "float32, own kernels" float32
    ! has_cublaslt || CISLENS_CUBLASLT=1 dense_shapes "float32, cuBLASLt" float32
    step "stem, batch 4096, L 200" ops_bench --what stem --batch 4096 --length 200 --channels 128
  fi
  step "beside PyTorch" bench
fi

echo
cat "$table"
[[ ! -f $out/bench.md ]] || cat "$out/bench.md"
echo "logs: $out"
((failures == 0)) || { echo "$failures checks failed" >&2; exit 1; }
