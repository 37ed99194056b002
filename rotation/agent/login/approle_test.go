package login_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
)

func TestAWrappedSecretIDIsUnwrappedOnceAndUsedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVault()
		v.wrappings["wrap-1"] = "secret-id-1"
		auth := approle(t, "wrap-1\n")
		auth.SecretIDWrapped = true
		session, _ := open(t, v, auth)
		running(t, session, func() {
			if failed := turns(t, session, 12*time.Hour); failed != 0 {
				t.Errorf("%d turns were without a token", failed)
			}
			if logins, unwraps := v.count("/login"), v.count("/unwrap"); logins < 3 || unwraps != 1 {
				t.Errorf("%d logins and %d unwraps", logins, unwraps)
			}
			if token := v.last(t, "/login").header.Get("X-Vault-Token"); token != "" {
				t.Errorf("the login carried a token, %q", token)
			}
			// Another wrapping token in the file is another secret id.
			v.set(func(v *vault) { v.wrappings["wrap-2"], v.secretID = "secret-id-2", "secret-id-2" })
			fill(t, auth.SecretIDFile, "wrap-2")
			if failed := turns(t, session, 12*time.Hour); failed != 0 || v.count("/unwrap") != 2 {
				t.Errorf("%d turns without a token, %d unwraps", failed, v.count("/unwrap"))
			}
		})
	})
}

func TestAWrappedSecretIDThatIsNoneSaysWhatToDo(t *testing.T) {
	cases := map[string]struct {
		set  func(*vault)
		says string
	}{
		"somebody else unwrapped it": {func(*vault) {}, "treat the secret id as stolen"},
		"it wraps something else":    {func(v *vault) { v.wrappings["wrap-1"] = "" }, "is no secret id of AppRole"},
		"Vault is sealed":            {func(v *vault) { v.sealed = true }, "unseal it"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := newVault()
				c.set(v)
				auth := approle(t, "wrap-1")
				auth.SecretIDWrapped = true
				session, _ := open(t, v, auth)
				if err := session.Login(t.Context()); err == nil || !strings.Contains(err.Error(), c.says) {
					t.Errorf("it says %v, want %q", err, c.says)
				}
			})
		})
	}
}

func TestTheRoleIDMayBeInAFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVault()
		auth := config.Auth{Method: config.MethodAppRole, Mount: "team/approle", RoleIDFile: file(t, "from-file\n"), SecretIDFile: file(t, "secret-id-1\n")}
		session, _ := open(t, v, auth)
		if err := session.Login(t.Context()); err != nil {
			t.Fatal(err)
		}
		sent := v.last(t, "/login")
		if sent.path != "/v1/auth/team/approle/login" || sent.body["role_id"] != "from-file" || sent.body["secret_id"] != "secret-id-1" {
			t.Errorf("sent %s %s", sent.path, sent.raw)
		}
		auth.RoleIDFile += "-not"
		session, _ = open(t, v, auth)
		if err := session.Login(t.Context()); err == nil || !strings.Contains(err.Error(), "no such file") {
			t.Errorf("without the file: %v", err)
		}
	})
}
