package backend_test

import (
	"time"

	"github.com/hashicorp/vault/sdk/logical"
	"pgregory.net/rapid"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// setUp draws a pod and a policy and writes the integration, mostly with the right password.
func (w *world) setUp(rt *rapid.T) {
	switches := oraclesim.Switches{
		LockThreshold:              rapid.SampledFrom([]int{3, 5, 10}).Draw(rt, "lock threshold"),
		LockDuration:               rapid.SampledFrom([]time.Duration{30 * time.Minute, time.Hour, 200 * time.Hour}).Draw(rt, "lock duration"),
		NoAPILockLag:               rapid.Bool().Draw(rt, "no lag"),
		LagAfterTimedUnlock:        rapid.Bool().Draw(rt, "lag after a timed unlock"),
		ActiveFlipsOnLock:          rapid.Bool().Draw(rt, "active flips on lock"),
		ExpiredAcceptedUntilReport: rapid.Bool().Draw(rt, "expired is accepted"),
		DomainNotLoginStore:        rapid.IntRange(0, 5).Draw(rt, "another login store") == 0,
		LockedLoginsUncounted:      rapid.IntRange(0, 3).Draw(rt, "locked logins do not count") == 0,
		OnlyWrongPasswordsCount:    rapid.IntRange(0, 3).Draw(rt, "only wrong passwords count") == 0,
		PasswordMaxAge:             oraclesim.NeverExpires,
	}
	w.stage.usual = switches
	w.stage.upAgain(rt)
	w.log("%s, %+v", w.stage.kind, switches)
	access := map[oraclesim.Module]oraclesim.Access{oraclesim.GeneralLedger: oraclesim.AccessGranted, oraclesim.Payables: oraclesim.AccessGranted}
	mustPlay(rt, w.stage.pod.AddUser(oraclesim.User{Name: user, Password: passwords[0], Access: access}))
	mustPlay(rt, w.stage.pod.AddUser(oraclesim.User{Name: adminUser, Password: adminSecret, IdentityAdmin: true}))
	w.oracleHas = passwords[0]
	w.boot()
	w.mustAnswer(rt, logical.UpdateOperation, "config", map[string]any{"allowed_hosts": "127.0.0.1"}, nil)
	w.policyChanges(rt)
	if w.stage.kind != noDirectory {
		w.mustAnswer(rt, logical.UpdateOperation, "directories/d", w.directoryFields(), writingD)
	}
	w.create(rt, "right")
	w.check(rt)
	w.people, w.others = rapid.Bool().Draw(rt, "people log in"), rapid.Bool().Draw(rt, "others log in")
}

func (w *world) mustAnswer(rt *rapid.T, operation logical.Operation, path string, data map[string]any, by any) {
	if got := w.ask(operation, path, data, by); !got.ok {
		rt.Fatalf("%s %s: %s", operation, path, got.text)
	}
}

func (w *world) directoryFields() map[string]any {
	fields := map[string]any{"type": w.stage.kind, "allowed_usernames": "API_*", "ca_cert": string(w.stage.sim.CACertPEM())}
	if w.stage.kind == fusionDirectory {
		return laid(fields, map[string]any{"url": w.stage.podURL(), "username": adminUser, "password": adminSecret})
	}
	return laid(fields, map[string]any{
		"url": w.stage.domainURL(), "client_id": clientID, "client_secret": clientKey, "allowed_server_hosts": "127.0.0.1",
	})
}

// create writes the integration anew; choice is the password, empty for any.
func (w *world) create(rt *rapid.T, choice string) {
	fields := map[string]any{
		"server_url": w.stage.podURL(), "username": user, "ca_cert": string(w.stage.sim.CACertPEM()),
		"retry_attempts": rapid.SampledFrom([]int{0, 0, 0, 2}).Draw(rt, "retry attempts"),
	}
	if w.stage.kind != noDirectory {
		fields["directory"] = "d"
	}
	w.put(rt, logical.UpdateOperation, fields, choice)
}
