package backend_test

import (
	"strings"

	"github.com/hashicorp/vault/sdk/logical"
	"pgregory.net/rapid"
)

// follow does what a message tells a person to do, as a person would who knows that the account is healthy.
// It returns false when the message names nothing to do.
func (w *world) follow(rt *rapid.T, message string) bool {
	password, _, _ := w.integration()
	switch {
	case strings.Contains(message, "sign in once with the right password"):
		w.signInRight()
		w.stage.tally.add("ways out: sign in once", 1)
	case strings.Contains(message, "action=release"):
		w.followDenial(rt, w.ask(logical.UpdateOperation, "reconcile/gl", map[string]any{"action": "release"}, person))
		w.stage.tally.add("ways out: release", 1)
	case strings.Contains(message, "to integrations/gl"):
		w.followDenial(rt, w.ask(logical.PatchOperation, "integrations/gl", map[string]any{"password": password}, person))
		w.stage.tally.add("ways out: write", 1)
	case strings.Contains(message, "write check/gl"):
		w.followDenial(rt, w.ask(logical.UpdateOperation, "check/gl", nil, nil))
		w.stage.tally.add("ways out: check", 1)
	default:
		return false
	}
	return true
}

// followDenial does what the warning of an answer tells.
func (w *world) followDenial(rt *rapid.T, got answer) {
	w.show(got)
	if strings.Contains(got.text, "action=release") || strings.Contains(got.text, "sign in once") {
		w.follow(rt, got.text)
	}
}
