#!/usr/bin/env bash
# Finds the OpenTofu that `make consumers` runs the examples of docs/examples/terraform with, and builds it from source if
# there is none.
#
#   scripts/build-opentofu.sh           find it, else build it
#   scripts/build-opentofu.sh --print   find it, else fail
#
# In this order: TOFU_BIN; a tofu on the PATH; the pinned version (tools/opentofu/go.mod) built earlier into the cache.
# Standard output is the path of the binary and nothing else; everything said to people goes to standard error.
set -euo pipefail

# A relative TOFU_BIN means the caller's directory, which is left here.
if [[ -n ${TOFU_BIN:-} && $TOFU_BIN != /* ]]; then
    TOFU_BIN=$PWD/$TOFU_BIN
fi
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/tool-cache.sh
source scripts/tool-cache.sh

module=github.com/opentofu/opentofu

main() {
    local target title
    case "${1:-}" in
    '' | --print) ;;
    *) die "unknown argument $1: only --print is known" ;;
    esac

    if [[ -n ${TOFU_BIN:-} ]]; then
        [[ -f $TOFU_BIN && -x $TOFU_BIN ]] ||
            die "TOFU_BIN=$TOFU_BIN is not an executable file: correct it, or unset it to use the pinned OpenTofu"
        printf '%s\n' "$TOFU_BIN"
        return
    fi
    if command -v tofu; then
        return
    fi
    target=$(cached_path opentofu "$module" '')
    if [[ ! -x $target ]]; then
        [[ ${1:-} != --print ]] || die "there is no OpenTofu yet: run scripts/build-opentofu.sh"
        title="OpenTofu $(basename "$(dirname "$target")" | cut -d- -f2)"
        say "Building $title from source, once: about five minutes on two cores, in $(dirname "$target")"
        build_once "$target" "$title" opentofu "$module/cmd/tofu" ''
    fi
    printf '%s\n' "$target"
}

main "$@"
