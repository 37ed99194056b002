#!/usr/bin/env bash
# Finds the Chromium that tests open the status page in, and installs Debian's if there is none.
#
#   scripts/chromium.sh           find it, else install it (as root on Debian and Ubuntu's relatives with that package)
#   scripts/chromium.sh --print   find it, else fail
#
# In this order: CHROMIUM_BIN; the PATH. Unlike a Prometheus, a browser cannot be unpacked into a cache: it needs libraries
# and fonts of the system. So it is installed, which only root may do; everybody else is told how.
# Standard output is a path on a line of its own and nothing else; everything said to people goes to standard error.
set -euo pipefail

# A relative path means the caller's directory, which is left here.
if [[ -n ${CHROMIUM_BIN:-} && $CHROMIUM_BIN != /* ]]; then
    CHROMIUM_BIN=$PWD/$CHROMIUM_BIN
fi
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/tool-cache.sh
source scripts/tool-cache.sh

package=chromium
how="install Chromium (on Debian, as root: apt-get install $package), or set CHROMIUM_BIN to a Chromium or Chrome"

main() {
    case "${1:-}" in
    '') found || {
        install
        found || die "Debian's package $package put no browser on the PATH: $how"
    } ;;
    --print) found || die "there is no Chromium: $how" ;;
    *) die "unknown argument $1: only --print is known" ;;
    esac
}

# found prints where it is, or fails.
found() {
    local name
    if [[ -n ${CHROMIUM_BIN:-} ]]; then
        [[ -f $CHROMIUM_BIN && -x $CHROMIUM_BIN ]] ||
            die "CHROMIUM_BIN=$CHROMIUM_BIN is not an executable file: correct it, or unset it"
        printf '%s\n' "$CHROMIUM_BIN"
        return
    fi
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        if command -v "$name"; then
            return
        fi
    done
    return 1
}

# install installs the package, with the fonts that Debian recommends besides left out.
install() {
    if ! command -v apt-get >/dev/null || [[ $EUID != 0 ]]; then
        die "there is no Chromium: $how"
    fi
    say "Installing Debian's package $package, once"
    if ! apt-cache policy "$package" 2>/dev/null | grep -q 'Candidate: [^(]'; then
        apt-get update >&2 || die "apt-get update failed: see above"
    fi
    # DejaVu, because a system without a font shows boxes, and a font is what the page's width depends on.
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$package" fonts-dejavu-core >&2 ||
        die "could not install $package: run apt-get update as root and try again, or set CHROMIUM_BIN"
}

main "$@"
