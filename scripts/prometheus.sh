#!/usr/bin/env bash
# Finds the promtool and the Prometheus that tests run, and takes them from Debian's package if there are none.
#
#   scripts/prometheus.sh                    find both, else download and unpack them
#   scripts/prometheus.sh --print promtool   find it, else fail; so for prometheus
#
# In this order, each for itself: PROMTOOL_BIN and PROMETHEUS_BIN; the PATH; what was unpacked earlier into the cache. Nothing
# is installed: the package is unpacked into the cache, where it may be deleted at any time.
# Standard output is a path on a line of its own and nothing else; everything said to people goes to standard error.
set -euo pipefail

# A relative path means the caller's directory, which is left here.
if [[ -n ${PROMTOOL_BIN:-} && $PROMTOOL_BIN != /* ]]; then
    PROMTOOL_BIN=$PWD/$PROMTOOL_BIN
fi
if [[ -n ${PROMETHEUS_BIN:-} && $PROMETHEUS_BIN != /* ]]; then
    PROMETHEUS_BIN=$PWD/$PROMETHEUS_BIN
fi
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/tool-cache.sh
source scripts/tool-cache.sh

package=prometheus
programs=(promtool prometheus)

main() {
    local program
    case "${1:-} ${2:-}" in
    ' ')
        for program in "${programs[@]}"; do
            found "$program" || {
                unpack_once
                found "$program" || die "Debian's package $package holds no $program: install it and put it on the PATH"
            }
        done
        ;;
    '--print promtool' | '--print prometheus')
        found "$2" || die "there is no $2 yet: run make prometheus"
        ;;
    *) die "unknown arguments $*: only --print promtool and --print prometheus are known" ;;
    esac
}

# found PROGRAM prints where it is, or fails.
found() {
    local program=$1 variable unpacked
    case "$program" in # by hand, because macOS has a bash without ^^
    promtool) variable=PROMTOOL_BIN ;;
    prometheus) variable=PROMETHEUS_BIN ;;
    esac
    if [[ -n ${!variable:-} ]]; then
        [[ -f ${!variable} && -x ${!variable} ]] ||
            die "$variable=${!variable} is not an executable file: correct it, or unset it"
        printf '%s\n' "${!variable}"
        return
    fi
    if command -v "$program"; then
        return
    fi
    unpacked=$(cache)/$program
    [[ -x $unpacked ]] && printf '%s\n' "$unpacked"
}

# cache prints the folder of what this system's package holds. Another version of it is another folder.
cache() {
    local version
    version=$(candidate)
    printf '%s/vault-plugin-secrets-oracle-financials/%s-%s\n' \
        "${XDG_CACHE_HOME:-$HOME/.cache}" "$package" "${version:-unknown}"
}

# candidate prints the version that apt would install, or nothing.
candidate() {
    if command -v apt-cache >/dev/null; then
        LC_ALL=C apt-cache policy "$package" 2>/dev/null | awk '$1 == "Candidate:" && $2 != "(none)" { print $2 }'
    fi
}

# unpack_once downloads the package and unpacks it, unless another run does so meanwhile.
unpack_once() {
    local target
    if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
        die "there is no promtool or no prometheus: install Prometheus (brew install prometheus, or a release from prometheus.io), or set PROMTOOL_BIN and PROMETHEUS_BIN"
    fi
    if [[ -z $(candidate) && $EUID == 0 ]]; then
        say "apt knows no package $package yet: running apt-get update"
        apt-get update >&2 || die "apt-get update failed: see above"
    fi
    [[ -n $(candidate) ]] || die "apt knows no package $package: run apt-get update as root, or install Prometheus yourself"

    target=$(cache)
    mkdir -p "$(dirname "$target")"
    # The names are tool-cache.sh's own; what it removes as a file is not used here.
    lock=$target.lock temporary=$target.none.$$ log=$target.log.$$ locked='' child='' unpacked=$target.$$
    trap 'rm -rf "$unpacked"; clean_up' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    take_lock "Debian's $package"
    if [[ ! -d $target ]]; then
        fetch "$target"
    fi
    rm -f "$lock"
    locked=''
}

# fetch TARGET leaves the programs in TARGET, whole or not at all.
fetch() {
    local target=$1 program
    say "Downloading Debian's package $package $(candidate), once (19 MB; 90 MB in $target)"
    mkdir "$unpacked"
    # Root's download would be handed to the user _apt, who may not write into this folder.
    (cd "$unpacked" && apt-get -o APT::Sandbox::User=root download "$package") >"$log" 2>&1 ||
        fail_with_log "could not download the package $package: is a Debian mirror reachable, and apt-get update run lately?"
    dpkg -x "$unpacked"/*.deb "$unpacked/root"
    mkdir "$unpacked/programs"
    for program in "${programs[@]}"; do
        mv "$unpacked/root/usr/bin/$program" "$unpacked/programs/"
    done
    mv "$unpacked/programs" "$target"
}

main "$@"
