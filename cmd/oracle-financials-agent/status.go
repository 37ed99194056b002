package main

import (
	"time"

	"github.com/spf13/cobra"

	"vault-plugin-secrets-oracle-financials/rotation/agent/once"
)

// statusTime is how long status may take by itself.
const statusTime = time.Minute

func statusCommand(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "status [NAME...]",
		Short: "Show what is known of each integration",
		Long: `Shows the last known truth: what needs a hand first, with a sentence on what to do. Oracle is not
asked; check does that. Without a NAME it shows every integration of every configured mount.

NAME is an integration's name; where several mounts have one of that name, the mount stands
before it: oracle-financials/gl-prod.

Ends within a minute, unless --timeout says otherwise.`,
		Example: `  oracle-financials-agent status
  oracle-financials-agent status gl-prod ap-prod
  oracle-financials-agent status --output json | jq -r '.integrations[] | select(.severity != "ok").name'
  oracle-financials-agent status --output nagios gl-prod`,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			a, ctx, cancel, err := s.ask(cmd.Context(), statusTime)
			if err != nil {
				return err
			}
			defer cancel()
			if len(args) == 0 {
				return a.show(a.ofMounts(once.Read(ctx, a.engine, a.config.Mounts)))
			}
			names, err := a.names(ctx, args)
			if err != nil {
				return err
			}
			return a.show(a.ofAnswers(once.Statuses(ctx, a.engine, names)))
		},
	}
}
