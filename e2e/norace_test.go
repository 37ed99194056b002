//go:build !race

package e2e_test

import "vault-plugin-secrets-oracle-financials/internal/vaultdev"

var buildPlugin = vaultdev.BuildPlugin

var raceFlag []string
