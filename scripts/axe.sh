#!/usr/bin/env bash
# Finds the axe-core that the browser's tests look for faults of accessibility with, and takes the pinned one from the npm
# registry if there is none.
#
#   scripts/axe.sh           find it, else download it
#   scripts/axe.sh --print   find it, else fail
#
# In this order: AXE_PATH; what was downloaded earlier into the cache. Nothing is installed, and of the package nothing is
# run here: one file of it is unpacked into the cache, where it may be deleted at any time.
# Standard output is a path on a line of its own and nothing else; everything said to people goes to standard error.
set -euo pipefail

# A relative path means the caller's directory, which is left here.
if [[ -n ${AXE_PATH:-} && $AXE_PATH != /* ]]; then
    AXE_PATH=$PWD/$AXE_PATH
fi
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/tool-cache.sh
source scripts/tool-cache.sh

version=4.14.1
# Of the package as the registry has it, in hexadecimal: npm view axe-core@VERSION dist.integrity says the same in base64.
sha512=1477dafa598d8d065f273d6af302aa203c02e83131707b7fa648cd41bd3d6b734f8c22a0dab86ee6a6f64b8afbe804b214d36db85a2826965edfb3a0b9d546b5

main() {
    case "${1:-}" in
    '') found || {
        download_once
        found
    } ;;
    --print) found || die "there is no axe-core $version yet: run make browser" ;;
    *) die "unknown argument $1: only --print is known" ;;
    esac
}

# found prints where it is, or fails.
found() {
    if [[ -n ${AXE_PATH:-} ]]; then
        [[ -f $AXE_PATH && -r $AXE_PATH ]] || die "AXE_PATH=$AXE_PATH is not a file that can be read: correct it, or unset it"
        printf '%s\n' "$AXE_PATH"
        return
    fi
    [[ -f $(target) ]] && target
}

# target prints where the file belongs. Another version of it is another folder.
target() {
    printf '%s/vault-plugin-secrets-oracle-financials/axe-core-%s/axe.min.js\n' "${XDG_CACHE_HOME:-$HOME/.cache}" "$version"
}

# download_once downloads the package and unpacks the file, unless another run does so meanwhile.
download_once() {
    local folder
    command -v npm >/dev/null ||
        die "there is no axe-core and no npm to get it with: install npm (on Debian: apt-get install npm), or set AXE_PATH to an axe.min.js"
    folder=$(dirname "$(target)")
    mkdir -p "$(dirname "$folder")"
    # The names are tool-cache.sh's own; what it removes as a file is not used here.
    lock=$folder.lock temporary=$folder.none.$$ log=$folder.log.$$ locked='' child='' unpacked=$folder.$$
    trap 'rm -rf "$unpacked"; clean_up' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    take_lock "axe-core $version"
    if [[ ! -d $folder ]]; then
        fetch "$folder"
    fi
    rm -f "$lock"
    locked=''
}

# fetch FOLDER leaves the file in FOLDER, whole and proved or not at all.
fetch() {
    local folder=$1 package
    say "Downloading axe-core $version from the npm registry, once (4 MB)"
    mkdir "$unpacked"
    # npm asks the registry that its own configuration names; the digest says that it is the same package.
    npm pack --silent --ignore-scripts --pack-destination "$unpacked" "axe-core@$version" >"$log" 2>&1 ||
        fail_with_log "could not download axe-core $version: is the npm registry reachable (npm config get registry)?"
    package=$unpacked/axe-core-$version.tgz
    [[ $(digest "$package") == "$sha512" ]] ||
        die "what the npm registry gave as axe-core $version is not it: its SHA-512 is $(digest "$package"), and not $sha512"
    tar -xzf "$package" -C "$unpacked" package/axe.min.js
    mv "$unpacked/package" "$folder"
}

# digest FILE prints its SHA-512 in hexadecimal; macOS has another program for it.
digest() {
    if command -v sha512sum >/dev/null; then
        sha512sum "$1" | cut -d' ' -f1
    else
        shasum -a 512 "$1" | cut -d' ' -f1
    fi
}

main "$@"
