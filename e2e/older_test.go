package e2e_test

import (
	"fmt"
	"testing"

	"vault-plugin-secrets-oracle-financials/internal/vaultdev"
)

// needsMinor skips a test on a Vault before 1.minor, which cannot do what the test needs. Nothing else here
// looks at Vault's version.
func needsMinor(t *testing.T, minor int, what string) {
	t.Helper()
	version, err := vaultdev.Version(t.Context())
	mustDo(t, err)
	var major, is int
	_, err = fmt.Sscanf(version, "%d.%d.", &major, &is)
	mustDo(t, err)
	if major == 1 && is < minor {
		t.Skipf("Vault has it since 1.%d: %s", minor, what)
	}
}
