#!/usr/bin/env bash
# Finds the Vault that tests and the demo run, and builds it from source if there is none.
#
#   scripts/build-vault.sh           find it, else build it
#   scripts/build-vault.sh --print   find it, else fail
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
    local target title
    case "${1:-}" in
    '' | --print) ;;
    *) die "unknown argument $1: only --print is known" ;;
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
    target=$(cached_path vault "$module" "$tags")
    if [[ ! -x $target ]]; then
        [[ ${1:-} != --print ]] || die "there is no Vault yet: run make vault"
        title="Vault $(basename "$(dirname "$target")" | cut -d- -f2)"
        say "Building $title from source, once: five to ten minutes on two cores, for a binary of 139 MB in $(dirname "$target")"
        build_once "$target" "$title" vault "$module" "$tags"
    fi
    printf '%s\n' "$target"
}

main "$@"
