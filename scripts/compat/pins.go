package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// pin is a Vault that a module of this source tree pins.
type pin struct {
	dir     string // of the module, below the source tree
	version string // as in 1.20.3
}

// minor is its minor version, as in 1.20.
func (p pin) minor() string { return p.version[:strings.LastIndex(p.version, ".")] }

// number is the minor version as a number: 20 for 1.20.3.
func (p pin) number() int {
	_, number, _ := strings.Cut(p.minor(), ".")
	n, _ := strconv.Atoi(number) // pinned is digits
	return n
}

var pinned = regexp.MustCompile(`(?m)^\s*github\.com/hashicorp/vault v(1\.\d+\.\d+)\b`)

// readPins finds every pinned Vault, the newest first.
func readPins(root string) ([]pin, error) {
	modules, err := filepath.Glob(filepath.Join(root, "tools", "compat", "*", "go.mod"))
	if err != nil {
		return nil, fmt.Errorf("find the pinned vaults: %w", err)
	}
	var pins []pin
	for _, module := range append(modules, filepath.Join(root, "tools", "vault", "go.mod")) {
		text, err := os.ReadFile(module)
		if err != nil {
			return nil, fmt.Errorf("find the pinned vaults, from the root of the source tree: %w", err)
		}
		found := pinned.FindSubmatch(text)
		if found == nil {
			return nil, fmt.Errorf("find the pinned vaults: %s names no version of github.com/hashicorp/vault", module)
		}
		dir, err := filepath.Rel(root, filepath.Dir(module))
		if err != nil {
			return nil, fmt.Errorf("find the pinned vaults: %w", err)
		}
		pins = append(pins, pin{dir: filepath.ToSlash(dir), version: string(found[1])})
	}
	slices.SortFunc(pins, func(a, b pin) int { return cmp.Compare(b.number(), a.number()) })
	return pins, nil
}

// chosen are the pins whose minor versions were named, with commas; all of them if none was.
func chosen(pins []pin, only string) ([]pin, error) {
	if only == "" {
		return pins, nil
	}
	var picked []pin
	for minor := range strings.SplitSeq(only, ",") {
		i := slices.IndexFunc(pins, func(p pin) bool { return p.minor() == strings.TrimSpace(minor) })
		if i < 0 {
			var known []string
			for _, p := range pins {
				known = append(known, p.minor())
			}
			return nil, fmt.Errorf("no module pins a Vault %q: choose of %s", minor, strings.Join(known, ", "))
		}
		picked = append(picked, pins[i])
	}
	return picked, nil
}
