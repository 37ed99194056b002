package backend_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// Vault Enterprise wraps once more what a plugin says holds secrets: that must be every entry that does.
func TestEveryEntryWithASecretIsSealWrapped(t *testing.T) {
	t.Parallel()
	for _, w := range ways() {
		t.Run(string(w), func(t *testing.T) {
			t.Parallel()
			m := newRotatingMount(t, w, oraclesim.Switches{})
			secrets := []string{password, standbyPassword, adminSecret, clientKey}
			m.ok(logical.UpdateOperation, "rotate/gl", nil)
			secrets = append(secrets, m.read("creds/gl")["password"].(string))
			wrapped, found := m.backend.SpecialPaths().SealWrapStorage, 0
			for key, value := range m.stored() {
				if !slices.ContainsFunc(secrets, func(secret string) bool { return strings.Contains(value, secret) }) {
					continue
				}
				found++
				if !slices.ContainsFunc(wrapped, func(prefix string) bool { return strings.HasPrefix(key, prefix) && strings.HasSuffix(prefix, "/") }) {
					t.Errorf("%s holds a secret and is not wrapped: wrapped are %q", key, wrapped)
				}
			}
			if found == 0 || !slices.Contains(wrapped, "fingerprint_key") {
				t.Errorf("%d entries hold a secret; wrapped are %q", found, wrapped)
			}
		})
	}
}
