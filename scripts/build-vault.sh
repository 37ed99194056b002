#!/usr/bin/env bash
# Finds the Vault that tests and the demo run, and builds it from source if there is none.
#
#   scripts/build-vault.sh                     find it, else build it
#   scripts/build-vault.sh --print             find it, else fail
#   scripts/build-vault.sh tools/compat/1.19   the one that this module pins and no other, built if need be
#
# In this order: VAULT_BIN; a vault on the PATH; the pinned version (tools/vault/go.mod) built earlier into the cache.
# Standard output is the path of the binary and nothing else; everything said to people goes to standard error.
set -euo pipefail

# A relative VAULT_BIN means the caller's directory, which is left here.
if [[ -n ${VAULT_BIN:-} && $VAULT_BIN != /* ]]; then
    VAULT_BIN=$PWD/$VAULT_BIN
fi
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/tool-cache.sh
source scripts/tool-cache.sh

module=github.com/hashicorp/vault
tags=minimal # leaves out what Vault bundles for other products

main() {
    case "${1:-}" in
    '' | --print) ;;
    tools/*)
        [[ -f $1/go.mod ]] || die "there is no $1/go.mod: name a module below tools/ that pins a Vault"
        build "${1#tools/}"
        return
        ;;
    *) die "unknown argument $1: only --print and a folder below tools/ are known" ;;
    esac

    if [[ -n ${VAULT_BIN:-} ]]; then
        [[ -f $VAULT_BIN && -x $VAULT_BIN ]] ||
            die "VAULT_BIN=$VAULT_BIN is not an executable file: correct it, or unset it to use the pinned Vault"
        printf '%s\n' "$VAULT_BIN"
        return
    fi
    if command -v vault; then
        return
    fi
    build vault "${1:-}"
}

# build DIR [--print] prints where the Vault is that tools/DIR pins, and builds it before that unless there is one; with
# --print it fails then.
build() {
    local dir=$1 target title
    target=$(cached_path "$dir" "$module" "$tags" vault)
    if [[ ! -x $target ]]; then
        [[ ${2:-} != --print ]] || die "there is no Vault yet: run make vault"
        title="Vault $(pinned_version "$dir" "$module")"
        say "Building $title from source, once: five to ten minutes on two cores, for a binary of some 140 MB in $(dirname "$target")"
        build_once "$target" "$title" "$dir" "$module" "$tags"
    fi
    printf '%s\n' "$target"
}

main "$@"
