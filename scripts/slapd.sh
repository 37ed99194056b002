#!/usr/bin/env bash
# Finds the slapd that `make bench` compares with, and takes it from Debian's package if there is none.
#
#   scripts/slapd.sh           find it, else download and unpack it
#   scripts/slapd.sh --print   find it, else fail
#
# In this order: SLAPD_ROOT, a folder with usr/sbin/slapd, usr/lib and etc/ldap/schema in it; the system's own; what was
# unpacked earlier into the cache. Nothing is installed: the package and the libraries that it names are unpacked into the
# cache, where they may be deleted at any time.
# Standard output is that folder and nothing else (/ for the system's own); everything said to people goes to standard error.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/tool-cache.sh
source scripts/tool-cache.sh

package=slapd

main() {
    case "${1:-}" in
    '')
        found || {
            unpack_once
            found || die "Debian's package $package holds no usr/sbin/slapd: install it, and set SLAPD_ROOT=/"
        }
        ;;
    --print) found || die "there is no slapd yet: run scripts/slapd.sh" ;;
    *) die "unknown argument $1: only --print is known" ;;
    esac
}

# found prints the folder, or fails.
found() {
    local root
    if [[ -n ${SLAPD_ROOT:-} ]]; then
        [[ -x $SLAPD_ROOT/usr/sbin/slapd ]] || die "SLAPD_ROOT=$SLAPD_ROOT has no usr/sbin/slapd: correct it, or unset it"
        printf '%s\n' "$SLAPD_ROOT"
        return
    fi
    for root in / "$(cache)"; do
        if [[ -x $root/usr/sbin/slapd && -d $root/etc/ldap/schema ]]; then
            printf '%s\n' "$root"
            return
        fi
    done
    return 1
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

# unpack_once downloads the packages and unpacks them, unless another run does so meanwhile.
unpack_once() {
    local target
    if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
        die "there is no slapd: install OpenLDAP's server, and set SLAPD_ROOT to the folder with usr/sbin/slapd in it"
    fi
    if [[ -z $(candidate) && $EUID == 0 ]]; then
        say "apt knows no package $package yet: running apt-get update"
        apt-get update >&2 || die "apt-get update failed: see above"
    fi
    [[ -n $(candidate) ]] || die "apt knows no package $package: run apt-get update as root, or install slapd yourself"

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
    local target=$1 file
    local -a packages
    mapfile -t packages < <(libraries)
    say "Downloading Debian's package $package $(candidate) and ${#packages[@]} libraries, once (3 MB; 9 MB in $target)"
    mkdir "$unpacked"
    # Root's download would be handed to the user _apt, who may not write into this folder.
    (cd "$unpacked" && apt-get -o APT::Sandbox::User=root download "$package" "${packages[@]}") >"$log" 2>&1 ||
        fail_with_log "could not download the package $package: is a Debian mirror reachable, and apt-get update run lately?"
    for file in "$unpacked"/*.deb; do
        dpkg -x "$file" "$unpacked/root"
    done
    mv "$unpacked/root" "$target"
}

# libraries prints the libraries that the package names, but for those of the C compiler, which every system has.
libraries() {
    LC_ALL=C apt-cache depends --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances "$package" |
        awk '/Depends: lib/ && $2 !~ /^libc6|^libcrypt1|^libgcc|^libperl|^libodbc/ { print $2 }'
}

main "$@"
