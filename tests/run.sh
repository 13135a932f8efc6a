#!/usr/bin/env bash
# Packages, build, every test. Ends with one line: how many passed; the exit status says the same.
#
#   ./tests/run.sh [ctest arguments]     e.g. ./tests/run.sh -R Stem --output-on-failure
set -euo pipefail

cd "$(dirname "$0")/.."
. workflows/setup.sh

ensure_packages build test
build_release ON

log=build/ctest.log
status=0
ctest --test-dir build --parallel "$(nproc)" --output-on-failure "$@" | tee "$log" || status=$?
skipped=$(grep -cE '\*\*\*(Skipped|Not Run)' "$log" || true)
summary=$(grep -E '^[0-9]+% tests passed' "$log" || echo 'no test ran')
echo "cislens: $summary; $skipped skipped"
exit "$status"
