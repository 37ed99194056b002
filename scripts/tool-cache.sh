# shellcheck shell=bash
# Builds a pinned tool from source, once, into a cache outside the source tree. Meant to be sourced from the root of the
# source tree by build-vault.sh and lint.sh.
#
# A tool is a module under tools/ whose go.mod pins it. Whatever changes the binary changes its place in the cache, so
# nothing stale is ever found, and it is moved into place whole, so nothing half-made is.

export GOWORK=off

say() { printf '%s\n' "$*" >&2; }

die() {
    say "error: $*"
    exit 1
}

# pinned_version DIR MODULE prints which version of the module tools/DIR pins, without the v.
pinned_version() {
    local dir=$1 module=$2 version
    version=$(sed -n "s|^[[:space:]]*${module} v\([^ ]*\).*|\1|p" "tools/$dir/go.mod")
    [[ -n $version ]] || die "tools/$dir/go.mod names no version of $module"
    printf '%s\n' "$version"
}

# cached_path DIR MODULE TAGS [NAME] prints where the binary of tools/DIR belongs; it is named after DIR, or NAME.
cached_path() {
    local dir=$1 module=$2 tags=$3 name=${4:-$1} version key
    version=$(pinned_version "$dir" "$module") || exit 1
    key=$({
        cat "tools/$dir/go.mod" "tools/$dir/go.sum"
        go version
        printf '%s\n' "$tags"
    } | cksum)
    printf '%s/vault-plugin-secrets-oracle-financials/%s-%s-%08x/%s\n' \
        "${XDG_CACHE_HOME:-$HOME/.cache}" "${dir//\//-}" "$version" "${key%% *}" "$name"
}

# build_once TARGET TITLE DIR PACKAGE TAGS builds the package with tools/DIR's go.mod into TARGET, unless another run
# does so meanwhile.
build_once() {
    local target=$1 title=$2 dir=$3 package=$4 tags=$5 total began=$SECONDS
    mkdir -p "$(dirname "$target")"
    lock=$(dirname "$target")/lock temporary=$target.$$ log=$target.log.$$ locked='' child=''
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    take_lock "$title"
    if [[ -x $target ]]; then
        return
    fi

    go list -C "tools/$dir" -tags "$tags" -deps "$package" >"$log.packages" 2>"$log" &
    child=$!
    watch "$child" "Downloading the source of $title, once" '^go: downloading' '' modules ||
        fail_with_log "could not download the source of $title: is the Go module proxy reachable?"
    total=$(wc -l <"$log.packages")

    go build -C "tools/$dir" -v -trimpath -buildvcs=false -tags "$tags" -ldflags '-s -w' -o "$temporary" "$package" 2>"$log" &
    child=$!
    watch "$child" "Building $title from source, once" '^[a-z]' " of about $((total))" packages ||
        fail_with_log "could not build $title"
    child=''
    mv "$temporary" "$target"
    say "Built $title in $(duration $((SECONDS - began)))"
}

# watch PID WHAT PATTERN OF UNIT shows how far a background command is until it ends, and returns its status: the lines
# of its log that match are counted. On a terminal one line is updated; elsewhere a line comes every half minute.
watch() {
    local pid=$1 what=$2 pattern=$3 of=$4 unit=$5 began=$SECONDS shown=$SECONDS line
    while kill -0 "$pid" 2>/dev/null; do
        line="$what: $(grep -c "$pattern" "$log" || true)$of $unit, $(duration $((SECONDS - began)))"
        if [[ -t 2 ]]; then
            printf '\r%s\033[K' "$line" >&2
        elif ((SECONDS - shown >= 30)); then
            say "$line"
            shown=$SECONDS
        fi
        sleep 1
    done
    if [[ -t 2 ]]; then
        printf '\r\033[K' >&2
    fi
    wait "$pid"
}

# take_lock waits until no other run builds the same. A lock whose owner is gone is taken over. Should two runs do that at
# once, both build, which costs time and breaks nothing.
take_lock() {
    local title=$1 owner said=
    until ln -s "$$" "$lock" 2>/dev/null; do
        owner=$(readlink "$lock" || true)
        if [[ -n $owner ]] && ! kill -0 "$owner" 2>/dev/null; then
            rm -f "$lock"
            continue
        fi
        if [[ -z $said ]]; then
            say "Another run (process $owner) is building $title: waiting for it"
            said=yes
        fi
        sleep 1
    done
    locked=yes
}

clean_up() {
    # Background commands of a script don't hear an interrupt, so they are ended here.
    if [[ -n $child ]]; then
        kill "$child" 2>/dev/null || true
    fi
    rm -f "$temporary" "$log" "$log.packages"
    if [[ -n $locked ]]; then
        rm -f "$lock"
    fi
}

fail_with_log() {
    child=''
    tail -n 30 "$log" >&2
    die "$1"
}

duration() { printf '%dm%02ds' $(($1 / 60)) $(($1 % 60)); }
