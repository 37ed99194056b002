package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// compile builds the programs of a target from a source tree into a folder. The cache is a folder, or empty for the user's.
func compile(ctx context.Context, source, into, cache string, t target, b build) error {
	args := []string{"build", "-trimpath", "-buildvcs=false", "-ldflags", b.flags(), "-o", into + string(filepath.Separator)}
	for _, program := range programs() {
		args = append(args, "./cmd/"+program)
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = source
	// What a builder has set for other work must not be in a release.
	cmd.Env = append(without(os.Environ(), "GOFLAGS", "GOEXPERIMENT", "GOAMD64", "GOARM64"),
		"CGO_ENABLED=0", "GOWORK=off", "GOOS="+t.os, "GOARCH="+t.arch)
	if cache != "" {
		cmd.Env = append(cmd.Env, "GOCACHE="+cache)
	}
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build for %s: %w\n%s", t, err, said)
	}
	return nil
}

func without(environment []string, names ...string) []string {
	var kept []string
	for _, variable := range environment {
		name, _, _ := strings.Cut(variable, "=")
		drop := false
		for _, unwanted := range names {
			drop = drop || name == unwanted
		}
		if !drop {
			kept = append(kept, variable)
		}
	}
	return kept
}

// copySource copies what Git knows of a source tree, as it is in the folder, to another place.
func copySource(ctx context.Context, source, to string) error {
	list := exec.CommandContext(ctx, "git", "ls-files", "-z")
	list.Dir = source
	names, err := list.Output()
	if err != nil {
		return fmt.Errorf("list the source: %w", err)
	}
	for name := range bytes.SplitSeq(bytes.TrimRight(names, "\x00"), []byte{0}) {
		from, into := filepath.Join(source, string(name)), filepath.Join(to, string(name))
		text, err := os.ReadFile(from)
		if err != nil {
			return fmt.Errorf("copy the source: %w", err)
		}
		if err := os.MkdirAll(filepath.Dir(into), 0o755); err != nil { //nolint:gosec // G301: source is no secret
			return fmt.Errorf("copy the source: %w", err)
		}
		if err := os.WriteFile(into, text, 0o644); err != nil { //nolint:gosec // G306: nor is this
			return fmt.Errorf("copy the source: %w", err)
		}
	}
	return nil
}

// differences are the files that are not the same in two folders.
func differences(one, other string, files []string) ([]string, error) {
	var unlike []string
	for _, file := range files {
		first, err := os.ReadFile(filepath.Join(one, file))
		if err != nil {
			return nil, fmt.Errorf("compare two builds: %w", err)
		}
		second, err := os.ReadFile(filepath.Join(other, file))
		if err != nil {
			return nil, fmt.Errorf("compare two builds: %w", err)
		}
		if !bytes.Equal(first, second) {
			unlike = append(unlike, file)
		}
	}
	return unlike, nil
}
