// Command oracle-financials-agent watches the Oracle integration users that Vault holds: once, as a command with an exit
// code, or as a daemon with metrics. It never reads or chooses a password. Run it with --help.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(start()) }

// start is the program with the process around it; it returns the exit code.
func start() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return run(ctx, os.Args[1:], surroundings{environ: os.Getenv, in: os.Stdin, out: os.Stdout, err: os.Stderr})
}
