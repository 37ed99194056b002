package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"vault-plugin-secrets-oracle-financials/rotation/agent/once"
	"vault-plugin-secrets-oracle-financials/rotation/agent/output"
)

// checkTime is how long check may take by itself.
const checkTime = 15 * time.Minute

func checkCommand(s *settings) *cobra.Command {
	all := false
	cmd := &cobra.Command{
		Use:   "check NAME... | --all",
		Short: "Check integrations now, each with one login",
		Long: `Proves each credential now: one login to Oracle, then one row of each finance module. After a
refused login the engine holds back, so that no account is locked: it then spends no login,
answers with what it knows, and says why on standard error. A check that fails stops no other.

NAME is an integration's name; where several mounts have one of that name, the mount stands
before it: oracle-financials/gl-prod. --all checks every integration of every configured mount,
due or not; for what is due, use sweep.

Ends within 15 minutes, unless --timeout says otherwise.`,
		Example: `  oracle-financials-agent check gl-prod
  oracle-financials-agent check gl-prod ap-prod --timeout 90s
  oracle-financials-agent check --all --output json`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args: func(_ *cobra.Command, args []string) error {
			if all != (len(args) == 0) {
				return errors.New("check takes the names of integrations, or --all: see oracle-financials-agent check --help")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			a, ctx, cancel, err := s.ask(cmd.Context(), checkTime)
			if err != nil {
				return err
			}
			defer cancel()
			return a.check(ctx, args)
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "check every integration of every configured mount")
	return cmd
}

// check checks the named integrations, or without names all that there are.
func (a *asking) check(ctx context.Context, args []string) error {
	var faults []output.Fault
	names, err := a.names(ctx, args)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		read := a.ofMounts(once.Read(ctx, a.engine, a.config.Mounts))
		faults = read.Faults
		for _, status := range read.Statuses {
			names = append(names, once.Name{Mount: status.Mount, Name: status.Name})
		}
	}
	bar := a.progress(len(names))
	answers := once.Check(ctx, a.engine, names, func(answer once.Answer) { bar.Add(answer.Name.Name) })
	bar.End()
	for _, answer := range answers {
		for _, warning := range answer.Warnings {
			a.warn("%s: %s", a.called(answer.Name), warning)
		}
	}
	shown := a.ofAnswers(answers)
	shown.Faults = append(faults, shown.Faults...)
	return a.show(shown)
}
