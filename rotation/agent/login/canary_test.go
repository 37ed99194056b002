package login_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
)

// plain is the address of a server without TLS.
func plain(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	return server.URL
}

// canary is in every secret of these tests.
const canary = "canary"

// TestNoSecretIsLoggedOrSaid plays every method through a login, a revocation and refusals against a Vault that repeats all
// that it was sent.
func TestNoSecretIsLoggedOrSaid(t *testing.T) {
	wrapped := config.Auth{Method: config.MethodAppRole, RoleID: "role", SecretIDFile: file(t, "wrap-canary"), SecretIDWrapped: true}
	methods := map[string]config.Auth{
		"token":              {Method: config.MethodToken},
		"token file":         {Method: config.MethodTokenFile, TokenFile: file(t, "hvs.canary-file")},
		"approle":            {Method: config.MethodAppRole, RoleID: "role", SecretIDFile: file(t, "secret-canary")},
		"approle, wrapped":   wrapped,
		"approle, used up":   wrapped,
		"kubernetes":         {Method: config.MethodKubernetes, Role: "agent", JWTFile: file(t, "jwt-canary")},
		"jwt":                {Method: config.MethodJWT, Role: "agent", JWTFile: file(t, "jwt-canary")},
		"approle, a new one": {Method: config.MethodAppRole, RoleID: "role", SecretIDFile: file(t, "other-canary")},
	}
	t.Setenv("VAULT_TOKEN", "hvs.canary-of-environment")
	for name, auth := range methods {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := newVault()
				v.echo, v.secretID = true, "secret-canary"
				if name != "approle, used up" {
					v.wrappings["wrap-canary"] = v.secretID
				}
				for _, token := range []string{"hvs.canary-of-environment", "hvs.canary-file"} {
					v.give(token, time.Hour, true)
				}
				session, log := open(t, v, auth)
				var errors strings.Builder
				running(t, session, func() {
					turns(t, session, 2*time.Hour)
					v.set(func(v *vault) { clear(v.tokens); v.refuses = "no" })
					for range 3 {
						turns(t, session, time.Hour)
						_, err := session.Client()
						fmt.Fprintf(&errors, "%v %+v %#v", err, err, err)
					}
					fmt.Fprintf(&errors, "%v %+v", session, session)
				})
				if text := log.String() + errors.String(); strings.Contains(text, canary) {
					t.Errorf("a secret is in what was said:\n%s", text)
				}
				if v.count("/login")+v.count("lookup-self")+v.count("/unwrap") == 0 || log.String() == "" {
					t.Error("nothing happened")
				}
			})
		})
	}
}
