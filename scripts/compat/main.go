// Command compat runs the tests that need a real Vault on each Vault that this source tree pins: on the one that every
// other test uses (tools/vault) and on the older ones (tools/compat). It builds what is missing, and tells in a table what
// came of each.
//
//	go run ./scripts/compat
//	go run ./scripts/compat -only 1.19,1.18
//	go run ./scripts/compat -run TestSweep
//
// VAULT_BIN and a vault on the PATH are not looked at: which version ran is the point.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// Exit codes.
const (
	exitPassed = 0
	exitFailed = 1 // on a Vault a test failed, or nothing could be run
	exitUsage  = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run reads the flags, tries each Vault, prints the table, and returns the exit code.
func run(ctx context.Context, arguments []string, out, complaints io.Writer) int {
	flags := flag.NewFlagSet("compat", flag.ContinueOnError)
	flags.SetOutput(complaints)
	only := flags.String("only", "", "minor versions of Vault to run on, with commas; empty for all")
	tests := flags.String("run", "", "regular expression of the tests to run; empty for all")
	if err := flags.Parse(arguments); errors.Is(err, flag.ErrHelp) {
		return exitPassed
	} else if err != nil || flags.NArg() > 0 {
		return exitUsage
	}
	pins, err := readPins(".")
	if err == nil {
		pins, err = chosen(pins, *only)
	}
	if err != nil {
		fmt.Fprintln(complaints, "compat:", err)
		return exitUsage
	}
	var trials []trial
	for _, p := range pins {
		t := try(ctx, p, *tests, out)
		trials = append(trials, t)
		if ctx.Err() != nil {
			break
		}
	}
	writeTable(out, trials)
	for _, t := range trials {
		if !t.passed() {
			return exitFailed
		}
	}
	return exitPassed
}
