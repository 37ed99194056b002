package backend_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/vault/sdk/logical"
	"pgregory.net/rapid"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// passwords are all that a user of a sequence ever has, or is written to have.
var passwords = []string{"First-Horse-1", "Second-Horse-2", "Third-Horse-3", "Fourth-Horse-4"}

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
	w.mustAnswer(rt, logical.UpdateOperation, "config", map[string]any{"allowed_hosts": "127.0.0.1"})
	w.policyChanges(rt)
	if w.stage.kind != noDirectory {
		w.mustAnswer(rt, logical.UpdateOperation, "directories/d", w.directoryFields())
	}
	w.create(rt, "right")
	w.check(rt)
	w.people, w.others = rapid.Bool().Draw(rt, "people log in"), rapid.Bool().Draw(rt, "others log in")
}

func (w *world) mustAnswer(rt *rapid.T, operation logical.Operation, path string, data map[string]any) {
	if got := w.ask(operation, path, data, nil); !got.ok {
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

// write gives the integration a password: the right one as often as all the others together.
func (w *world) write(rt *rapid.T) {
	w.put(rt, logical.PatchOperation, map[string]any{}, "")
}

func (w *world) put(rt *rapid.T, operation logical.Operation, fields map[string]any, choice string) {
	before, _, existed := w.integration()
	if choice == "" {
		choice = rapid.SampledFrom(append([]string{"right", "right", "right", "right"}, passwords...)).Draw(rt, "password")
	}
	if choice == "right" || !w.people {
		choice = w.oracleHas
	}
	if choice == "" {
		choice = passwords[0]
	}
	fields["password"] = choice
	verified := w.people && rapid.Bool().Draw(rt, "verified")
	fields["verify_connection"] = verified
	if rapid.IntRange(0, 3).Draw(rt, "with modules") == 0 {
		fields["modules"] = w.drawModules(rt)
	}
	got := w.ask(operation, "integrations/gl", fields, person)
	if stored, _, exists := w.integration(); !verified && exists && (!existed || stored != before) {
		w.Lock()
		w.granted = true
		w.Unlock()
	}
	w.log("  password %s, verified %v: %v %.100s", choice, verified, got.ok, got.text)
}

func (w *world) drawModules(rt *rapid.T) []string {
	return rapid.SampledFrom([][]string{{"GL"}, {"AP"}, {"GL", "AP"}, {"GL", "FA"}, {"FA"}}).Draw(rt, "modules")
}

func (w *world) modulesChange(rt *rapid.T) {
	by := any(nil)
	fields := map[string]any{"modules": w.drawModules(rt), "verify_connection": false}
	if w.people && rapid.Bool().Draw(rt, "verified") {
		fields["verify_connection"], by = true, person
	}
	got := w.ask(logical.PatchOperation, "integrations/gl", fields, by)
	w.log("  %v: %.100s", fields, got.text)
}

func (w *world) deleteAndCreate(rt *rapid.T) {
	w.log("  %.100s", w.ask(logical.DeleteOperation, "integrations/gl", nil, nil).text)
	if w.revive(); rapid.Bool().Draw(rt, "time between") {
		w.sleep(time.Hour)
	}
	if _, _, exists := w.integration(); !exists {
		w.create(rt, "")
	}
}

func (w *world) directoryChanges(rt *rapid.T) {
	if w.stage.kind == noDirectory {
		rt.Skip()
	}
	_, now, _ := w.integration()
	next := map[bool]any{true: "d", false: ""}[now == ""]
	if rapid.IntRange(0, 3).Draw(rt, "keep it") == 0 {
		next = "d"
	}
	w.log("  %v: %.100s", next, w.ask(logical.PatchOperation, "integrations/gl", map[string]any{"directory": next}, nil).text)
}

func (w *world) policyChanges(rt *rapid.T) {
	const minute, hour = 60, 3600
	of := func(field string, values ...int) int { return rapid.SampledFrom(values).Draw(rt, field) }
	fields := map[string]any{
		"login_failure_budget":  of("login_failure_budget", 1, 2, 2),
		"operator_login_budget": of("operator_login_budget", 1, 2), "operator_login_window": of("operator_login_window", minute, hour, 5*hour),
		"hold_period":  of("hold_period", 0, 10*minute, 2*hour, 12*hour),
		"unlock_delay": of("unlock_delay", 0, hour, hour, 2*hour), "check_period": of("check_period", 2*hour, 6*hour),
		"failure_threshold": of("failure_threshold", 1, 3),
	}
	got := w.ask(logical.UpdateOperation, "policies/default", fields, nil)
	w.log("  %v %.100s", fields, got.text)
}

func (w *world) check(*rapid.T) { w.show(w.ask(logical.UpdateOperation, "check/gl", nil, nil)) }

func (w *world) force(*rapid.T) {
	w.show(w.ask(logical.UpdateOperation, "check/gl", map[string]any{"force": true}, person))
}

func (w *world) release(*rapid.T) {
	w.show(w.ask(logical.UpdateOperation, "reconcile/gl", map[string]any{"action": "release"}, person))
}

func (w *world) sweep(*rapid.T) {
	got := w.ask(logical.UpdateOperation, "sweep", map[string]any{"wait": 1}, nil)
	w.log("  %.200v %.100s", got.data["results"], got.text)
}

// show logs a status.
func (w *world) show(got answer) {
	w.log("  %v %v, %v, refused %v, held %v until %v; %.150s",
		got.data["state"], got.data["reason"], got.data["confidence"], got.data["refused_logins"], got.data["held"], got.data["held_until"], got.text)
}

// readAround reads everything that must hold no secret.
func (w *world) readAround(*rapid.T) {
	for _, path := range []string{"status/gl", "integrations/gl", "history/gl", "report", "directories/d", "policies/default", "config", "info"} {
		w.ask(logical.ReadOperation, path, nil, nil)
	}
	w.ask(logical.ListOperation, "status/", nil, nil)
	stored, _, exists := w.integration()
	got := w.ask(logical.ReadOperation, "creds/gl", nil, nil)
	if w.revive(); exists && got.ok && got.data["password"] != stored {
		w.book.fault("creds serve another password than the one that is stored")
	}
	if text := fmt.Sprint(got.data); exists && got.ok && !strings.Contains(text, stored) {
		w.book.fault("creds answered %s", text)
	}
}
