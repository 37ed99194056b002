//go:build race

package e2e_test

import "vault-plugin-secrets-oracle-financials/internal/vaultdev"

// Under -race the plugin is watched too, and the agent.
var buildPlugin = vaultdev.BuildPluginRace

var raceFlag = []string{"-race"}
