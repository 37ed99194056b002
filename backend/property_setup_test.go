package backend_test

import (
	"time"

	"github.com/hashicorp/vault/sdk/logical"
	"pgregory.net/rapid"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// setUp draws a pod and a policy and writes the integration, mostly with the right password.
func (w *world) setUp(rt *rapid.T) {
	w.door = w.stage.kind
	switch w.stage.kind {
	case selfManaged:
		w.door = noDirectory
	case inPairs:
		w.pair = true
		w.door = rapid.SampledFrom([]string{fusionDirectory, domainDirectory}).Draw(rt, "directory")
	}
	w.stage.usual = w.switches(rt)
	w.stage.upAgain(rt)
	w.log("%s, %s, %+v", w.stage.kind, w.door, w.stage.usual)
	w.addUsers(rt)
	w.boot()
	w.mustAnswer(rt, logical.UpdateOperation, "config", map[string]any{"allowed_hosts": "127.0.0.1"}, nil)
	w.policyChanges(rt)
	if w.door != noDirectory {
		w.mustAnswer(rt, logical.UpdateOperation, "directories/d", w.directoryFields(), writingD)
	}
	w.create(rt, "right")
	w.check(rt)
	w.people, w.others = rapid.Bool().Draw(rt, "people log in"), rapid.Bool().Draw(rt, "others log in")
}

func (w *world) switches(rt *rapid.T) oraclesim.Switches {
	oneIn := func(n int, what string) bool { return rapid.IntRange(1, n).Draw(rt, what) == 1 }
	return oraclesim.Switches{
		LockThreshold:              rapid.SampledFrom([]int{3, 5, 10}).Draw(rt, "lock threshold"),
		LockDuration:               rapid.SampledFrom([]time.Duration{30 * time.Minute, time.Hour, 200 * time.Hour}).Draw(rt, "lock duration"),
		NoAPILockLag:               rapid.Bool().Draw(rt, "no lag"),
		LagAfterTimedUnlock:        rapid.Bool().Draw(rt, "lag after a timed unlock"),
		ActiveFlipsOnLock:          rapid.Bool().Draw(rt, "active flips on lock"),
		ExpiredAcceptedUntilReport: rapid.Bool().Draw(rt, "expired is accepted"),
		DomainNotLoginStore:        oneIn(6, "another login store"),
		LockedLoginsUncounted:      oneIn(4, "locked logins do not count"),
		OnlyWrongPasswordsCount:    oneIn(4, "only wrong passwords count"),
		PatchUnlocks:               oneIn(3, "a set password unlocks"),
		PasswordHistory:            rapid.SampledFrom([]int{0, 0, 1, 24}).Draw(rt, "password history"),
		ScimPasswordIgnored:        oneIn(8, "a set password has no effect"),
		PasswordMaxAge:             oraclesim.NeverExpires,
	}
}

func (w *world) addUsers(rt *rapid.T) {
	pod := w.stage.pod
	access := map[oraclesim.Module]oraclesim.Access{oraclesim.GeneralLedger: oraclesim.AccessGranted, oraclesim.Payables: oraclesim.AccessGranted}
	mustPlay(rt, pod.AddUser(oraclesim.User{Name: user, Password: passwords[0], Access: access, IdentityAdmin: w.stage.kind == selfManaged}))
	mustPlay(rt, pod.AddUser(oraclesim.User{Name: adminUser, Password: adminSecret, IdentityAdmin: true}))
	if w.pair {
		mustPlay(rt, pod.AddUser(oraclesim.User{Name: standbyUser, Password: standbyPassword, Access: access}))
	}
	w.clientMay(rt, oraclesim.Rights())
}

// clientMay gives the domain's client its rights.
func (w *world) clientMay(rt *rapid.T, rights []oraclesim.Right) {
	mustPlay(rt, w.stage.pod.RemoveClient(clientID))
	mustPlay(rt, w.stage.pod.AddClient(oraclesim.Client{ID: clientID, Secret: clientKey, Rights: rights}))
}

func (w *world) mustAnswer(rt *rapid.T, operation logical.Operation, path string, data map[string]any, by any) {
	if got := w.ask(operation, path, data, by); !got.ok {
		rt.Fatalf("%s %s: %s", operation, path, got.text)
	}
}

func (w *world) directoryFields() map[string]any {
	fields := map[string]any{"type": w.door, "allowed_usernames": "API_*", "ca_cert": string(w.stage.sim.CACertPEM())}
	if w.door == fusionDirectory {
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
	if w.door != noDirectory {
		fields["directory"] = "d"
	}
	if w.stage.kind == selfManaged {
		fields["self_managed"], fields["accept_broad_privilege"] = true, true
	}
	if w.pair {
		fields["standby_username"], fields["standby_password"] = standbyUser, orElse(w.told(standbyUser), standbyPassword)
	}
	w.put(rt, logical.UpdateOperation, fields, user, choice)
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// users are the integration's users.
func (w *world) users() []string {
	if w.pair {
		return []string{user, standbyUser}
	}
	return []string{user}
}

// anyUser draws one of them.
func (w *world) anyUser(rt *rapid.T) string {
	if !w.pair {
		return user
	}
	return rapid.SampledFrom(w.users()).Draw(rt, "user")
}

// current is the user that applications read.
func (w *world) current() string {
	if stored, exists := w.gl(); exists {
		return stored.Username
	}
	return user
}
