package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// part is something that is measured, and can be asked for alone.
type part struct {
	name    string
	title   string
	measure func(*bench, context.Context) error
}

func parts() []part {
	return []part{
		{"creds", "Reading a credential", (*bench).measureCreds},
		{"ceiling", "The way to a plugin", (*bench).measureCeiling},
		{"sweep", "Checking what is due", (*bench).measureSweep},
		{"calm", "Reading while checks run", (*bench).measureCalm},
		{"memory", "Memory", (*bench).measureMemory},
		{"minute", "An agent's minute", (*bench).measureMinute},
		{"idle", "Inside the engine", (*bench).measureIdle},
		{"rotation", "A rotation", (*bench).measureRotation},
		{"unseal", "A start", (*bench).measureUnseal},
		{"growth", "Growth", (*bench).measureGrowth},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := command(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1) //nolint:gocritic // the signal handler ends with the process
	}
}

func command(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	only := flags.String("only", "", "measure these `PARTS` only, separated by commas, and write no document")
	quick := flags.Bool("quick", false, "measure for too short a time, to see that all of it works; write no document")
	docs := flags.String("docs", "docs", "`DIRECTORY` of performance.md and images/performance")
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("read the flags: %w", err)
	}
	chosen, err := choose(*only)
	if err != nil {
		return err
	}
	whole := *only == "" && !*quick
	return measure(ctx, chosen, *quick, whole, *docs)
}

// choose gives the named parts; all of them for an empty text.
func choose(names string) ([]part, error) {
	if names == "" {
		return parts(), nil
	}
	var chosen, known []string
	for _, p := range parts() {
		known = append(known, p.name)
	}
	for name := range strings.SplitSeq(names, ",") {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("there is no part %q: choose from %s", name, strings.Join(known, ", "))
		}
		chosen = append(chosen, name)
	}
	return slices.DeleteFunc(parts(), func(p part) bool { return !slices.Contains(chosen, p.name) }), nil
}

// measure measures the parts, one after the other, and tells what they found.
func measure(ctx context.Context, chosen []part, quick, whole bool, docs string) error {
	binaries, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return fmt.Errorf("make a directory for programs: %w", err)
	}
	defer os.RemoveAll(binaries) //nolint:errcheck // the system cleans up after us
	b := &bench{binaries: binaries, quick: quick}
	b.found.plots = binaries
	if whole {
		b.found.plots = filepath.Join(docs, "images", "performance")
	}
	defer b.close()
	began := time.Now()
	for _, p := range chosen {
		started := time.Now()
		fmt.Fprintf(os.Stderr, "%s ...\n", p.title)
		b.found.begin(p.title)
		if err := p.measure(b, ctx); err != nil {
			return fmt.Errorf("measure %s: %w", p.name, err)
		}
		fmt.Fprintf(os.Stderr, "%s: %s\n", p.title, time.Since(started).Round(time.Second))
		if err := writeTable(os.Stdout, b.found.current().rows); err != nil {
			return err
		}
		for _, note := range b.found.current().notes {
			fmt.Fprintln(os.Stdout, "\n"+note)
		}
	}
	if !whole {
		return nil
	}
	return writeDocument(filepath.Join(docs, "performance.md"), b.found, machine(ctx), time.Since(began))
}

func (b *bench) close() {
	if b.estate != nil {
		b.estate.close()
	}
}
