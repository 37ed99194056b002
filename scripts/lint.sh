#!/usr/bin/env bash
# Runs the pinned golangci-lint (tools/lint/go.mod) with the arguments given, and builds it first if there is none.
#
#   scripts/lint.sh run ./...
#   scripts/lint.sh fmt --diff
#   scripts/lint.sh -C tools/browser run ./...   in another module of ours
#
# One on the PATH is not used: another version finds other things, and so would CI.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/tool-cache.sh
source scripts/tool-cache.sh

module=github.com/golangci/golangci-lint/v2

main() {
    local target title
    target=$(cached_path lint "$module" '')
    if [[ ! -x $target ]]; then
        title="golangci-lint $(basename "$(dirname "$target")" | cut -d- -f2)"
        say "Building $title from source, once: about three minutes on two cores"
        # In a subshell, because exec would skip the clean-up.
        (build_once "$target" "$title" lint "$module/cmd/golangci-lint" '')
    fi
    if [[ ${1:-} == -C ]]; then
        cd "$2"
        shift 2
    fi
    exec "$target" "$@"
}

main "$@"
