package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"vault-plugin-secrets-oracle-financials/rotation/agent/output"
)

func policyCommand(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "policy",
		Short: "Print the Vault policy that the agent needs",
		Long: `Prints the Vault policy that the agent's token needs for the configured mounts. It permits neither
reading a password nor choosing one, nor checks with force. Vault is not asked.

rotate is not in it: that is for an operator's token (deploy/policies/operator.hcl).`,
		Example: `  oracle-financials-agent policy | vault policy write oracle-financials-agent -
  oracle-financials-agent policy --mount oracle-financials --mount oracle-test`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			loaded, err := s.load()
			if err != nil {
				return err
			}
			fmt.Fprint(s.around.out, output.Policy(loaded.Mounts))
			return nil
		},
	}
}
