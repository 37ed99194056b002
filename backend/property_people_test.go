package backend_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/vault/sdk/logical"
	"pgregory.net/rapid"
)

// passwords are all that a user of a sequence ever has, or is written to have.
var passwords = []string{"First-Horse-1", "Second-Horse-2", "Third-Horse-3", "Fourth-Horse-4"}

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
	got := w.ask(operation, "integrations/gl", fields, writing)
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
		fields["verify_connection"], by = true, writing
	}
	got := w.ask(logical.PatchOperation, "integrations/gl", fields, by)
	w.log("  %v: %.100s", fields, got.text)
}

func (w *world) deleteAndCreate(rt *rapid.T) {
	w.log("  %.100s", w.ask(logical.DeleteOperation, "integrations/gl", nil, nil).text)
	w.forgetWaits() // KNOWN: with the integration the engine forgets that the account was just unlocked
	if w.revive(); rapid.Bool().Draw(rt, "time between") {
		w.sleep(time.Hour)
	}
	if _, _, exists := w.integration(); !exists {
		w.create(rt, "")
	}
}

func (w *world) directoryChanges(rt *rapid.T) {
	w.forgetWaits()
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
	w.show(w.ask(logical.UpdateOperation, "check/gl", map[string]any{"force": true}, asking))
}

func (w *world) release(*rapid.T) {
	w.show(w.ask(logical.UpdateOperation, "reconcile/gl", map[string]any{"action": "release"}, asking))
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
