# Shared by workflows/quickstart.sh and tests/run.sh: system packages and the build. Source it, do not run it.
# Every function works from the root of the repository.

# say TEXT: one line of what is going on, on stderr.
say() { printf '%s\n' "cislens: $*" >&2; }

# die TEXT: the same, and the end.
die() {
  say "$*"
  exit 1
}

# packages_for USE...: the names in workflows/packages.txt for "build", "test" or both.
packages_for() {
  local use
  for use in "$@"; do awk -v use="$use" '$1 == use { print $2 }' workflows/packages.txt; done
}

# installed PACKAGE: whether dpkg has it, whole.
installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# as_root COMMAND...: runs it as root, directly or through sudo.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# ensure_packages USE...: installs what is missing; leaves apt alone when nothing is. Without apt the libraries are
# taken from where CMake finds them (a conda environment made from environment.yml, say).
ensure_packages() {
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    say "no apt here: using the compiler and libraries that are found (environment.yml lists them for conda)"
    return
  fi
  local package missing=()
  for package in $(packages_for "$@"); do installed "$package" || missing+=("$package"); done
  [ ${#missing[@]} -gt 0 ] || return 0

  local install="apt-get install --yes --no-install-recommends ${missing[*]}"
  say "missing packages: ${missing[*]}"
  if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
    die "they need root and there is no sudo; as root: apt-get update && $install"
  fi
  as_root apt-get update --quiet --quiet ||
    say "apt-get update failed (network, or /etc/apt/sources.list?); trying with the package lists that are here"
  # shellcheck disable=SC2086  # the command is a list of words
  as_root env DEBIAN_FRONTEND=noninteractive $install ||
    die "apt-get could not install the packages; see its message above, then try: $install"
}

# build_jobs: compilations at a time: one a CPU, and no more than the memory carries at 1 GiB each.
build_jobs() {
  local cpus memory_gib
  cpus=$(nproc)
  memory_gib=$(awk '/^MemAvailable:/ { print int($2 / 1048576) }' /proc/meminfo 2>/dev/null)
  memory_gib=${memory_gib:-$cpus}
  [ "$memory_gib" -ge 1 ] || memory_gib=1
  echo $((cpus < memory_gib ? cpus : memory_gib))
}

# build_release ON|OFF: configures and builds build/ (Release), with the tests or without.
build_release() {
  local generator=()
  if [ ! -f build/CMakeCache.txt ] && command -v ninja >/dev/null; then generator=(-G Ninja); fi
  say "building in build/ ($(build_jobs) at a time; the first time takes some minutes)"
  mkdir -p build
  cmake -S . -B build "${generator[@]}" -DCMAKE_BUILD_TYPE=Release -DCISLENS_TESTS="$1" >build/configure.log 2>&1 ||
    { cat build/configure.log >&2; die "configuring failed; the reason is above (is build/ from another place? remove it)"; }
  cmake --build build --parallel "$(build_jobs)" || die "the build failed; the first error is above"
}
