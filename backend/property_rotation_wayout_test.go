package backend_test

import (
	"fmt"
	"slices"

	"github.com/hashicorp/vault/sdk/logical"
	"pgregory.net/rapid"
)

// What people do when a rotation needs a hand (promise 14).

// settleDown ends what would keep an account from rest although everything is healthy: a permission that was
// withdrawn, without which no write is taken, a pause, a schedule that rotates through a directory whose word has no
// effect.
func (w *world) settleDown() {
	if w.stage.kind == noDirectory {
		return
	}
	if w.door != noDirectory {
		w.permit("API_*")
	}
	w.ask(logical.PatchOperation, "integrations/gl", map[string]any{"paused_until": nil, "pause_reason": nil}, nil)
	if w.inVain() {
		w.ask(logical.PatchOperation, "policies/default", map[string]any{"disable_automated_rotation": true}, nil)
	}
}

// inVain says whether Oracle answers 2xx to a password that is set, and sets none.
func (w *world) inVain() bool {
	usual := w.stage.usual
	return usual.ScimPasswordIgnored && w.door != domainDirectory || usual.DomainNotLoginStore && w.door == domainDirectory
}

// statesRightly says which password is live, by what an unresolved rotation's message names, or sets one by hand and
// adopts it.
func (w *world) statesRightly(rt *rapid.T, name, message string) {
	passwords, current, turn, _ := w.kept(name)
	fields := map[string]any{}
	switch live := w.live(name); {
	case turn != nil && live == turn.Password && says(message, "action=use_pending"):
		fields["action"] = "use_pending"
	case live == current && says(message, "use_current"):
		fields["action"] = "use_current"
	case slices.Contains(w.candidates(name), live) && says(message, "use_pending"):
		fields["action"] = "use_pending"
	case live == w.previous(name) && live != "" && says(message, "use_previous"):
		fields["action"] = "use_previous"
	default:
		w.log("  live is none of %d", len(passwords))
		mustPlay(rt, w.stage.pod.SetPassword(name, "Adopted-Horse-7"))
		fields["action"], fields["password"] = "adopt", "Adopted-Horse-7"
	}
	got := w.ask(logical.UpdateOperation, "reconcile/gl", w.side(name, fields), asking)
	w.log("  %v: %v %.150s", fields["action"], got.ok, got.text)
	w.stage.tally.add(fmt.Sprintf("ways out: state, %v", fields["action"]), 1)
}

func (w *world) candidates(name string) (kept []string) {
	stored, _ := w.gl()
	for _, keys := range stored.users() {
		for _, candidate := range keys.Candidates {
			if keys.Username == name {
				kept = append(kept, candidate.Password)
			}
		}
	}
	return kept
}

func (w *world) previous(name string) string {
	stored, _ := w.gl()
	for _, keys := range stored.users() {
		if keys.Username == name {
			return keys.Previous
		}
	}
	return ""
}

// followDirectory reads the directory, and does what its message tells.
func (w *world) followDirectory(rt *rapid.T) {
	got := w.ask(logical.ReadOperation, "directories/d", nil, nil)
	message, phase := fmt.Sprint(got.data["message"]), got.data["rotation_phase"]
	w.log("  directory: %v, %v: %v", got.data["state"], phase, message)
	switch {
	case says(message, "action=use_pending") && phase == "unresolved":
		d, _ := w.d()
		fields := map[string]any{"action": "adopt", "password": "Admin-Horse-99"}
		if live := w.live(adminUser); live == d.Secret {
			fields = map[string]any{"action": "use_current"}
		} else if d.Rotation.Turn != nil && live == d.Rotation.Turn.Password {
			fields = map[string]any{"action": "use_pending"}
		} else {
			mustPlay(rt, w.stage.pod.SetPassword(adminUser, "Admin-Horse-99"))
		}
		got := w.ask(logical.UpdateOperation, "directories/d/reconcile", fields, statingD)
		w.log("  %v: %v %.150s", fields["action"], got.ok, got.text)
	case says(message, "to directories/d"):
		field := map[string]string{fusionDirectory: "password", domainDirectory: "client_secret"}[w.door]
		secret := clientKey
		if w.door == fusionDirectory {
			secret = w.byHand(adminUser)
		}
		got := w.ask(logical.PatchOperation, "directories/d", map[string]any{field: secret}, writingD)
		w.log("  %v %.150s", got.ok, got.text)
	}
}
