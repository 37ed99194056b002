package backend_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/vault/sdk/logical"
	"pgregory.net/rapid"
)

// What people do about rotations.

func (w *world) rotate(*rapid.T) {
	before, _ := w.gl()
	got := w.ask(logical.UpdateOperation, "rotate/gl", nil, asking)
	w.show(got)
	after, _ := w.gl()
	switch {
	case before.Version != after.Version:
		w.stage.tally.add("rotate by a person: another version", 1)
	case !got.ok:
		w.stage.tally.add("rotate by a person: refused", 1)
	default:
		w.stage.tally.add("rotate by a person: in phase "+after.Rotation.phase(), 1)
	}
}

// states lets a person say which password is live, rightly or not.
func (w *world) states(rt *rapid.T) {
	if w.phase() == "idle" && rapid.IntRange(0, 4).Draw(rt, "in idle") > 0 {
		rt.Skip()
	}
	name := w.anyUser(rt)
	if stored, exists := w.gl(); exists && w.phase() != "idle" && rapid.IntRange(0, 4).Draw(rt, "of the other") > 0 {
		name = stored.rotating().Username
	}
	fields := w.statement(rt, name)
	if w.current() != name {
		fields["account"] = "standby"
	} else if w.pair && rapid.Bool().Draw(rt, "named") {
		fields["account"] = "current"
	}
	phase := w.phase()
	by := asking
	if fields["action"] == "adopt" {
		by = writing
	}
	got := w.ask(logical.UpdateOperation, "reconcile/gl", fields, by)
	w.show(got)
	w.stated("", phase, fields, got)
}

func (w *world) stated(of, phase string, fields map[string]any, got answer) {
	w.log("  %v: %v", fields["action"], got.ok)
	w.stage.tally.add(fmt.Sprintf("%s%v in %s: %v", of, fields["action"], phase, map[bool]string{true: "taken", false: "refused"}[got.ok]), 1)
}

// statement draws one. A password that is adopted has been set by hand just now, or was before, or is a wrong one.
func (w *world) statement(rt *rapid.T, name string) map[string]any {
	action := rapid.SampledFrom([]string{"use_current", "use_pending", "use_pending", "use_previous", "adopt", "adopt"}).Draw(rt, "action")
	fields := map[string]any{"action": action}
	if action != "adopt" {
		return fields
	}
	switch rapid.SampledFrom([]string{"set by hand", "live", "wrong"}).Draw(rt, "password") {
	case "set by hand":
		byHand := rapid.SampledFrom(passwords).Draw(rt, "by hand")
		mustPlay(rt, w.stage.pod.SetPassword(name, byHand))
		fields["password"] = byHand
	case "live":
		fields["password"] = orElse(w.told(name), passwords[1])
	case "wrong":
		fields["password"] = "Wrong-Horse-" + rapid.StringMatching("[0-9]{3}").Draw(rt, "wrong")
	}
	return fields
}

// releaseOne spends one login on the standby of a pair, or on what its rotation left open.
func (w *world) releaseOne(rt *rapid.T) {
	fields := map[string]any{"action": "release"}
	if w.pair {
		fields["account"] = rapid.SampledFrom([]string{"current", "standby"}).Draw(rt, "account")
	}
	phase := w.phase()
	got := w.ask(logical.UpdateOperation, "reconcile/gl", fields, asking)
	w.show(got)
	if phase != "idle" {
		w.stated("", phase, fields, got)
	}
}

// directoryRotates changes the administrator's own password, or states which one is live.
func (w *world) directoryRotates(rt *rapid.T) {
	if w.door != fusionDirectory {
		rt.Skip()
	}
	d, _ := w.d()
	path, fields, by := "directories/d/rotate", map[string]any(nil), any(statingD)
	if rapid.IntRange(0, 2).Draw(rt, "reconcile") == 0 {
		path, fields = "directories/d/reconcile", w.statement(rt, adminUser)
		if rapid.IntRange(0, 3).Draw(rt, "release") == 0 {
			fields = map[string]any{"action": "release"}
		}
	}
	got := w.ask(logical.UpdateOperation, path, fields, by)
	w.log("  %s %v: %v, %v; %.150s", path, fields["action"], got.data["state"], got.data["rotation_phase"], got.text)
	if fields != nil {
		w.stated("directory: ", d.Rotation.phase(), fields, got)
	}
}

// directoryWritten sends the directory its secret, the live one mostly.
func (w *world) directoryWritten(rt *rapid.T) {
	if w.door != fusionDirectory {
		rt.Skip()
	}
	secret := w.byHand(adminUser)
	if rapid.IntRange(0, 3).Draw(rt, "wrong") == 0 {
		secret = adminSecret
	}
	got := w.ask(logical.PatchOperation, "directories/d", map[string]any{"password": secret}, writingD)
	w.log("  %s: %v; %.150s", w.secret(secret), got.ok, got.text)
}

// permission narrows or widens what the directory permits.
func (w *world) permission(rt *rapid.T) {
	if w.door == noDirectory {
		rt.Skip()
	}
	allowed := rapid.SampledFrom([]string{"OTHER_*", "API_*", user}).Draw(rt, "allowed")
	w.permit(allowed)
}

func (w *world) permit(allowed string) {
	got := w.ask(logical.PatchOperation, "directories/d", map[string]any{"allowed_usernames": allowed}, nil)
	w.log("  %s: %v %.100s", allowed, got.ok, got.text)
}

// pauses begins or ends a pause.
func (w *world) pauses(rt *rapid.T) {
	fields := map[string]any{"paused_until": nil, "pause_reason": nil}
	if rapid.Bool().Draw(rt, "begin") {
		fields = map[string]any{"paused_until": time.Now().Add(7 * time.Hour).UTC().Format(time.RFC3339), "pause_reason": "a test"}
	}
	got := w.ask(logical.PatchOperation, "integrations/gl", fields, nil)
	w.log("  %v: %v %.100s", fields["paused_until"], got.ok, got.text)
}

// says tells whether a message names a thing to do.
func says(message string, what ...string) bool {
	for _, one := range what {
		if strings.Contains(message, one) {
			return true
		}
	}
	return false
}
