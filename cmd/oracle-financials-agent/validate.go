package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func validateCommand(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "validate",
		Short: "Check the configuration, and list everything that is wrong with it",
		Long: `Reads the configuration as every command does, the environment and flags included, and lists every
fault that it finds, the files that it names included: run it as the agent's user. Vault is not
asked. Exit code: 0, or 3 if there is a fault.`,
		Example: `  oracle-financials-agent validate --config /etc/oracle-financials-agent/agent.yaml`,
		Args:    noArguments,
		RunE: func(*cobra.Command, []string) error {
			loaded, err := s.load()
			if err == nil {
				err = loaded.Validate()
			}
			if err != nil {
				return err
			}
			what := "The configuration of the environment and flags"
			if s.config != "" {
				what = s.config
			}
			fmt.Fprintf(s.around.out, "%s is valid.\n", what)
			return nil
		},
	}
}
