package main

import (
	"cmp"
	"context"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
)

// dependency is a module that is built into a program.
type dependency struct {
	Path    string
	Version string
	Sum     string   // as in go.sum
	Dir     string   // where its source is
	Licence []string // SPDX identifiers
	Texts   []string // the files that say so
}

// builtIn reads out of programs what is built into them, each module once, and which Go built them.
func builtIn(files []string) (all []dependency, goVersion string, err error) {
	for _, file := range files {
		info, err := buildinfo.ReadFile(file)
		if err != nil {
			return nil, "", fmt.Errorf("read what is built into %s: %w", file, err)
		}
		goVersion = info.GoVersion
		for _, m := range info.Deps {
			if m.Replace != nil {
				m = m.Replace
			}
			all = append(all, dependency{Path: m.Path, Version: m.Version, Sum: m.Sum})
		}
	}
	slices.SortFunc(all, func(a, b dependency) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Version, b.Version))
	})
	all = slices.CompactFunc(all, func(a, b dependency) bool { return a.Path == b.Path && a.Version == b.Version })
	return all, goVersion, nil
}

// located finds the source of each module in the module cache.
func located(ctx context.Context, source string, all []dependency) ([]dependency, error) {
	args := []string{"mod", "download", "-json"}
	for _, d := range all {
		args = append(args, d.Path+"@"+d.Version)
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = source
	said, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("find the source of what is built in: %w", err)
	}
	found := slices.Clone(all)
	decoder := json.NewDecoder(strings.NewReader(string(said)))
	for {
		var m struct{ Path, Version, Dir string }
		if err := decoder.Decode(&m); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("find the source of what is built in: %w", err)
		}
		for i, d := range found {
			if d.Path == m.Path && d.Version == m.Version {
				found[i].Dir = m.Dir
			}
		}
	}
	return found, nil
}
