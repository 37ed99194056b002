// Command oracle-financials-sim serves a simulated Oracle Fusion pod, and steers one that is running.
//
// It is for tests, demonstrations and development; package oraclesim says what it simulates. Run it with --help.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
