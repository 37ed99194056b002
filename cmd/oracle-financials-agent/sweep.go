package main

import (
	"context"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
	"vault-plugin-secrets-oracle-financials/rotation/agent/once"
	"vault-plugin-secrets-oracle-financials/rotation/agent/output"
)

const (
	// sweepTime is how long sweep may take by itself.
	sweepTime = 15 * time.Minute
	// reportTime is how long reading the estate may take after it, on top.
	reportTime = time.Minute
)

func sweepCommand(s *settings) *cobra.Command {
	dryRun := false
	cmd := &cobra.Command{
		Use:   "sweep",
		Short: "Run every check and rotation that is due, and wait for their end",
		Long: `Runs what is due in every configured mount, now, and waits until it is done: for cron, systemd
timers and Kubernetes CronJobs. The engine sweeps by itself, too; one that is running is joined.
What is not due is not touched, so it may be called as often as one likes.

It lists the rotations, what was passed over, and the checks after which something is not ok.
The exit code speaks of all integrations after it, as that of status does.

Ends within 15 minutes, unless --timeout says otherwise; work that has begun goes on in Vault.`,
		Example: `  oracle-financials-agent sweep
  oracle-financials-agent sweep --dry-run
  */15 * * * *  oracle-financials-agent sweep --timeout 10m --config /etc/oracle-financials-agent/agent.yaml`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.sweep(cmd.Context(), dryRun) },
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only say what would run, and why")
	return cmd
}

func planCommand(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "plan",
		Short: "Show what a sweep would do now, and why: sweep --dry-run",
		Long: `Shows every check and rotation that is due, the longest overdue first, and what would be passed
over and why. Nothing is done. It is sweep --dry-run, exit code included.`,
		Example: `  oracle-financials-agent plan
  oracle-financials-agent plan --output json | jq '.mounts[].results[]'`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.sweep(cmd.Context(), true) },
	}
}

// sweep runs or plans a sweep, and then reads the estate for the exit code.
func (s *settings) sweep(ctx context.Context, dryRun bool) error {
	a, bounded, cancel, err := s.ask(ctx, sweepTime)
	if err != nil {
		return err
	}
	defer cancel()
	bar := a.progress(0)
	swept := once.Sweep(bounded, a.engine, a.config.Mounts, dryRun, soFar(bar))
	bar.End()
	reading, done := context.WithTimeout(ctx, reportTime)
	defer done()
	answer := output.Sweep{DryRun: dryRun, Estate: a.ofMounts(once.Read(reading, a.engine, a.config.Mounts))}
	for _, mount := range swept {
		if mount.Asked {
			answer.Progresses = append(answer.Progresses, mount.Progress)
		}
		fault := output.Fault{Mount: mount.Mount, Message: mount.Fault}
		if mount.Fault != "" && !slices.Contains(answer.Estate.Faults, fault) {
			answer.Estate.Faults = append(answer.Estate.Faults, fault)
		}
	}
	a.complain(answer.Estate.Faults)
	return finish(a.around.out, func(w io.Writer) error { return answer.Write(w, a.format, style(w, a.around.environ)) }, answer.Estate.ExitCode())
}

// soFar shows on a bar how far all mounts are.
func soFar(bar *output.Progress) func(estate.Progress) {
	var mu sync.Mutex
	mounts := map[string]estate.Progress{}
	return func(p estate.Progress) {
		mu.Lock()
		defer mu.Unlock()
		mounts[p.Mount] = p
		done, due := 0, 0
		for _, mount := range mounts {
			done, due = done+mount.Due-mount.Remaining, due+mount.Due
		}
		bar.Set(done, due, "")
	}
}
